namespace Latchkey.Client.Client;

/// <summary>Makes calls and waits for them on this thread. A test may put one of its own into an API object.</summary>
public interface ISynchronousClient
{
    /// <summary>Makes a GET call.</summary>
    /// <typeparam name="T">The type of the result; object for none.</typeparam>
    /// <param name="path">The path, after the base path.</param>
    /// <param name="options">What is sent.</param>
    /// <param name="configuration">The settings; null takes those of the process.</param>
    /// <returns>What came back.</returns>
    ApiResponse<T> Get<T>(string path, RequestOptions options, IReadableConfiguration? configuration = null);

    /// <summary>Makes a POST call.</summary>
    /// <typeparam name="T">The type of the result; object for none.</typeparam>
    /// <param name="path">The path, after the base path.</param>
    /// <param name="options">What is sent.</param>
    /// <param name="configuration">The settings; null takes those of the process.</param>
    /// <returns>What came back.</returns>
    ApiResponse<T> Post<T>(string path, RequestOptions options, IReadableConfiguration? configuration = null);

    /// <summary>Makes a PUT call.</summary>
    /// <typeparam name="T">The type of the result; object for none.</typeparam>
    /// <param name="path">The path, after the base path.</param>
    /// <param name="options">What is sent.</param>
    /// <param name="configuration">The settings; null takes those of the process.</param>
    /// <returns>What came back.</returns>
    ApiResponse<T> Put<T>(string path, RequestOptions options, IReadableConfiguration? configuration = null);

    /// <summary>Makes a DELETE call.</summary>
    /// <typeparam name="T">The type of the result; object for none.</typeparam>
    /// <param name="path">The path, after the base path.</param>
    /// <param name="options">What is sent.</param>
    /// <param name="configuration">The settings; null takes those of the process.</param>
    /// <returns>What came back.</returns>
    ApiResponse<T> Delete<T>(string path, RequestOptions options, IReadableConfiguration? configuration = null);

    /// <summary>Makes a HEAD call.</summary>
    /// <typeparam name="T">The type of the result; object for none.</typeparam>
    /// <param name="path">The path, after the base path.</param>
    /// <param name="options">What is sent.</param>
    /// <param name="configuration">The settings; null takes those of the process.</param>
    /// <returns>What came back.</returns>
    ApiResponse<T> Head<T>(string path, RequestOptions options, IReadableConfiguration? configuration = null);

    /// <summary>Makes a OPTIONS call.</summary>
    /// <typeparam name="T">The type of the result; object for none.</typeparam>
    /// <param name="path">The path, after the base path.</param>
    /// <param name="options">What is sent.</param>
    /// <param name="configuration">The settings; null takes those of the process.</param>
    /// <returns>What came back.</returns>
    ApiResponse<T> Options<T>(string path, RequestOptions options, IReadableConfiguration? configuration = null);

    /// <summary>Makes a PATCH call.</summary>
    /// <typeparam name="T">The type of the result; object for none.</typeparam>
    /// <param name="path">The path, after the base path.</param>
    /// <param name="options">What is sent.</param>
    /// <param name="configuration">The settings; null takes those of the process.</param>
    /// <returns>What came back.</returns>
    ApiResponse<T> Patch<T>(string path, RequestOptions options, IReadableConfiguration? configuration = null);
}
