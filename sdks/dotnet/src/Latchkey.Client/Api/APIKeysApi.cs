using System;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using Latchkey.Client.Client;
using Latchkey.Client.Model;
using Latchkey.Client.Transport;
using Settings = Latchkey.Client.Client.Configuration;

namespace Latchkey.Client.Api;

/// <summary>
/// Makes, changes, lists and deletes keys. One object serves any number of threads; make one and keep it. An object without a
/// caller's client opens connections of its own, follows no redirect and closes them when it is disposed.
/// </summary>
public class APIKeysApi : IDisposable, IAPIKeysApi
{
    private const string Keys = "/v1/apikeys";
    private const string OneKey = "/v1/apikeys/{id}";

    private ExceptionFactory? _exceptionFactory = Settings.DefaultExceptionFactory;

    /// <summary>Uses the process-wide settings.</summary>
    public APIKeysApi()
        : this(GlobalConfiguration.Instance.BasePath)
    {
    }

    /// <summary>Uses the process-wide settings with another server.</summary>
    /// <param name="basePath">The address of the server.</param>
    public APIKeysApi(string basePath)
        : this(new ApiClient(basePath), SettingsFor(basePath))
    {
    }

    /// <summary>Uses settings, and those of the process for what they do not say.</summary>
    /// <param name="configuration">The settings; they are copied.</param>
    public APIKeysApi(Configuration configuration)
        : this(Merged(configuration), static (settings) => new ApiClient(settings.BasePath))
    {
    }

    /// <summary>
    /// Uses the caller's client and the process-wide settings. The client's <c>BaseAddress</c>, where it has one, is the address
    /// of the server.
    /// </summary>
    /// <param name="client">The caller's client. It is neither changed nor disposed.</param>
    /// <param name="handler">Its handler: where proxy, certificates and cookies are.</param>
    public APIKeysApi(HttpClient client, HttpClientHandler? handler = null)
        : this(client, BaseAddress.Of(client) ?? GlobalConfiguration.Instance.BasePath, handler)
    {
    }

    /// <summary>Uses the caller's client and the process-wide settings with another server.</summary>
    /// <param name="client">The caller's client. It is neither changed nor disposed.</param>
    /// <param name="basePath">The address of the server.</param>
    /// <param name="handler">Its handler: where proxy, certificates and cookies are.</param>
    public APIKeysApi(HttpClient client, string basePath, HttpClientHandler? handler = null)
        : this(new ApiClient(client, basePath, handler), SettingsFor(basePath))
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
    public APIKeysApi(HttpClient client, Configuration configuration, HttpClientHandler? handler = null)
        : this(Merged(configuration, client), settings => Over(client, settings, handler))
    {
    }

    /// <summary>Uses clients of the caller: the place to put doubles in a test.</summary>
    /// <param name="client">Makes the calls that wait.</param>
    /// <param name="asyncClient">Makes the others.</param>
    /// <param name="configuration">Handed to both.</param>
    public APIKeysApi(ISynchronousClient client, IAsynchronousClient asyncClient, IReadableConfiguration configuration)
    {
        Client = client ?? throw new ArgumentNullException(nameof(client));
        AsynchronousClient = asyncClient ?? throw new ArgumentNullException(nameof(asyncClient));
        Configuration = configuration ?? throw new ArgumentNullException(nameof(configuration));
    }

    private APIKeysApi(IReadableConfiguration settings, Func<IReadableConfiguration, ApiClient> open)
        : this(open(settings), settings)
    {
    }

    private APIKeysApi(ApiClient client, IReadableConfiguration settings)
        : this(client, client, settings) => ApiClient = client;

    /// <summary>Makes the calls that wait.</summary>
    public ISynchronousClient Client { get; set; }

    /// <summary>Makes the calls that do not hold a thread.</summary>
    public IAsynchronousClient AsynchronousClient { get; set; }

    /// <summary>The client that this object made, which it disposes; null where the caller brought both.</summary>
    public ApiClient? ApiClient { get; set; }

