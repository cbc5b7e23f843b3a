using System;
using Latchkey.Client.Transport;

namespace Latchkey.Client;

/// <summary>When a call is tried again, and after how long.</summary>
internal sealed class RetryPolicy(LatchkeyClientOptions options)
{
    private const double Growth = 2;

    // A caller waits for its answer meanwhile; longer than this it had better be told.
    private static readonly TimeSpan s_maxServerWait = TimeSpan.FromSeconds(5);

    private readonly int _maxRetries = options.MaxRetries;
    private readonly double _initialMs = options.RetryDelay.TotalMilliseconds;
    private readonly double _maxMs = options.MaxRetryDelay.TotalMilliseconds;

    /// <summary>How long to wait after an answer before the next try; null when it is the last word.</summary>
    /// <remarks>What may be done once only is tried again where the server refused to begin it.</remarks>
    internal TimeSpan? After(HttpReply reply, int retries, DateTimeOffset now, bool once = false)
    {
        TimeSpan? asked = RetryAfter.Of(reply.Headers, now);
        if (reply.TooLongFor is not null) return null;
        bool passing = (reply.Status >= 500 && !once) || (reply.Status == 429 && asked is not null);
        if (!passing || retries >= _maxRetries || asked > s_maxServerWait) return null;
        return asked ?? Backoff(retries);
    }

    /// <summary>The same after a connection that failed.</summary>
    internal TimeSpan? AfterBrokenConnection(int retries, bool once = false) => once || retries >= _maxRetries ? null : Backoff(retries);

    // Anything up to the full wait, so that clients that failed together do not come back together.
    private TimeSpan Backoff(int retries) =>
        TimeSpan.FromMilliseconds(Random.Shared.NextDouble() * Math.Min(_maxMs, _initialMs * Math.Pow(Growth, retries)));
}
