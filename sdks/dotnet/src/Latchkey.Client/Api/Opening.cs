using System;
using System.Net.Http;
using Latchkey.Client.Client;
using Latchkey.Client.Transport;

namespace Latchkey.Client.Api;

/// <summary>What a group of operations is made of, in each of the ways in which it can be made.</summary>
/// <param name="Own">The client that was made for it; null where the caller brought both.</param>
/// <param name="Client">Makes the calls that wait.</param>
/// <param name="AsynchronousClient">Makes the others.</param>
/// <param name="Settings">The settings of its calls.</param>
internal sealed record Opening(
    ApiClient? Own,
    ISynchronousClient Client,
    IAsynchronousClient AsynchronousClient,
    IReadableConfiguration Settings)
{
    private Opening(ApiClient client, IReadableConfiguration settings)
        : this(client, client, client, settings)
    {
    }

    /// <summary>Clients of the caller.</summary>
    internal static Opening Of(ISynchronousClient client, IAsynchronousClient asyncClient, IReadableConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(asyncClient);
        ArgumentNullException.ThrowIfNull(configuration);
        return new(null, client, asyncClient, configuration);
    }

    internal static Opening To(string basePath) => new(new ApiClient(basePath), SettingsFor(basePath));

    internal static Opening With(Configuration configuration)
    {
        IReadableConfiguration settings = Merged(configuration);
        return new(new ApiClient(settings.BasePath), settings);
    }

    internal static Opening Over(HttpClient client, HttpClientHandler? handler) =>
        Over(client, BaseAddress.Of(client) ?? GlobalConfiguration.Instance.BasePath, handler);

    internal static Opening Over(HttpClient client, string basePath, HttpClientHandler? handler) =>
        new(new ApiClient(client, basePath, handler), SettingsFor(basePath));

    internal static Opening Over(HttpClient client, Configuration configuration, HttpClientHandler? handler)
    {
        IReadableConfiguration settings = Merged(configuration, client);
        if (handler is not null)
        {
            if (settings.Proxy is not null) handler.Proxy = settings.Proxy;
            if (settings.ClientCertificates is { } certificates) handler.ClientCertificates.AddRange(certificates);
        }
        else if (settings.Proxy is not null || settings.ClientCertificates is not null)
        {
            throw new InvalidOperationException(
                "Proxy and ClientCertificates need the handler of the HttpClient: pass it too, or leave the HttpClient out.");
        }

        return new(new ApiClient(client, settings.BasePath, handler), settings);
    }

    private static IReadableConfiguration SettingsFor(string basePath)
    {
        Configuration process = GlobalConfiguration.Instance;
        return Merged(new Configuration { BasePath = basePath, Timeout = process.Timeout, UserAgent = process.UserAgent });
    }

    private static IReadableConfiguration Merged(Configuration configuration, HttpClient? client = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        IReadableConfiguration merged = Configuration.MergeConfigurations(GlobalConfiguration.Instance, configuration);
        bool ofClient = !configuration.NamesServer && client?.BaseAddress is not null;
        if (ofClient) ((Configuration)merged).BasePath = BaseAddress.Of(client)!;
        return merged;
    }
}
