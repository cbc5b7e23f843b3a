using System.Threading;
using System.Threading.Tasks;
using Latchkey.Client.Client;
using Latchkey.Client.Model;

namespace Latchkey.Client.Api;

/// <summary>Makes, changes, lists and deletes keys, waiting for each answer on this thread.</summary>
public interface IAPIKeysApiSync : IApiAccessor
{
    /// <summary>Makes a key. Its secret is in the result and nowhere else.</summary>
    /// <param name="createApiKeyRequest">What the key is given.</param>
    /// <returns>The key and its secret.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    CreateApiKeyResponse CreateApiKey(CreateApiKeyRequest createApiKeyRequest);

    /// <summary>Makes a key, and shows status and headers; <c>Location</c> is the address of the key.</summary>
    /// <param name="createApiKeyRequest">What the key is given.</param>
    /// <returns>The response with the key and its secret.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    ApiResponse<CreateApiKeyResponse> CreateApiKeyWithHttpInfo(CreateApiKeyRequest createApiKeyRequest);

    /// <summary>Deletes a key for good. It is refused from then on.</summary>
    /// <param name="id">The id of the key.</param>
    /// <exception cref="ApiException">The call failed.</exception>
    void DeleteApiKey(string id);

    /// <summary>Deletes a key for good, and shows status and headers.</summary>
    /// <param name="id">The id of the key.</param>
    /// <returns>The response, which has no data.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    ApiResponse<object> DeleteApiKeyWithHttpInfo(string id);

    /// <summary>Lists the keys that the caller may see, never their secrets.</summary>
    /// <returns>The keys.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    ListApiKeysResponse ListApiKeys();

    /// <summary>Lists the keys that the caller may see, and shows status and headers.</summary>
    /// <returns>The response with the keys.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    ApiResponse<ListApiKeysResponse> ListApiKeysWithHttpInfo();

    /// <summary>Switches a key on or off, or changes its labels.</summary>
    /// <param name="id">The id of the key.</param>
    /// <param name="updateApiKeyRequest">What changes; members without a value stay as they are.</param>
    /// <returns>The key as it now is.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    ApiKeyResponse UpdateApiKey(string id, UpdateApiKeyRequest updateApiKeyRequest);

    /// <summary>Switches a key on or off, or changes its labels, and shows status and headers.</summary>
    /// <param name="id">The id of the key.</param>
    /// <param name="updateApiKeyRequest">What changes; members without a value stay as they are.</param>
    /// <returns>The response with the key as it now is.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    ApiResponse<ApiKeyResponse> UpdateApiKeyWithHttpInfo(string id, UpdateApiKeyRequest updateApiKeyRequest);
}

/// <summary>Makes, changes, lists and deletes keys without holding a thread.</summary>
public interface IAPIKeysApiAsync : IApiAccessor
{
    /// <summary>Makes a key. Its secret is in the result and nowhere else.</summary>
    /// <param name="createApiKeyRequest">What the key is given.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The key and its secret.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    Task<CreateApiKeyResponse> CreateApiKeyAsync(
        CreateApiKeyRequest createApiKeyRequest,
        CancellationToken cancellationToken = default);

    /// <summary>Makes a key, and shows status and headers; <c>Location</c> is the address of the key.</summary>
    /// <param name="createApiKeyRequest">What the key is given.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The response with the key and its secret.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    Task<ApiResponse<CreateApiKeyResponse>> CreateApiKeyWithHttpInfoAsync(
        CreateApiKeyRequest createApiKeyRequest,
        CancellationToken cancellationToken = default);

    /// <summary>Deletes a key for good. It is refused from then on.</summary>
    /// <param name="id">The id of the key.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>A task that ends when the key is deleted.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    Task DeleteApiKeyAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Deletes a key for good, and shows status and headers.</summary>
    /// <param name="id">The id of the key.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The response, which has no data.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    Task<ApiResponse<object>> DeleteApiKeyWithHttpInfoAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Lists the keys that the caller may see, never their secrets.</summary>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The keys.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    Task<ListApiKeysResponse> ListApiKeysAsync(CancellationToken cancellationToken = default);

    /// <summary>Lists the keys that the caller may see, and shows status and headers.</summary>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The response with the keys.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    Task<ApiResponse<ListApiKeysResponse>> ListApiKeysWithHttpInfoAsync(CancellationToken cancellationToken = default);

    /// <summary>Switches a key on or off, or changes its labels.</summary>
    /// <param name="id">The id of the key.</param>
    /// <param name="updateApiKeyRequest">What changes; members without a value stay as they are.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The key as it now is.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    Task<ApiKeyResponse> UpdateApiKeyAsync(
        string id,
        UpdateApiKeyRequest updateApiKeyRequest,
        CancellationToken cancellationToken = default);

    /// <summary>Switches a key on or off, or changes its labels, and shows status and headers.</summary>
    /// <param name="id">The id of the key.</param>
    /// <param name="updateApiKeyRequest">What changes; members without a value stay as they are.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The response with the key as it now is.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    Task<ApiResponse<ApiKeyResponse>> UpdateApiKeyWithHttpInfoAsync(
        string id,
        UpdateApiKeyRequest updateApiKeyRequest,
        CancellationToken cancellationToken = default);
}

/// <summary>Makes, changes, lists and deletes keys, in both ways.</summary>
public interface IAPIKeysApi : IAPIKeysApiSync, IAPIKeysApiAsync
{
}