    /// <inheritdoc/>
    public IReadableConfiguration Configuration { get; set; }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">On reading, when several factories were added up.</exception>
    public ExceptionFactory? ExceptionFactory
    {
        get => _exceptionFactory is null || _exceptionFactory.GetInvocationList().Length == 1
            ? _exceptionFactory
            : throw new InvalidOperationException("Multicast delegate for ExceptionFactory is unsupported.");
        set => _exceptionFactory = value;
    }

    /// <inheritdoc/>
    public string GetBasePath() => Configuration.BasePath;

    /// <inheritdoc/>
    public CreateApiKeyResponse CreateApiKey(CreateApiKeyRequest createApiKeyRequest) =>
        CreateApiKeyWithHttpInfo(createApiKeyRequest).Data;

    /// <inheritdoc/>
    public ApiResponse<CreateApiKeyResponse> CreateApiKeyWithHttpInfo(CreateApiKeyRequest createApiKeyRequest)
    {
        RequestOptions options = WithBody(createApiKeyRequest, nameof(createApiKeyRequest), nameof(CreateApiKey));
        return Checked(Client.Post<CreateApiKeyResponse>(Keys, options, Configuration), nameof(CreateApiKey));
    }

    /// <inheritdoc/>
    public async Task<CreateApiKeyResponse> CreateApiKeyAsync(
        CreateApiKeyRequest createApiKeyRequest,
        CancellationToken cancellationToken = default) =>
        (await CreateApiKeyWithHttpInfoAsync(createApiKeyRequest, cancellationToken).ConfigureAwait(false)).Data;

    /// <inheritdoc/>
    public async Task<ApiResponse<CreateApiKeyResponse>> CreateApiKeyWithHttpInfoAsync(
        CreateApiKeyRequest createApiKeyRequest,
        CancellationToken cancellationToken = default)
    {
        RequestOptions options = WithBody(createApiKeyRequest, nameof(createApiKeyRequest), nameof(CreateApiKey));
        Task<ApiResponse<CreateApiKeyResponse>> call =
            AsynchronousClient.PostAsync<CreateApiKeyResponse>(Keys, options, Configuration, cancellationToken);
        return Checked(await call.ConfigureAwait(false), nameof(CreateApiKey));
    }

    /// <inheritdoc/>
    public void DeleteApiKey(string id) => DeleteApiKeyWithHttpInfo(id);

    /// <inheritdoc/>
    public ApiResponse<object> DeleteApiKeyWithHttpInfo(string id)
    {
        RequestOptions options = ForKey(id, nameof(DeleteApiKey));
        return Checked(Client.Delete<object>(OneKey, options, Configuration), nameof(DeleteApiKey));
    }

