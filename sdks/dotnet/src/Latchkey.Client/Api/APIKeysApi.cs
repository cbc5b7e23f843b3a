using System;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using Latchkey.Client.Client;
using Latchkey.Client.Model;

namespace Latchkey.Client.Api;

/// <summary>
/// Makes, changes, lists and deletes keys. One object serves any number of threads; make one and keep it. An object without a
/// caller's client opens connections of its own, follows no redirect and closes them when it is disposed.
/// </summary>
public class APIKeysApi : ApiGroup, IAPIKeysApi
{
    private const string Keys = "/v1/apikeys";
    private const string OneKey = "/v1/apikeys/{id}";

    /// <summary>Uses the process-wide settings.</summary>
    public APIKeysApi()
        : this(GlobalConfiguration.Instance.BasePath)
    {
    }

    /// <summary>Uses the process-wide settings with another server.</summary>
    /// <param name="basePath">The address of the server.</param>
    public APIKeysApi(string basePath)
        : base(Opening.To(basePath))
    {
    }

    /// <summary>Uses settings, and those of the process for what they do not say.</summary>
    /// <param name="configuration">The settings; they are copied.</param>
    public APIKeysApi(Configuration configuration)
        : base(Opening.With(configuration))
    {
    }

    /// <summary>
    /// Uses the caller's client and the process-wide settings. The client's <c>BaseAddress</c>, where it has one, is the address
    /// of the server.
    /// </summary>
    /// <param name="client">The caller's client. It is neither changed nor disposed.</param>
    /// <param name="handler">Its handler: where proxy, certificates and cookies are.</param>
    public APIKeysApi(HttpClient client, HttpClientHandler? handler = null)
        : base(Opening.Over(client, handler))
    {
    }

    /// <summary>Uses the caller's client and the process-wide settings with another server.</summary>
    /// <param name="client">The caller's client. It is neither changed nor disposed.</param>
    /// <param name="basePath">The address of the server.</param>
    /// <param name="handler">Its handler: where proxy, certificates and cookies are.</param>
    public APIKeysApi(HttpClient client, string basePath, HttpClientHandler? handler = null)
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
    public APIKeysApi(HttpClient client, Configuration configuration, HttpClientHandler? handler = null)
        : base(Opening.Over(client, configuration, handler))
    {
    }

    /// <summary>Uses clients of the caller: the place to put doubles in a test.</summary>
    /// <param name="client">Makes the calls that wait.</param>
    /// <param name="asyncClient">Makes the others.</param>
    /// <param name="configuration">Handed to both.</param>
    public APIKeysApi(ISynchronousClient client, IAsynchronousClient asyncClient, IReadableConfiguration configuration)
        : base(Opening.Of(client, asyncClient, configuration))
    {
    }

    private protected override string GroupName => nameof(APIKeysApi);

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
        RequestOptions options = For("id", id, nameof(DeleteApiKey));
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
        RequestOptions options = For("id", id, nameof(DeleteApiKey));
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

    private RequestOptions ForUpdate(string id, UpdateApiKeyRequest request)
    {
        RequestOptions options = For("id", id, nameof(UpdateApiKey));
        options.Data = request ?? throw Missing("updateApiKeyRequest", nameof(UpdateApiKey));
        return Accepting(options);
    }

    private RequestOptions WithBody(object body, string name, string operation) =>
        Accepting(new RequestOptions { Data = body ?? throw Missing(name, operation) });
}
