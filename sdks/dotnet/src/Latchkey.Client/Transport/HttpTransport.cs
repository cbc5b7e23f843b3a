using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Threading;
using System.Threading.Tasks;
using Latchkey.Client.Client;

namespace Latchkey.Client.Transport;

/// <summary>Where requests go out. Never changes a client that it was given, and never disposes it.</summary>
internal sealed class HttpTransport : IDisposable
{
    /// <summary>What we call ourselves towards a server.</summary>
    internal static readonly string UserAgent = $"Latchkey.Client/{typeof(HttpTransport).Assembly.GetName().Version!.ToString(3)} (.NET)";

    // So that a server that moved to another address is found again.
    private static readonly TimeSpan s_connectionLifetime = TimeSpan.FromMinutes(5);

    private readonly HttpClient _client;
    private readonly bool _owned;
    private volatile bool _disposed;

    private HttpTransport(HttpClient client, bool owned)
    {
        _client = client;
        _owned = owned;
    }

    internal static HttpTransport Borrow(HttpClient client) => new(client, owned: false);

    /// <summary>Opens connections of its own.</summary>
    internal static HttpTransport Own(
        IWebProxy? proxy = null,
        X509CertificateCollection? certificates = null,
        bool useDefaultCredentials = false)
    {
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            PooledConnectionLifetime = s_connectionLifetime,
            Proxy = proxy,
            Credentials = useDefaultCredentials ? CredentialCache.DefaultCredentials : null,
        };
        if (certificates is { Count: > 0 }) handler.SslOptions.ClientCertificates = certificates;
        HttpClient client = new(handler, disposeHandler: true) { Timeout = Timeout.InfiniteTimeSpan };
        return new HttpTransport(client, owned: true);
    }

    /// <summary>A time-out that timers can take.</summary>
    /// <exception cref="ArgumentOutOfRangeException">For any other.</exception>
    internal static TimeSpan CheckedTimeout(TimeSpan timeout, string name)
    {
        bool fits = timeout >= TimeSpan.FromMilliseconds(1) && timeout.TotalMilliseconds <= int.MaxValue;
        if (fits || timeout == Timeout.InfiniteTimeSpan) return timeout;
        throw new ArgumentOutOfRangeException(name, $"{name} must be between 1 ms and 24 days, or Timeout.InfiniteTimeSpan.");
    }

    /// <summary>Puts a header on a request, in the place of one of the same name.</summary>
    /// <exception cref="ArgumentException">HTTP does not allow the name or the value, which the message does not show.</exception>
    internal static void SetHeader(HttpRequestMessage request, string name, string value)
    {
        if (value.Any(character => character is (< ' ' and not '\t') or > '~'))
        {
            throw new ArgumentException(
                $"The value of the header {name} has characters that a header cannot carry, such as a line break at its end.");
        }

        // A default Content-Type means nothing on a request without a body.
        bool ofContent = name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase);
        if (ofContent && request.Content is null) return;
        HttpHeaders headers = ofContent ? request.Content!.Headers : request.Headers;
        try
        {
            headers.Remove(name);
            headers.TryAddWithoutValidation(name, value);
        }
        catch (Exception error) when (error is FormatException or InvalidOperationException or ArgumentException)
        {
            throw new ArgumentException($"A request cannot have a header \"{name}\".");
        }
    }

    /// <summary>Sends a request and waits on this thread. Throws what the other one throws.</summary>
    internal HttpReply Send(Func<HttpRequestMessage> request, TimeSpan timeout, CancellationToken cancellation)
    {
        // A handler that a caller brings may do without Send, or come back to the caller's synchronization context.
        Task<HttpReply> reply = _owned
            ? SendAsync(request, timeout, blocking: true, cancellation)
            : Task.Run(() => SendAsync(request, timeout, blocking: false, cancellation), CancellationToken.None);
        return reply.GetAwaiter().GetResult();
    }

    /// <summary>Sends a request.</summary>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    /// <exception cref="TimeoutException">The answer was not there in time.</exception>
    /// <exception cref="HttpRequestException">There is no connection, or it broke.</exception>
    internal Task<HttpReply> SendAsync(Func<HttpRequestMessage> request, TimeSpan timeout, CancellationToken cancellation) =>
        SendAsync(request, timeout, blocking: false, cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        if (_owned) _client.Dispose();
    }

    private async Task<HttpReply> SendAsync(
        Func<HttpRequestMessage> makeRequest,
        TimeSpan timeout,
        bool blocking,
        CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancellation.ThrowIfCancellationRequested();
        HttpRequestMessage request = makeRequest();
        string line = $"{request.Method} {request.RequestUri!.AbsolutePath}";
        // Of a caller's client, which looks at the body no more than at its headers where only those are asked for.
        bool shorter = !_owned && Shorter(_client.Timeout, timeout);
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(shorter ? _client.Timeout : timeout);
        try
        {
            Task<HttpReply> exchange = ExchangeAsync(request, blocking, deadline.Token);
            // A handler of the caller that does not heed its token is left behind.
            return await (_owned ? exchange : exchange.WaitAsync(deadline.Token)).ConfigureAwait(false);
        }
        catch (Exception error) when (deadline.IsCancellationRequested || error is OperationCanceledException or IOException or InvalidDataException)
        {
            string limit = shorter ? "the time-out of the HttpClient" : $"{timeout.TotalMilliseconds} ms";
            throw ReasonOf(error, line, limit, deadline.Token, cancellation);
        }
    }

    private static bool Shorter(TimeSpan one, TimeSpan other) =>
        one != Timeout.InfiniteTimeSpan && (other == Timeout.InfiniteTimeSpan || one < other);

    private async Task<HttpReply> ExchangeAsync(HttpRequestMessage request, bool blocking, CancellationToken deadline)
    {
        using (request)
        {
            using HttpResponseMessage response = blocking
                ? _client.Send(request, HttpCompletionOption.ResponseHeadersRead, deadline)
                : await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline).ConfigureAwait(false);
            long bound = Math.Min(HttpReply.BodyBytesMax, _client.MaxResponseContentBufferSize);
            return await HttpReply.ReadAsync(response, bound, blocking, deadline).ConfigureAwait(false);
        }
    }

    // Cancelling tears the connection down, which may show as any failure.
    private static Exception ReasonOf(
        Exception error,
        string line,
        string limit,
        CancellationToken deadline,
        CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return new OperationCanceledException($"{line} was cancelled.", error, cancellation);
        }

        if (deadline.IsCancellationRequested || error is OperationCanceledException { InnerException: TimeoutException })
        {
            return new TimeoutException($"{line} was not answered within {limit}.", error);
        }

        return error is OperationCanceledException ? error : new HttpRequestException(error.Message, error);
    }
}
