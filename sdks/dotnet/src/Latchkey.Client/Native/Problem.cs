using System;
using System.Collections.Generic;
using System.Linq;
using Latchkey.Client.Transport;

namespace Latchkey.Client;

/// <summary>Problem details (RFC 9457) as the server sends them.</summary>
internal sealed class Problem
{
    // The longest ones name twenty places. A list of millions would become many times as large in memory.
    private const int BytesMax = 1024 * 1024;

    public string? Code { get; init; }

    public string? Title { get; init; }

    public string? Detail { get; init; }

    public string? RequestId { get; init; }

    public string? KeyId { get; init; }

    public Bound? Bound { get; init; }

    public List<Budget?>? Budget { get; init; }

    public bool NeverFits { get; init; }

    public List<InputError?>? Errors { get; init; }

    /// <summary>The exception for an answer that is no success.</summary>
    internal static LatchkeyException Of(HttpReply reply, string call, int tries, DateTimeOffset now)
    {
        bool redirected = reply.Status is >= 300 and < 400;
        Problem? problem = redirected || reply.Body.Length > BytesMax ? null : NativeJson.TryRead<Problem>(reply.Body);
        if (problem?.Code is null) problem = null;
        string? requestId = problem?.RequestId ?? reply.Header("X-Request-Id");
        string said = (redirected, problem) switch
        {
            (true, _) => Redirect.Advice(reply.Status, reply.Headers),
            _ when reply.TooLongFor is { } bytes => BaseAddress.TooLong(reply.Status, bytes),
            (_, null) => $"The server answered {reply.Status} without problem details. {BaseAddress.Advice}",
            _ => problem.Detail ?? problem.Title ?? "The server gives no reason.",
        };
        string place = string.Join(", ", new[] { $"{reply.Status} {problem?.Code}".TrimEnd(), requestId is null ? "" : $"request {requestId}" }.Where(one => one.Length > 0));
        return new LatchkeyException(LatchkeyFailure.Refused, reply.Status, $"{call}: {said} ({place})")
        {
            Code = problem?.Code,
            Detail = problem?.Detail,
            RequestId = requestId,
            KeyId = problem?.KeyId,
            Bound = problem?.Bound,
            NeverFits = problem?.NeverFits ?? false,
            Budget = problem?.Budget?.OfType<Budget>().ToArray() ?? [],
            Errors = problem?.Errors?.OfType<InputError>().ToArray() ?? [],
            Response = reply.Info(tries),
            RetryAfter = RetryAfter.Of(reply.Headers, now),
        };
    }
}
