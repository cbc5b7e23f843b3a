using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Text.Json.Serialization;

namespace Latchkey.Client;

/// <summary>The answer to a verify. A refusal is an answer too: look at <see cref="Valid"/>.</summary>
public sealed class Verdict
{
    /// <summary>Whether the key may be used. Only then is anything taken from a limit.</summary>
    [JsonRequired]
    [MemberNotNullWhen(
        true,
        nameof(KeyId),
        nameof(OwnerId),
        nameof(WorkspaceId),
        nameof(Name),
        nameof(Labels),
        nameof(Permissions),
        nameof(Budget),
        nameof(RateLimits),
        nameof(Revision))]
    public bool Valid { get; init; }

    /// <summary>Why: one of <see cref="VerdictCodes"/>, or a word of a newer server.</summary>
    [JsonRequired]
    public string Code { get; init; } = "";

    /// <summary>The id of the key; null for <see cref="VerdictCodes.NotFound"/>.</summary>
    public string? KeyId { get; init; }

    /// <summary>The id of its owner; only when valid, as all that follow unless they say otherwise.</summary>
    public string? OwnerId { get; init; }

    /// <summary>The id of its workspace.</summary>
    public string? WorkspaceId { get; init; }

    /// <summary>The name that your own system has for its user; may be null also when valid.</summary>
    public string? ExternalUserId { get; init; }

    /// <summary>Its name.</summary>
    public string? Name { get; init; }

    /// <summary>Its labels.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>What it is permitted.</summary>
    public IReadOnlyList<string>? Permissions { get; init; }

    /// <summary>The first moment at which it is refused; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Every limit of money that counts; also with <see cref="VerdictCodes.BudgetExceeded"/>.</summary>
    public IReadOnlyList<Budget>? Budget { get; init; }

    /// <summary>Its rate limits.</summary>
    public IReadOnlyList<RateLimitState>? RateLimits { get; init; }

    /// <summary>The hold, where one was asked for.</summary>
    public VerdictReservation? Reservation { get; init; }

    /// <summary>What was spent, where a charge was asked for; USD.</summary>
    public decimal? Charged { get; init; }

    /// <summary>The thresholds, in percent, that the charge took a limit across; null when it took none.</summary>
    public IReadOnlyList<int>? Crossed { get; init; }

    /// <summary>
    /// Whether an earlier request with this request id had taken the money: this one took neither money nor units of rate limits.
    /// A gateway that passes on ids of its callers must not take such an answer for one that was paid for. A try again of the
    /// same call under a name that the client made up is none.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Replayed { get; set; }

    /// <summary>The revision of the key.</summary>
    public long? Revision { get; init; }

    /// <summary>
    /// The limit that refused; only with <see cref="VerdictCodes.RateLimited"/> and <see cref="VerdictCodes.BudgetExceeded"/>.
    /// </summary>
    public Bound? Bound { get; init; }

    /// <summary>
    /// Whether the refused call never passes however long it waits: it asks for more than a limit, no window ends, or the key
    /// expires before. Only with <see cref="VerdictCodes.RateLimited"/> and <see cref="VerdictCodes.BudgetExceeded"/>.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool NeverFits { get; init; }

    /// <summary>What came with it: status, headers and the name of the call in the server's logs. No part of the wire form.</summary>
    [JsonIgnore]
    public ResponseInfo? Response { get; set; }

    /// <summary>The wire form.</summary>
    /// <returns>JSON.</returns>
    public string ToJson() => NativeJson.Text(this);

    /// <summary>
    /// What contradicts the rest, or lacks for the request, so that nobody goes by it: a valid verdict says whose key it is
    /// and what became of the money. Null when nothing does.
    /// </summary>
    internal string? Fault(VerifyRequest request)
    {
        if (string.IsNullOrEmpty(Code)) return "Its code is empty.";
        if (Valid != (Code == VerdictCodes.Valid)) return $"It says both valid: {(Valid ? "true" : "false")} and {Code}.";
        if (Budget?.All(one => one is { IsWhole: true }) == false) return "One of its limits is none.";
        if (RateLimits?.All(one => !string.IsNullOrEmpty(one?.Name) && one.ResetsAt is not null) == false) return "One of its rate limits is none.";
        if (!Valid) return null;
        object?[] always = [Name, Labels, Permissions, Budget, RateLimits, Revision];
        bool named = !string.IsNullOrEmpty(KeyId) && !string.IsNullOrEmpty(OwnerId) && !string.IsNullOrEmpty(WorkspaceId);
        bool whole = named && !always.Contains(null) && !Permissions!.Contains(null!) && !Labels!.Values.Contains(null!);
        if (!whole) return "It says that the key is valid, and not everything that belongs to that.";
        if (request.Charge is not null && Charged is null) return "It does not say what was charged.";
        if (request.Reserve is null) return null;
        bool held = !string.IsNullOrEmpty(Reservation?.Id) && !string.IsNullOrEmpty(Reservation.State);
        return held ? null : "It does not name the reservation.";
    }
}

/// <summary>A hold that a verify made.</summary>
public sealed class VerdictReservation
{
    /// <summary>Its id, to settle or release it by.</summary>
    [JsonRequired]
    public string Id { get; init; } = "";

    /// <summary>What is held, in USD.</summary>
    [JsonRequired]
    public decimal Amount { get; init; }

    /// <summary>One of <see cref="ReservationStates"/>; not <c>open</c> when the request was repeated too late.</summary>
    [JsonRequired]
    public string State { get; init; } = "";

    /// <summary>The first moment at which it holds nothing any more.</summary>
    [JsonRequired]
    public DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>The codes of a verdict.</summary>
public static class VerdictCodes
{
    /// <summary>The key may be used.</summary>
    public const string Valid = "VALID";

    /// <summary>Unknown, malformed, revoked, or not yours; such a verdict carries nothing else.</summary>
    public const string NotFound = "NOT_FOUND";

    /// <summary>The key or its owner is switched off.</summary>
    public const string Disabled = "DISABLED";

    /// <summary>Its time has not begun.</summary>
    public const string NotYetValid = "NOT_YET_VALID";

    /// <summary>Its time is over.</summary>
    public const string Expired = "EXPIRED";

    /// <summary>The address is not among its own, or the key only manages.</summary>
    public const string Forbidden = "FORBIDDEN";

    /// <summary>It is not permitted what was demanded.</summary>
    public const string InsufficientPermissions = "INSUFFICIENT_PERMISSIONS";

    /// <summary>A rate limit has no room; <see cref="Verdict.Bound"/> says which, and how long to wait.</summary>
    public const string RateLimited = "RATE_LIMITED";

    /// <summary>A limit of money has no room; <see cref="Verdict.Bound"/> says which, and when it opens again.</summary>
    public const string BudgetExceeded = "BUDGET_EXCEEDED";
}
