using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Latchkey.Client.Transport;

namespace Latchkey.Client.Client;

/// <summary>Makes calls over HTTP and reads their answers. It may be used from any number of threads.</summary>
public sealed class ApiClient : IDisposable, ISynchronousClient, IAsynchronousClient
{
    private readonly string _basePath;
    private readonly HttpClientHandler? _handler;
    private readonly object _opening = new();
    private HttpTransport? _transport;
    private bool _disposed;

    /// <summary>Makes a client with connections of its own, to the base path of the process-wide settings.</summary>
    public ApiClient()
        : this(GlobalConfiguration.Instance.BasePath)
    {
    }

    /// <summary>Makes a client with connections of its own.</summary>
    /// <param name="basePath">The address of the server.</param>
    public ApiClient(string basePath) => _basePath = BaseAddress.Parse(basePath, nameof(basePath));

    /// <summary>
    /// Makes a client over the caller's, which is neither changed nor disposed. Its <c>BaseAddress</c> is the address of the
    /// server; without one it is the base path of the process-wide settings.
    /// </summary>
    /// <param name="client">The caller's client.</param>
    /// <param name="handler">Its handler: where proxy, certificates and cookies are.</param>
    public ApiClient(HttpClient client, HttpClientHandler? handler = null)
        : this(client, BaseAddress.Of(client) ?? GlobalConfiguration.Instance.BasePath, handler)
    {
    }

    /// <summary>Makes a client over the caller's, which is neither changed nor disposed.</summary>
    /// <param name="client">The caller's client.</param>
    /// <param name="basePath">The address of the server.</param>
    /// <param name="handler">Its handler: where proxy, certificates and cookies are.</param>
    public ApiClient(HttpClient client, string basePath, HttpClientHandler? handler = null)
        : this(basePath)
    {
        ArgumentNullException.ThrowIfNull(client);
        _transport = HttpTransport.Borrow(client);
        _handler = handler;
    }

    /// <inheritdoc/>
    public ApiResponse<T> Get<T>(string path, RequestOptions options, IReadableConfiguration? configuration = null) =>
        Call<T>(HttpMethod.Get, path, options, configuration);

    /// <inheritdoc/>
    public ApiResponse<T> Post<T>(string path, RequestOptions options, IReadableConfiguration? configuration = null) =>
        Call<T>(HttpMethod.Post, path, options, configuration);

    /// <inheritdoc/>
    public ApiResponse<T> Put<T>(string path, RequestOptions options, IReadableConfiguration? configuration = null) =>
        Call<T>(HttpMethod.Put, path, options, configuration);

    /// <inheritdoc/>
    public ApiResponse<T> Delete<T>(string path, RequestOptions options, IReadableConfiguration? configuration = null) =>
        Call<T>(HttpMethod.Delete, path, options, configuration);

    /// <inheritdoc/>
    public ApiResponse<T> Head<T>(string path, RequestOptions options, IReadableConfiguration? configuration = null) =>
        Call<T>(HttpMethod.Head, path, options, configuration);

    /// <inheritdoc/>
    public ApiResponse<T> Options<T>(string path, RequestOptions options, IReadableConfiguration? configuration = null) =>
        Call<T>(HttpMethod.Options, path, options, configuration);

    /// <inheritdoc/>
    public ApiResponse<T> Patch<T>(string path, RequestOptions options, IReadableConfiguration? configuration = null) =>
        Call<T>(HttpMethod.Patch, path, options, configuration);

    /// <inheritdoc/>
    public Task<ApiResponse<T>> GetAsync<T>(
        string path,
        RequestOptions options,
        IReadableConfiguration? configuration = null,
        CancellationToken cancellationToken = default) =>
        CallAsync<T>(HttpMethod.Get, path, options, configuration, cancellationToken);

    /// <inheritdoc/>
    public Task<ApiResponse<T>> PostAsync<T>(
        string path,
        RequestOptions options,
        IReadableConfiguration? configuration = null,
        CancellationToken cancellationToken = default) =>
        CallAsync<T>(HttpMethod.Post, path, options, configuration, cancellationToken);

    /// <inheritdoc/>
    public Task<ApiResponse<T>> PutAsync<T>(
        string path,
        RequestOptions options,
        IReadableConfiguration? configuration = null,
        CancellationToken cancellationToken = default) =>
        CallAsync<T>(HttpMethod.Put, path, options, configuration, cancellationToken);