    /// <inheritdoc/>
    public async Task DeleteApiKeyAsync(string id, CancellationToken cancellationToken = default) =>
        await DeleteApiKeyWithHttpInfoAsync(id, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<ApiResponse<object>> DeleteApiKeyWithHttpInfoAsync(
        string id,
        CancellationToken cancellationToken = default)
    {
        RequestOptions options = ForKey(id, nameof(DeleteApiKey));
        Task<ApiResponse<object>> call =
            AsynchronousClient.DeleteAsync<object>(OneKey, options, Configuration, cancellationToken);
        return Checked(await call.ConfigureAwait(false), nameof(DeleteApiKey));
    }

    /// <inheritdoc/>
    public ListApiKeysResponse ListApiKeys() => ListApiKeysWithHttpInfo().Data;

    /// <inheritdoc/>
    public ApiResponse<ListApiKeysResponse> ListApiKeysWithHttpInfo() =>
        Checked(Client.Get<ListApiKeysResponse>(Keys, Accepting(new RequestOptions()), Configuration), nameof(ListApiKeys));

    /// <inheritdoc/>
    public async Task<ListApiKeysResponse> ListApiKeysAsync(CancellationToken cancellationToken = default) =>
        (await ListApiKeysWithHttpInfoAsync(cancellationToken).ConfigureAwait(false)).Data;

    /// <inheritdoc/>
    public async Task<ApiResponse<ListApiKeysResponse>> ListApiKeysWithHttpInfoAsync(
        CancellationToken cancellationToken = default)
    {
        RequestOptions options = Accepting(new RequestOptions());
        Task<ApiResponse<ListApiKeysResponse>> call =
            AsynchronousClient.GetAsync<ListApiKeysResponse>(Keys, options, Configuration, cancellationToken);
        return Checked(await call.ConfigureAwait(false), nameof(ListApiKeys));
    }

    /// <inheritdoc/>
    public ApiKeyResponse UpdateApiKey(string id, UpdateApiKeyRequest updateApiKeyRequest) =>
        UpdateApiKeyWithHttpInfo(id, updateApiKeyRequest).Data;

    /// <inheritdoc/>
    public ApiResponse<ApiKeyResponse> UpdateApiKeyWithHttpInfo(string id, UpdateApiKeyRequest updateApiKeyRequest)
    {
        RequestOptions options = ForUpdate(id, updateApiKeyRequest);
        return Checked(Client.Put<ApiKeyResponse>(OneKey, options, Configuration), nameof(UpdateApiKey));
    }

    /// <inheritdoc/>
    public async Task<ApiKeyResponse> UpdateApiKeyAsync(
        string id,
        UpdateApiKeyRequest updateApiKeyRequest,
        CancellationToken cancellationToken = default) =>
        (await UpdateApiKeyWithHttpInfoAsync(id, updateApiKeyRequest, cancellationToken).ConfigureAwait(false)).Data;

    /// <inheritdoc/>
    public async Task<ApiResponse<ApiKeyResponse>> UpdateApiKeyWithHttpInfoAsync(
        string id,
        UpdateApiKeyRequest updateApiKeyRequest,
        CancellationToken cancellationToken = default)
    {
        RequestOptions options = ForUpdate(id, updateApiKeyRequest);
        Task<ApiResponse<ApiKeyResponse>> call =
            AsynchronousClient.PutAsync<ApiKeyResponse>(OneKey, options, Configuration, cancellationToken);
        return Checked(await call.ConfigureAwait(false), nameof(UpdateApiKey));
    }

    /// <summary>Closes the connections that this object opened. A caller's client stays open.</summary>
    public void Dispose()
    {
        ApiClient?.Dispose();
        GC.SuppressFinalize(this);
    }

    private ApiResponse<T> Checked<T>(ApiResponse<T> response, string operation) =>
        ExceptionFactory?.Invoke(operation, response) is { } failure ? throw failure : response;

    private static RequestOptions ForUpdate(string id, UpdateApiKeyRequest request)
    {
        RequestOptions options = ForKey(id, nameof(UpdateApiKey));
        options.Data = request ?? throw Missing("updateApiKeyRequest", nameof(UpdateApiKey));
        return Accepting(options);
    }

    private static RequestOptions WithBody(object body, string name, string operation) =>
        Accepting(new RequestOptions { Data = body ?? throw Missing(name, operation) });

    private static RequestOptions ForKey(string id, string operation)
    {
        if (string.IsNullOrEmpty(id)) throw Missing("id", operation);
        // Addresses drop these two, escaped or not, so that the call would reach another resource.
        return id is "." or ".."
            ? throw new ApiException(400, $"Invalid parameter 'id' when calling APIKeysApi->{operation}: no key is named '{id}'.")
            : new RequestOptions { PathParameters = { ["id"] = id } };
    }

    private static RequestOptions Accepting(RequestOptions options)
    {
        options.HeaderParameters.Add("Accept", "application/json");
        return options;
    }

    private static ApiException Missing(string parameter, string operation) =>
        new(400, $"Missing required parameter '{parameter}' when calling APIKeysApi->{operation}");

    private static IReadableConfiguration SettingsFor(string basePath)
    {
        Configuration process = GlobalConfiguration.Instance;
        return Merged(new Configuration { BasePath = basePath, Timeout = process.Timeout, UserAgent = process.UserAgent });
    }

    private static IReadableConfiguration Merged(Configuration configuration, HttpClient? client = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        IReadableConfiguration merged = Settings.MergeConfigurations(GlobalConfiguration.Instance, configuration);
        bool ofClient = !configuration.NamesServer && client?.BaseAddress is not null;
        if (ofClient) ((Configuration)merged).BasePath = BaseAddress.Of(client)!;
        return merged;
    }

    private static ApiClient Over(HttpClient client, IReadableConfiguration settings, HttpClientHandler? handler)
    {
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

        return new ApiClient(client, settings.BasePath, handler);
    }
}
