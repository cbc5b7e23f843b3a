using System;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Latchkey.Client.Transport;

namespace Latchkey.Client;

/// <summary>A call, before it is sent.</summary>
/// <param name="Path">The path, after the base address, with its query.</param>
/// <param name="Body">The JSON body; null sends none.</param>
/// <param name="IdempotencyKey">The header of that name; null sends none.</param>
internal abstract record Call(string Path, byte[]? Body, string? IdempotencyKey)
{
    /// <summary>Set where the client made the request id up, so that only its own tries can share it.</summary>
    internal bool NameIsOurs { get; init; }

    /// <summary>The method.</summary>
    internal HttpMethod Method { get; init; } = HttpMethod.Post;

    /// <summary>The path as logs and messages show it, without names that somebody may have taken a secret for.</summary>
    internal string Place { get; init; } = Path;

    /// <summary>The revision that the record must have; null for any.</summary>
    internal long? IfRevision { get; init; }

    /// <summary>Set where doing it twice is not the same as doing it once.</summary>
    internal bool Once { get; init; }

    /// <summary>What it is called in messages.</summary>
    internal string Operation => $"{Method} {Place}";
}

/// <summary>A call with the type of its answer.</summary>
/// <param name="Path">The path, after the base address.</param>
/// <param name="Fault">What is wrong with an answer of the right shape, so that it is none; null for a good one.</param>
/// <param name="Body">The JSON body; null sends none.</param>
/// <param name="IdempotencyKey">The header of that name; null sends none.</param>
internal sealed record Call<T>(string Path, Func<T, string?> Fault, byte[]? Body = null, string? IdempotencyKey = null)
    : Call(Path, Body, IdempotencyKey);

/// <summary>Makes calls, tries them again where that may help, and reads their answers.</summary>
internal sealed class CallRunner(string baseUrl, string? apiKey, LatchkeyClientOptions options) : IDisposable
{
    private readonly TimeSpan _timeout = options.Timeout;
    private readonly TimeSpan _totalTimeout = options.TotalTimeout;
    private readonly Action<TryInfo>? _onTry = options.OnTry;
    private readonly RetryPolicy _retries = new(options);
    private readonly HttpTransport _transport =
        options.HttpClient is { } client ? HttpTransport.Borrow(client) : HttpTransport.Own();

    /// <summary>Makes a call and waits on this thread.</summary>
    /// <exception cref="LatchkeyException">It failed.</exception>
    internal T Run<T>(Call<T> call, CancellationToken cancellation)
        where T : class =>
        RunAsync(call, blocking: true, cancellation).GetAwaiter().GetResult();

    /// <summary>Makes a call.</summary>
    /// <exception cref="LatchkeyException">It failed.</exception>
    internal Task<T> RunAsync<T>(Call<T> call, CancellationToken cancellation)
        where T : class =>
        RunAsync(call, blocking: false, cancellation);

    /// <inheritdoc/>
    public void Dispose() => _transport.Dispose();