    /// <inheritdoc/>
    public Task<ApiResponse<T>> DeleteAsync<T>(
        string path,
        RequestOptions options,
        IReadableConfiguration? configuration = null,
        CancellationToken cancellationToken = default) =>
        CallAsync<T>(HttpMethod.Delete, path, options, configuration, cancellationToken);

    /// <inheritdoc/>
    public Task<ApiResponse<T>> HeadAsync<T>(
        string path,
        RequestOptions options,
        IReadableConfiguration? configuration = null,
        CancellationToken cancellationToken = default) =>
        CallAsync<T>(HttpMethod.Head, path, options, configuration, cancellationToken);

    /// <inheritdoc/>
    public Task<ApiResponse<T>> OptionsAsync<T>(
        string path,
        RequestOptions options,
        IReadableConfiguration? configuration = null,
        CancellationToken cancellationToken = default) =>
        CallAsync<T>(HttpMethod.Options, path, options, configuration, cancellationToken);

    /// <inheritdoc/>
    public Task<ApiResponse<T>> PatchAsync<T>(
        string path,
        RequestOptions options,
        IReadableConfiguration? configuration = null,
        CancellationToken cancellationToken = default) =>
        CallAsync<T>(HttpMethod.Patch, path, options, configuration, cancellationToken);

    /// <summary>Closes connections of its own. The caller's client stays open.</summary>
    public void Dispose()
    {
        lock (_opening)
        {
            _disposed = true;
            _transport?.Dispose();
        }
    }

    private ApiResponse<T> Call<T>(
        HttpMethod method,
        string path,
        RequestOptions options,
        IReadableConfiguration? configuration)
    {
        IReadableConfiguration settings = configuration ?? GlobalConfiguration.Instance;
        Func<HttpRequestMessage> request = RequestMaker(method, path, options, settings);
        try
        {
            return Read<T>(TransportFor(settings).Send(request, settings.Timeout, CancellationToken.None));
        }
        catch (HttpRequestException error)
        {
            return Unanswered<T>(error);
        }
        catch (TimeoutException error)
        {
            throw new TaskCanceledException(error.Message, error);
        }
    }

    private async Task<ApiResponse<T>> CallAsync<T>(
        HttpMethod method,
        string path,
        RequestOptions options,
        IReadableConfiguration? configuration,
        CancellationToken cancellation)
    {
        IReadableConfiguration settings = configuration ?? GlobalConfiguration.Instance;
        Func<HttpRequestMessage> request = RequestMaker(method, path, options, settings);
        try
        {
            HttpTransport transport = TransportFor(settings);
            return Read<T>(await transport.SendAsync(request, settings.Timeout, cancellation).ConfigureAwait(false));
        }
        catch (HttpRequestException error)
        {
            return Unanswered<T>(error);
        }
        catch (TimeoutException error)
        {
            throw new TaskCanceledException(error.Message, error);
        }
    }

    private Func<HttpRequestMessage> RequestMaker(
        HttpMethod method,
        string path,
        RequestOptions options,
        IReadableConfiguration settings)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(options);
        return () => RequestWriter.Write(method, _basePath, path, options, settings);
    }

    private HttpTransport TransportFor(IReadableConfiguration settings)
    {
        lock (_opening)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _transport ??= HttpTransport.Own(
                settings.Proxy,
                settings.ClientCertificates,
                settings.UseDefaultCredentials);
        }
    }

    private ApiResponse<T> Read<T>(HttpReply reply)
    {
        T data = default!;
        Exception? failure = null;
        string? said = null;
        if (reply.TooLongFor is { } bytes)
        {
            said = BaseAddress.TooLong(reply.Status, bytes);
            failure = new InvalidDataException(said);
        }
        else if (reply.IsSuccess)
        {
            try
            {
                data = ModelJson.Read<T>(reply.Body)!;
            }
            catch (JsonException error)
            {
                said = BaseAddress.Misread(reply.Status, typeof(T), error);
                failure = error;
            }
        }

        return new ApiResponse<T>((HttpStatusCode)reply.Status, reply.Headers, data, reply.Text)
        {
            Failure = failure,
            ErrorText = said,
            Cookies = CookiesOf(_handler),
        };
    }

    private ApiResponse<T> Unanswered<T>(HttpRequestException error) =>
        new(0, default!, null)
        {
            Failure = error,
            ErrorText = Breakdown.Tell(error, _basePath),
        };

    private List<Cookie> CookiesOf(HttpClientHandler? handler) =>
        handler is { UseCookies: true } ? [.. handler.CookieContainer.GetCookies(new Uri(_basePath)).Cast<Cookie>()] : [];
}
