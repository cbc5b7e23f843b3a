using System;
using System.Net.Http;
using System.Threading;
using Latchkey.Client;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers clients of Latchkey.</summary>
public static class LatchkeyServiceCollectionExtensions
{
    private const string HttpClientName = "Latchkey";

    // So that a server that moved to another address is found again, although the client is kept for good.
    private static readonly TimeSpan s_connectionLifetime = TimeSpan.FromMinutes(5);

    // What carries the secret of a call, which no log may show.
    private static readonly string[] s_secretHeaders = ["Authorization", "x-api-key"];

    /// <summary>
    /// Registers one <see cref="ILatchkeyClient"/> for the program. Its settings are
    /// <c>IOptions&lt;LatchkeyClientOptions&gt;</c>, so that they may also come from a configuration
    /// (<c>services.Configure&lt;LatchkeyClientOptions&gt;(...)</c>); a text that is no address is refused at the start. Calling it again
    /// adds settings and no second client.
    /// </summary>
    /// <param name="services">Where to.</param>
    /// <param name="configure">Sets settings; null sets none.</param>
    /// <returns>
    /// The builder of its <see cref="HttpClient"/> (named <c>Latchkey</c>), for handlers of one's own: a proxy, tracing, logging.
    /// </returns>
    public static IHttpClientBuilder AddLatchkey(this IServiceCollection services, Action<LatchkeyClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(provider => Make(provider, Options.Options.DefaultName));
        services.TryAddSingleton<ILatchkeyClient>(provider => provider.GetRequiredService<LatchkeyClient>());
        return AddHttp(services, Options.Options.DefaultName, configure);
    }

    /// <summary>
    /// Registers one more client, for a program that calls several servers or with several keys. It is asked for by its name:
    /// <c>[FromKeyedServices("name")] ILatchkeyClient</c>.
    /// </summary>
    /// <param name="services">Where to.</param>
    /// <param name="name">The name of the client and of its settings.</param>
    /// <param name="configure">Sets settings; null sets none.</param>
    /// <returns>The builder of its <see cref="HttpClient"/>, named <c>Latchkey:name</c>.</returns>
    public static IHttpClientBuilder AddLatchkey(
        this IServiceCollection services,
        string name,
        Action<LatchkeyClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(name);
        services.TryAddKeyedSingleton(name, (provider, _) => Make(provider, name));
        services.TryAddKeyedSingleton<ILatchkeyClient>(name, (provider, _) => provider.GetRequiredKeyedService<LatchkeyClient>(name));
        return AddHttp(services, name, configure);
    }

    private static LatchkeyClient Make(IServiceProvider provider, string name)
    {
        LatchkeyClientOptions options = provider.GetRequiredService<IOptionsMonitor<LatchkeyClientOptions>>().Get(name);
        if (options.HttpClient is not null) return new LatchkeyClient(options);
        HttpClient http = provider.GetRequiredService<IHttpClientFactory>().CreateClient(HttpNameOf(name));
        return new LatchkeyClient(http, options);
    }

    private static IHttpClientBuilder AddHttp(IServiceCollection services, string name, Action<LatchkeyClientOptions>? configure)
    {
        OptionsBuilder<LatchkeyClientOptions> options = services.AddOptions<LatchkeyClientOptions>(name);
        if (configure is not null) options.Configure(configure);
        services.AddSingleton<IValidateOptions<LatchkeyClientOptions>>(new AddressCheck(name));
        options.ValidateOnStart();
        IHttpClientBuilder http = services.AddHttpClient(HttpNameOf(name));
        // Time-outs are those of the settings, and a redirect would lead the key to another place. The handler lives as long as
        // the client does; its connections do not.
        return http
            .ConfigureHttpClient(client => client.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                PooledConnectionLifetime = s_connectionLifetime,
            })
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .RedactLoggedHeaders(s_secretHeaders);
    }

    private static string HttpNameOf(string name) => name.Length == 0 ? HttpClientName : $"{HttpClientName}:{name}";

    /// <summary>Refuses an invalid address when the program starts, and not at its first call.</summary>
    private sealed class AddressCheck(string name) : IValidateOptions<LatchkeyClientOptions>
    {
        public ValidateOptionsResult Validate(string? optionsName, LatchkeyClientOptions options)
        {
            if (optionsName != name) return ValidateOptionsResult.Skip;
            try
            {
                // It opens no connection.
                new LatchkeyClient(options).Dispose();
                return ValidateOptionsResult.Success;
            }
            catch (ArgumentException error)
            {
                return ValidateOptionsResult.Fail(error.Message);
            }
        }
    }
}
