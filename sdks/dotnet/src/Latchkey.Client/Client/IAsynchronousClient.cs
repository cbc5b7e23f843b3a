using System.Threading;
using System.Threading.Tasks;

namespace Latchkey.Client.Client;

/// <summary>Makes calls without holding a thread. A test may put one of its own into an API object.</summary>
public interface IAsynchronousClient
{
    /// <summary>Makes a GET call.</summary>
    /// <typeparam name="T">The type of the result; object for none.</typeparam>
    /// <param name="path">The path, after the base path.</param>
    /// <param name="options">What is sent.</param>
    /// <param name="configuration">The settings; null takes those of the process.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>What came back.</returns>
    Task<ApiResponse<T>> GetAsync<T>(
        string path,
        RequestOptions options,
        IReadableConfiguration? configuration = null,
        CancellationToken cancellationToken = default);

    /// <summary>Makes a POST call.</summary>
    /// <typeparam name="T">The type of the result; object for none.</typeparam>
    /// <param name="path">The path, after the base path.</param>
    /// <param name="options">What is sent.</param>
    /// <param name="configuration">The settings; null takes those of the process.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>What came back.</returns>
    Task<ApiResponse<T>> PostAsync<T>(
        string path,
        RequestOptions options,
        IReadableConfiguration? configuration = null,
        CancellationToken cancellationToken = default);

    /// <summary>Makes a PUT call.</summary>
    /// <typeparam name="T">The type of the result; object for none.</typeparam>
    /// <param name="path">The path, after the base path.</param>
    /// <param name="options">What is sent.</param>
    /// <param name="configuration">The settings; null takes those of the process.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>What came back.</returns>
    Task<ApiResponse<T>> PutAsync<T>(
        string path,
        RequestOptions options,
        IReadableConfiguration? configuration = null,
        CancellationToken cancellationToken = default);

    /// <summary>Makes a DELETE call.</summary>
    /// <typeparam name="T">The type of the result; object for none.</typeparam>
    /// <param name="path">The path, after the base path.</param>
    /// <param name="options">What is sent.</param>
    /// <param name="configuration">The settings; null takes those of the process.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>What came back.</returns>
    Task<ApiResponse<T>> DeleteAsync<T>(
        string path,
        RequestOptions options,
        IReadableConfiguration? configuration = null,
        CancellationToken cancellationToken = default);

    /// <summary>Makes a HEAD call.</summary>
    /// <typeparam name="T">The type of the result; object for none.</typeparam>
    /// <param name="path">The path, after the base path.</param>
    /// <param name="options">What is sent.</param>
    /// <param name="configuration">The settings; null takes those of the process.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>What came back.</returns>
    Task<ApiResponse<T>> HeadAsync<T>(
        string path,
        RequestOptions options,
        IReadableConfiguration? configuration = null,
        CancellationToken cancellationToken = default);

    /// <summary>Makes a OPTIONS call.</summary>
    /// <typeparam name="T">The type of the result; object for none.</typeparam>
    /// <param name="path">The path, after the base path.</param>
    /// <param name="options">What is sent.</param>
    /// <param name="configuration">The settings; null takes those of the process.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>What came back.</returns>
    Task<ApiResponse<T>> OptionsAsync<T>(
        string path,
        RequestOptions options,
        IReadableConfiguration? configuration = null,
        CancellationToken cancellationToken = default);

    /// <summary>Makes a PATCH call.</summary>
    /// <typeparam name="T">The type of the result; object for none.</typeparam>
    /// <param name="path">The path, after the base path.</param>
    /// <param name="options">What is sent.</param>
    /// <param name="configuration">The settings; null takes those of the process.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>What came back.</returns>
    Task<ApiResponse<T>> PatchAsync<T>(
        string path,
        RequestOptions options,
        IReadableConfiguration? configuration = null,
        CancellationToken cancellationToken = default);
}