    private async Task<T> RunAsync<T>(Call<T> call, bool blocking, CancellationToken cancellation)
        where T : class
    {
        Deadline deadline = new(_totalTimeout);
        CallLog log = new(_onTry, call.Operation);
        for (int retries = 0; ; retries++)
        {
            TimeSpan? wait;
            LatchkeyException failure;
            TimeSpan limit = deadline.Within(_timeout);
            log.Begin();
            try
            {
                HttpReply reply = blocking
                    ? _transport.Send(() => RequestFor(call), limit, cancellation)
                    : await _transport.SendAsync(() => RequestFor(call), limit, cancellation).ConfigureAwait(false);
                DateTimeOffset now = DateTimeOffset.UtcNow;
                wait = reply.IsSuccess ? null : _retries.After(reply, retries, now, call.Once);
                log.Answered(reply, retries + 1, deadline.Allows(wait) ? wait : null);
                if (reply.IsSuccess) return Read(reply, call, retries + 1);
                failure = Problem.Of(reply, call.Operation, retries + 1, now);
            }
            catch (HttpRequestException error)
            {
                wait = Breakdown.IsLasting(error) ? null : _retries.AfterBrokenConnection(retries, call.Once);
                string said = $"{call.Operation}: {Breakdown.Tell(error, baseUrl)}";
                failure = new LatchkeyException(LatchkeyFailure.Connection, 0, said, error);
                log.Failed(failure, retries + 1, deadline.Allows(wait) ? wait : null);
            }
            catch (TimeoutException error)
            {
                string said = limit == _timeout ? error.Message : $"{call.Operation} had no answer within {_totalTimeout.TotalMilliseconds} ms and {retries + 1} tries.";
                failure = new LatchkeyException(LatchkeyFailure.Timeout, 0, said, error);
                log.Failed(failure, retries + 1, null);
                throw failure;
            }

            // A wait that ends too late would only be a slower way to the same failure.
            if (wait is not { } pause || !deadline.Allows(pause)) throw failure;
            await Pause(pause, blocking, cancellation).ConfigureAwait(false);
        }
    }

    private static Task Pause(TimeSpan pause, bool blocking, CancellationToken cancellation)
    {
        if (!blocking) return Task.Delay(pause, cancellation);
        cancellation.WaitHandle.WaitOne(pause);
        cancellation.ThrowIfCancellationRequested();
        return Task.CompletedTask;
    }

    private HttpRequestMessage RequestFor(Call call)
    {
        HttpRequestMessage request = new(call.Method, new Uri(baseUrl + call.Path));
        if (call.Body is not null)
        {
            request.Content = new ByteArrayContent(call.Body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        HttpTransport.SetHeader(request, "Accept", "application/json");
        HttpTransport.SetHeader(request, "User-Agent", HttpTransport.UserAgent);
        if (!string.IsNullOrEmpty(apiKey)) HttpTransport.SetHeader(request, "Authorization", $"Bearer {apiKey}");
        if (call.IdempotencyKey is { } name) HttpTransport.SetHeader(request, "Idempotency-Key", name);
        if (call.IfRevision is { } revision) HttpTransport.SetHeader(request, "If-Match", $"\"{revision}\"");
        return request;
    }

    private static T Read<T>(HttpReply reply, Call<T> call, int tries)
        where T : class
    {
        if (reply.TooLongFor is { } bytes) throw Unreadable(reply, call, tries, BaseAddress.TooLong(reply.Status, bytes), null);
        try
        {
            if (typeof(T) == typeof(Nothing))
            {
                return reply.Status == 204 ? (T)(object)Nothing.Instance : throw new JsonException("The call never answers with this status.");
            }

            // Other successes are no answers: nothing, a part, or a promise to do it later.
            if (reply.Status is not (200 or 201)) throw new JsonException("The call never answers with this status.");
            T data = NativeJson.Read<T>(reply.Body);
            if (call.Fault(data) is { } fault) throw new JsonException(fault);
            return Shown(data, call, reply.Info(tries));
        }
        catch (JsonException error)
        {
            throw Unreadable(reply, call, tries, BaseAddress.Misread(reply.Status, typeof(T), error), error);
        }
    }

    private static T Shown<T>(T data, Call call, ResponseInfo response)
    {
        if (data is IAnswered answered) answered.Response = response;
        if (data is Verdict verdict)
        {
            verdict.Response = response;
            verdict.Replayed &= !call.NameIsOurs;
        }
        else if (data is Reservation reservation)
        {
            reservation.Response = response;
            reservation.Replayed &= !call.NameIsOurs;
        }

        return data;
    }

    private static LatchkeyException Unreadable(HttpReply reply, Call call, int tries, string said, Exception? error)
    {
        string? requestId = reply.Header("X-Request-Id");
        string place = requestId is null ? "" : $" (request {requestId})";
        return new(LatchkeyFailure.Unreadable, reply.Status, $"{call.Operation}: {said}{place}", error)
        {
            RequestId = requestId,
            Response = reply.Info(tries),
        };
    }
}
