using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text.Json.Serialization;

namespace Latchkey.Client.Incoming;

/// <summary>
/// What a client is answered whose key may not be used: status, headers and body (RFC 9457). It tells the client about its own
/// key, and nothing about money, ids or what an exception says.
/// </summary>
public sealed class Refusal
{
    /// <summary>The code of a refusal for want of a decision: Latchkey could not be asked.</summary>
    public const string VerificationUnavailable = "verification_unavailable";

    // Where nobody says how long to wait.
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, string> _headers = new(StringComparer.OrdinalIgnoreCase);
    private readonly RefusalProblem _problem;

    private Refusal(string code, string? detail = null)
    {
        (int status, string title) = Meaning(code);
        _problem = new RefusalProblem
        {
            Type = $"urn:latchkey:refusal:{code}",
            Title = title,
            Status = status,
            Detail = detail ?? title,
            Code = code,
        };
        _headers["Content-Type"] = "application/problem+json";
        _headers["Cache-Control"] = "no-store";
        if (status != 401) return;
        _headers["WWW-Authenticate"] = code == FaultCodes.CredentialMissing ? "Bearer" : "Bearer error=\"invalid_token\"";
    }

    /// <summary>The HTTP status.</summary>
    public int Status => _problem.Status;

    /// <summary>
    /// The word to act on: that of the verdict, of <see cref="IncomingKey.Fault"/>, or <see cref="VerificationUnavailable"/>.
    /// </summary>
    public string Code => _problem.Code;

    /// <summary>
    /// The headers that belong to it: <c>Content-Type</c> and <c>Cache-Control</c>, and where they say something
    /// <c>WWW-Authenticate</c>, <c>Retry-After</c> and <c>RateLimit-*</c>.
    /// </summary>
    public IReadOnlyDictionary<string, string> Headers => _headers;

    /// <summary>The body.</summary>
    /// <returns>Problem details as JSON.</returns>
    public string ToJson() => NativeJson.Text(_problem);

    /// <summary>The answer for a verdict. A key that is none now gets 401, so that clients ask for another one.</summary>
    /// <param name="verdict">The verdict; null counts as no decision.</param>
    /// <param name="now">The time, from which it counts how long to wait.</param>
    /// <returns>The refusal; null where the key may be used.</returns>
    public static Refusal? Of(Verdict? verdict, DateTimeOffset now)
    {
        if (verdict is null) return Unavailable(null);
        // A code of a newer server refuses too, and so does a verdict that contradicts itself.
        if (verdict is { Valid: true, Code: VerdictCodes.Valid }) return null;
        Refusal made = new(verdict.Code);
        made._problem.RequestId = verdict.Response?.RequestId;
        made._problem.NeverFits = verdict.NeverFits;
        if (verdict.Code == VerdictCodes.RateLimited) made.TellRate(verdict.Bound?.RateLimit);
        if (verdict.Code == VerdictCodes.BudgetExceeded && verdict.Bound?.Budget is { } budget) made.TellBudget(budget, now);
        return made;
    }

    /// <summary>The answer for a request without a key that could be verified.</summary>
    /// <param name="key">What was read of the request.</param>
    /// <returns>The refusal; null where there is a key, which must then be verified.</returns>
    public static Refusal? Of(IncomingKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.Fault switch
        {
            null => null,
            FaultCodes.CredentialMissing => new(key.Fault, "Send \"Authorization: Bearer <key>\" or \"X-Api-Key: <key>\"."),
            FaultCodes.CredentialConflict => new(key.Fault, "Send one key in one header."),
            _ => new(key.Fault, "A key has no spaces, and at most 256 characters."),
        };
    }

    /// <summary>
    /// The answer where a verify failed: 503, because there is no decision, also where the server refused the credential of the
    /// program itself. What the exception says stays out of it.
    /// </summary>
    /// <param name="failure">What was thrown; null counts as that too.</param>
    /// <returns>The refusal.</returns>
    public static Refusal Unavailable(Exception? failure)
    {
        LatchkeyException? known = failure as LatchkeyException;
        Refusal made = new(VerificationUnavailable, "Try again shortly.");
        made._problem.RequestId = known?.RequestId;
        made.Wait(known?.RetryAfter is { } wait && wait > s_wait ? wait : s_wait);
        return made;
    }

    // Those whose key is no credential now, those that only may not do this, and those that come again later.
    private static (int Status, string Title) Meaning(string code) => code switch
    {
        VerdictCodes.NotFound => (401, "This is no key that can be used."),
        VerdictCodes.Disabled => (401, "The key is switched off."),
        VerdictCodes.NotYetValid => (401, "The key is not valid yet."),
        VerdictCodes.Expired => (401, "The key has expired."),
        VerdictCodes.Forbidden => (403, "The key may not be used here."),
        VerdictCodes.InsufficientPermissions => (403, "The key lacks a permission for this."),
        VerdictCodes.RateLimited => (429, "Too many requests."),
        VerdictCodes.BudgetExceeded => (402, "A spending limit is used up."),
        FaultCodes.CredentialMissing => (401, "No key was sent."),
        FaultCodes.CredentialConflict => (401, "Two different keys were sent."),
        FaultCodes.CredentialInvalid => (401, "What was sent is no key."),
        VerificationUnavailable => (503, "The key cannot be verified now."),
        _ => (403, "The key may not be used for this."),
    };

    private void TellRate(RateLimitState? bound)
    {
        if (!_problem.NeverFits) Wait(bound?.RetryAfter ?? s_wait);
        if (bound is null) return;
        _headers["RateLimit-Limit"] = bound.Limit.ToString(CultureInfo.InvariantCulture);
        _headers["RateLimit-Remaining"] = bound.Remaining.ToString(CultureInfo.InvariantCulture);
        if (_problem.NeverFits) return;
        _headers["RateLimit-Reset"] = _headers["Retry-After"];
        _problem.ResetsAt = bound.ResetsAt;
    }

    private void TellBudget(Budget bound, DateTimeOffset now)
    {
        _problem.Window = bound.Window;
        _problem.ResetsAt = bound.ResetsAt;
        if (bound.ResetsAt is { } at && !_problem.NeverFits) Wait(at - now);
    }

    // In whole seconds, never less than the wait and never 0.
    private void Wait(TimeSpan wait) =>
        _headers["Retry-After"] = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
}

/// <summary>The body of a refusal.</summary>
internal sealed class RefusalProblem
{
    public required string Type { get; init; }

    public required string Title { get; init; }

    public required int Status { get; init; }

    public required string Detail { get; init; }

    public required string Code { get; init; }

    public string? RequestId { get; set; }

    public string? Window { get; set; }

    public DateTimeOffset? ResetsAt { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool NeverFits { get; set; }
}
