using System.Threading;
using System.Threading.Tasks;
using Latchkey.Client.Client;
using Latchkey.Client.Model;

namespace Latchkey.Client.Api;

/// <summary>Reads users, waiting for each answer on this thread.</summary>
public interface IUsersApiSync : IApiAccessor
{
    /// <summary>Reads the user whose key makes the call.</summary>
    /// <returns>The user.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    UserResponse GetCurrentUser();

    /// <summary>Reads the user whose key makes the call, and shows status and headers.</summary>
    /// <returns>The response.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    ApiResponse<UserResponse> GetCurrentUserWithHttpInfo();

    /// <summary>Reads a user by id.</summary>
    /// <param name="id">The id of the user.</param>
    /// <returns>The user.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    UserResponse GetUser(string id);

    /// <summary>Reads a user by id, and shows status and headers.</summary>
    /// <param name="id">The id of the user.</param>
    /// <returns>The response.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    ApiResponse<UserResponse> GetUserWithHttpInfo(string id);

    /// <summary>Reads a user by e-mail address.</summary>
    /// <param name="email">The address.</param>
    /// <returns>The user.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    UserResponse GetUserByEmail(string email);

    /// <summary>Reads a user by e-mail address, and shows status and headers.</summary>
    /// <param name="email">The address.</param>
    /// <returns>The response.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    ApiResponse<UserResponse> GetUserByEmailWithHttpInfo(string email);
}

/// <summary>Reads users, without holding a thread.</summary>
public interface IUsersApiAsync : IApiAccessor
{
    /// <summary>Reads the user whose key makes the call.</summary>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The user.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    Task<UserResponse> GetCurrentUserAsync(CancellationToken cancellationToken = default);

    /// <summary>Reads the user whose key makes the call, and shows status and headers.</summary>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The response.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    Task<ApiResponse<UserResponse>> GetCurrentUserWithHttpInfoAsync(CancellationToken cancellationToken = default);

    /// <summary>Reads a user by id.</summary>
    /// <param name="id">The id of the user.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The user.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    Task<UserResponse> GetUserAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Reads a user by id, and shows status and headers.</summary>
    /// <param name="id">The id of the user.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The response.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    Task<ApiResponse<UserResponse>> GetUserWithHttpInfoAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Reads a user by e-mail address.</summary>
    /// <param name="email">The address.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The user.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    Task<UserResponse> GetUserByEmailAsync(string email, CancellationToken cancellationToken = default);

    /// <summary>Reads a user by e-mail address, and shows status and headers.</summary>
    /// <param name="email">The address.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The response.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    Task<ApiResponse<UserResponse>> GetUserByEmailWithHttpInfoAsync(string email, CancellationToken cancellationToken = default);
}

/// <summary>Reads users, in both ways.</summary>
public interface IUsersApi : IUsersApiSync, IUsersApiAsync
{
}
