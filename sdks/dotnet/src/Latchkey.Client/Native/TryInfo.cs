using System;

namespace Latchkey.Client;

/// <summary>One try of a call, as it is told to <see cref="LatchkeyClientOptions.OnTry"/>. It holds no secret and no body.</summary>
public sealed class TryInfo
{
    /// <summary>The call: method and path, such as <c>POST /v2/verify</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>Which try it was, from 1.</summary>
    public int Try { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The HTTP status; 0 when no answer came.</summary>
    public int Status { get; init; }

    /// <summary>The name of the call in the server's logs; null where no answer came or it told none.</summary>
    public string? RequestId { get; init; }

    /// <summary>What was wrong where no answer came: <see cref="LatchkeyFailure.Connection"/> or <see cref="LatchkeyFailure.Timeout"/>.</summary>
    public LatchkeyFailure? Failure { get; init; }

    /// <summary>How long it now waits until the next try; null when this was the last one.</summary>
    public TimeSpan? RetryIn { get; init; }

    /// <summary>One line for a log.</summary>
    /// <returns>Such as <c>POST /v2/verify: 503 in 12 ms, try 1, request 019a..., again in 200 ms</c>.</returns>
    public override string ToString()
    {
        string outcome = Failure?.ToString() ?? $"{Status}";
        string request = RequestId is null ? "" : $", request {RequestId}";
        string again = RetryIn is { } wait ? $", again in {wait.TotalMilliseconds:F0} ms" : "";
        return FormattableString.Invariant($"{Operation}: {outcome} in {Duration.TotalMilliseconds:F0} ms, try {Try}{request}{again}");
    }
}

/// <summary>Tells the tries of one call.</summary>
internal sealed class CallLog(Action<TryInfo>? listener, string operation)
{
    private long _begin;

    internal void Begin() => _begin = System.Diagnostics.Stopwatch.GetTimestamp();

    internal void Answered(Transport.HttpReply reply, int number, TimeSpan? retryIn) =>
        Tell(number, reply.Status, reply.Header("X-Request-Id"), null, retryIn);

    internal void Failed(LatchkeyException failure, int number, TimeSpan? retryIn) =>
        Tell(number, 0, null, failure.Failure, retryIn);

    private void Tell(int number, int status, string? requestId, LatchkeyFailure? failure, TimeSpan? retryIn)
    {
        if (listener is null) return;
        TryInfo info = new()
        {
            Operation = operation,
            Try = number,
            Duration = System.Diagnostics.Stopwatch.GetElapsedTime(_begin),
            Status = status,
            RequestId = requestId,
            Failure = failure,
            RetryIn = retryIn,
        };
        try
        {
            listener(info);
        }
        catch (Exception)
        {
            // A log that fails must not turn money that was taken into a failure.
        }
    }
}
