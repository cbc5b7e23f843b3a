using System;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using Latchkey.Client.Client;
using Latchkey.Client.Model;

namespace Latchkey.Client.Api;

/// <summary>Reads users. One object serves any number of threads, as <see cref="APIKeysApi"/> does.</summary>
public class UsersApi : ApiGroup, IUsersApi
{
    /// <summary>Uses the process-wide settings.</summary>
    public UsersApi()
        : this(GlobalConfiguration.Instance.BasePath)
    {
    }

    /// <summary>Uses the process-wide settings with another server.</summary>
    /// <param name="basePath">The address of the server.</param>
    public UsersApi(string basePath)
        : base(Opening.To(basePath))
    {
    }

    /// <summary>Uses settings, and those of the process for what they do not say.</summary>
    /// <param name="configuration">The settings; they are copied.</param>
    public UsersApi(Configuration configuration)
        : base(Opening.With(configuration))
    {
    }

    /// <summary>
    /// Uses the caller's client and the process-wide settings. The client's <c>BaseAddress</c>, where it has one, is the address
    /// of the server.
    /// </summary>
    /// <param name="client">The caller's client. It is neither changed nor disposed.</param>
    /// <param name="handler">Its handler: where proxy, certificates and cookies are.</param>
    public UsersApi(HttpClient client, HttpClientHandler? handler = null)
        : base(Opening.Over(client, handler))
    {
    }

    /// <summary>Uses the caller's client and the process-wide settings with another server.</summary>
    /// <param name="client">The caller's client. It is neither changed nor disposed.</param>
    /// <param name="basePath">The address of the server.</param>
    /// <param name="handler">Its handler: where proxy, certificates and cookies are.</param>
    public UsersApi(HttpClient client, string basePath, HttpClientHandler? handler = null)
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
    public UsersApi(HttpClient client, Configuration configuration, HttpClientHandler? handler = null)
        : base(Opening.Over(client, configuration, handler))
    {
    }

    /// <summary>Uses clients of the caller: the place to put doubles in a test.</summary>
    /// <param name="client">Makes the calls that wait.</param>
    /// <param name="asyncClient">Makes the others.</param>
    /// <param name="configuration">Handed to both.</param>
    public UsersApi(ISynchronousClient client, IAsynchronousClient asyncClient, IReadableConfiguration configuration)
        : base(Opening.Of(client, asyncClient, configuration))
    {
    }

    private protected override string GroupName => nameof(UsersApi);

    /// <inheritdoc/>
    public UserResponse GetCurrentUser() => GetCurrentUserWithHttpInfo().Data;

    /// <inheritdoc/>
    public ApiResponse<UserResponse> GetCurrentUserWithHttpInfo() =>
        Checked(Client.Get<UserResponse>("/v1/users/me", Accepting(new RequestOptions()), Configuration), nameof(GetCurrentUser));

    /// <inheritdoc/>
    public async Task<UserResponse> GetCurrentUserAsync(CancellationToken cancellationToken = default) =>
        (await GetCurrentUserWithHttpInfoAsync(cancellationToken).ConfigureAwait(false)).Data;

    /// <inheritdoc/>
    public async Task<ApiResponse<UserResponse>> GetCurrentUserWithHttpInfoAsync(CancellationToken cancellationToken = default)
    {
        RequestOptions options = Accepting(new RequestOptions());
        Task<ApiResponse<UserResponse>> call = AsynchronousClient.GetAsync<UserResponse>("/v1/users/me", options, Configuration, cancellationToken);
        return Checked(await call.ConfigureAwait(false), nameof(GetCurrentUser));
    }

    /// <inheritdoc/>
    public UserResponse GetUser(string id) => GetUserWithHttpInfo(id).Data;

    /// <inheritdoc/>
    public ApiResponse<UserResponse> GetUserWithHttpInfo(string id) =>
        Checked(Client.Get<UserResponse>("/v1/users/{id}", Accepting(For("id", id, nameof(GetUser))), Configuration), nameof(GetUser));

    /// <inheritdoc/>
    public async Task<UserResponse> GetUserAsync(string id, CancellationToken cancellationToken = default) =>
        (await GetUserWithHttpInfoAsync(id, cancellationToken).ConfigureAwait(false)).Data;

    /// <inheritdoc/>
    public async Task<ApiResponse<UserResponse>> GetUserWithHttpInfoAsync(string id, CancellationToken cancellationToken = default)
    {
        RequestOptions options = Accepting(For("id", id, nameof(GetUser)));
        Task<ApiResponse<UserResponse>> call = AsynchronousClient.GetAsync<UserResponse>("/v1/users/{id}", options, Configuration, cancellationToken);
        return Checked(await call.ConfigureAwait(false), nameof(GetUser));
    }

    /// <inheritdoc/>
    public UserResponse GetUserByEmail(string email) => GetUserByEmailWithHttpInfo(email).Data;

    /// <inheritdoc/>
    public ApiResponse<UserResponse> GetUserByEmailWithHttpInfo(string email) =>
        Checked(Client.Get<UserResponse>("/v1/users/email/{email}", Accepting(For("email", email, nameof(GetUserByEmail))), Configuration), nameof(GetUserByEmail));

    /// <inheritdoc/>
    public async Task<UserResponse> GetUserByEmailAsync(string email, CancellationToken cancellationToken = default) =>
        (await GetUserByEmailWithHttpInfoAsync(email, cancellationToken).ConfigureAwait(false)).Data;

    /// <inheritdoc/>
    public async Task<ApiResponse<UserResponse>> GetUserByEmailWithHttpInfoAsync(string email, CancellationToken cancellationToken = default)
    {
        RequestOptions options = Accepting(For("email", email, nameof(GetUserByEmail)));
        Task<ApiResponse<UserResponse>> call = AsynchronousClient.GetAsync<UserResponse>("/v1/users/email/{email}", options, Configuration, cancellationToken);
        return Checked(await call.ConfigureAwait(false), nameof(GetUserByEmail));
    }
}
