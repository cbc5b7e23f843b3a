using System.Threading;
using System.Threading.Tasks;
using Latchkey.Client.Client;
using Latchkey.Client.Model;

namespace Latchkey.Client.Api;

/// <summary>Asks the server about itself and sets it up, waiting for each answer on this thread.</summary>
public interface ISystemApiSync : IApiAccessor
{
    /// <summary>Reads the server's version.</summary>
    /// <returns>What the server says about itself.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    SystemInfoResponse GetSystemInfo();

    /// <summary>Reads the server's version, and shows status and headers.</summary>
    /// <returns>The response.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    ApiResponse<SystemInfoResponse> GetSystemInfoWithHttpInfo();

    /// <summary>Sets up an empty server and gives its first key; does nothing to one that is set up.</summary>
    /// <returns>Whether it was set up just now, and what opens it then.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    SystemInitResponse InitializeSystem();

    /// <summary>Sets up an empty server and gives its first key; does nothing to one that is set up, and shows status and headers.</summary>
    /// <returns>The response.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    ApiResponse<SystemInitResponse> InitializeSystemWithHttpInfo();
}

/// <summary>Asks the server about itself and sets it up, without holding a thread.</summary>
public interface ISystemApiAsync : IApiAccessor
{
    /// <summary>Reads the server's version.</summary>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>What the server says about itself.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    Task<SystemInfoResponse> GetSystemInfoAsync(CancellationToken cancellationToken = default);

    /// <summary>Reads the server's version, and shows status and headers.</summary>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The response.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    Task<ApiResponse<SystemInfoResponse>> GetSystemInfoWithHttpInfoAsync(CancellationToken cancellationToken = default);

    /// <summary>Sets up an empty server and gives its first key; does nothing to one that is set up.</summary>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>Whether it was set up just now, and what opens it then.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    Task<SystemInitResponse> InitializeSystemAsync(CancellationToken cancellationToken = default);

    /// <summary>Sets up an empty server and gives its first key; does nothing to one that is set up, and shows status and headers.</summary>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The response.</returns>
    /// <exception cref="ApiException">The call failed.</exception>
    Task<ApiResponse<SystemInitResponse>> InitializeSystemWithHttpInfoAsync(CancellationToken cancellationToken = default);
}

/// <summary>Asks the server about itself and sets it up, in both ways.</summary>
public interface ISystemApi : ISystemApiSync, ISystemApiAsync
{
}
