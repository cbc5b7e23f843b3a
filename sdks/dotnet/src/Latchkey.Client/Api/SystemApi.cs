using System;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using Latchkey.Client.Client;
using Latchkey.Client.Model;

namespace Latchkey.Client.Api;

/// <summary>The server itself. Neither call needs a key, and none of the settings is sent, unless it is a default header.</summary>
public class SystemApi : ApiGroup, ISystemApi
{
    /// <summary>Uses the process-wide settings.</summary>
    public SystemApi()
        : this(GlobalConfiguration.Instance.BasePath)
    {
    }

    /// <summary>Uses the process-wide settings with another server.</summary>
    /// <param name="basePath">The address of the server.</param>
    public SystemApi(string basePath)
        : base(Opening.To(basePath))
    {
    }

    /// <summary>Uses settings, and those of the process for what they do not say.</summary>
    /// <param name="configuration">The settings; they are copied.</param>
    public SystemApi(Configuration configuration)
        : base(Opening.With(configuration))
    {
    }

    /// <summary>
    /// Uses the caller's client and the process-wide settings. The client's <c>BaseAddress</c>, where it has one, is the address
    /// of the server.
    /// </summary>
    /// <param name="client">The caller's client. It is neither changed nor disposed.</param>
    /// <param name="handler">Its handler: where proxy, certificates and cookies are.</param>
    public SystemApi(HttpClient client, HttpClientHandler? handler = null)
        : base(Opening.Over(client, handler))
    {
    }

    /// <summary>Uses the caller's client and the process-wide settings with another server.</summary>
    /// <param name="client">The caller's client. It is neither changed nor disposed.</param>
    /// <param name="basePath">The address of the server.</param>
    /// <param name="handler">Its handler: where proxy, certificates and cookies are.</param>
    public SystemApi(HttpClient client, string basePath, HttpClientHandler? handler = null)
        : base(Opening.Over(client, basePath, handler))
    {
    }

    /// <summary>
    /// Uses the caller's client and settings. Where the settings have no base path of their own, the client's
    /// <c>BaseAddress</c> is the address of the server.
    /// </summary>
    /// <param name="client">The caller's client. It is neither changed nor disposed.</param>
    /// <param name="configuration">The settings; they are copied.</param>
    /// <param name="handler">Its handler, which takes the proxy and the certificates of the settings.</param>
    /// <exception cref="InvalidOperationException">
    /// The settings have a proxy or certificates, and there is no handler, or it was used before.
    /// </exception>
    public SystemApi(HttpClient client, Configuration configuration, HttpClientHandler? handler = null)
        : base(Opening.Over(client, configuration, handler))
    {
    }

    /// <summary>Uses clients of the caller: the place to put doubles in a test.</summary>
    /// <param name="client">Makes the calls that wait.</param>
    /// <param name="asyncClient">Makes the others.</param>
    /// <param name="configuration">Handed to both.</param>
    public SystemApi(ISynchronousClient client, IAsynchronousClient asyncClient, IReadableConfiguration configuration)
        : base(Opening.Of(client, asyncClient, configuration))
    {
    }

    private protected override string GroupName => nameof(SystemApi);

    /// <inheritdoc/>
    public SystemInfoResponse GetSystemInfo() => GetSystemInfoWithHttpInfo().Data;

    /// <inheritdoc/>
    public ApiResponse<SystemInfoResponse> GetSystemInfoWithHttpInfo() =>
        Checked(Client.Get<SystemInfoResponse>("/v1/system/info", Anonymous(), Configuration), nameof(GetSystemInfo));

    /// <inheritdoc/>
    public async Task<SystemInfoResponse> GetSystemInfoAsync(CancellationToken cancellationToken = default) =>
        (await GetSystemInfoWithHttpInfoAsync(cancellationToken).ConfigureAwait(false)).Data;

    /// <inheritdoc/>
    public async Task<ApiResponse<SystemInfoResponse>> GetSystemInfoWithHttpInfoAsync(CancellationToken cancellationToken = default)
    {
        RequestOptions options = Anonymous();
        Task<ApiResponse<SystemInfoResponse>> call = AsynchronousClient.GetAsync<SystemInfoResponse>("/v1/system/info", options, Configuration, cancellationToken);
        return Checked(await call.ConfigureAwait(false), nameof(GetSystemInfo));
    }

    /// <inheritdoc/>
    public SystemInitResponse InitializeSystem() => InitializeSystemWithHttpInfo().Data;

    /// <inheritdoc/>
    public ApiResponse<SystemInitResponse> InitializeSystemWithHttpInfo() =>
        Checked(Client.Post<SystemInitResponse>("/v1/system/init", Anonymous(), Configuration), nameof(InitializeSystem));

    /// <inheritdoc/>
    public async Task<SystemInitResponse> InitializeSystemAsync(CancellationToken cancellationToken = default) =>
        (await InitializeSystemWithHttpInfoAsync(cancellationToken).ConfigureAwait(false)).Data;

    /// <inheritdoc/>
    public async Task<ApiResponse<SystemInitResponse>> InitializeSystemWithHttpInfoAsync(CancellationToken cancellationToken = default)
    {
        RequestOptions options = Anonymous();
        Task<ApiResponse<SystemInitResponse>> call = AsynchronousClient.PostAsync<SystemInitResponse>("/v1/system/init", options, Configuration, cancellationToken);
        return Checked(await call.ConfigureAwait(false), nameof(InitializeSystem));
    }

    private static RequestOptions Anonymous() => Accepting(new RequestOptions { IsAnonymous = true });
}
