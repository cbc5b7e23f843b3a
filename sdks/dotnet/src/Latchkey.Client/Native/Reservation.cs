using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Serialization;

namespace Latchkey.Client;

/// <summary>Money that is held for a key, and what became of it. Amounts are USD.</summary>
public sealed class Reservation : IModel
{
    /// <summary>Its id.</summary>
    [JsonRequired]
    public string Id { get; init; } = "";

    /// <summary>The id of the key.</summary>
    [JsonRequired]
    public string KeyId { get; init; } = "";

    /// <summary>The id of the key's owner.</summary>
    [JsonRequired]
    public string OwnerId { get; init; } = "";

    /// <summary>The id of the key's workspace.</summary>
    [JsonRequired]
    public string WorkspaceId { get; init; } = "";

    /// <summary>The name that makes the reserve safe to repeat.</summary>
    public string? RequestId { get; init; }

    /// <summary>The reserved amount, including extensions.</summary>
    [JsonRequired]
    public decimal Amount { get; init; }

    /// <summary>One of <see cref="ReservationStates"/>.</summary>
    [JsonRequired]
    public string State { get; init; } = "";

    /// <summary>When it was made. Decides the windows that it and its settlement belong to.</summary>
    [JsonRequired]
    public DateTimeOffset HeldAt { get; init; }

    /// <summary>The first moment at which it holds nothing any more.</summary>
    [JsonRequired]
    public DateTimeOffset ExpiresAt { get; init; }

    /// <summary>What happens when nobody ends it in time: one of <see cref="OnExpiries"/>.</summary>
    public string OnExpiry { get; init; } = OnExpiries.Release;

    /// <summary>When it ended; null until its end is recorded.</summary>
    public DateTimeOffset? ResolvedAt { get; init; }

    /// <summary>The caller that settled or released it; null while it is open, and when it expired.</summary>
    public Caller? ResolvedBy { get; init; }

    /// <summary>What it really cost; null unless settled.</summary>
    public decimal? Settled { get; init; }

    /// <summary>What was paid elsewhere; null unless settled.</summary>
    public decimal? ByokSettled { get; init; }

    /// <summary>The part that was not spent; null while the reservation is open.</summary>
    public decimal? Released { get; init; }

    /// <summary>What was spent beyond the hold; null unless settled.</summary>
    public decimal? Overdraft { get; init; }

    /// <summary>Whether it had expired before it was settled; null unless settled.</summary>
    public bool? Late { get; init; }

    /// <summary>What the settlement says about itself; null unless settled.</summary>
    public IReadOnlyDictionary<string, string>? Meta { get; init; }

    /// <summary>Where every limit stands with it; only in the answer to a reserve, an extension or a settlement.</summary>
    public IReadOnlyList<Budget>? Budget { get; init; }

    /// <summary>The thresholds, in percent, that a settlement took a limit across; null when it took none.</summary>
    public IReadOnlyList<int>? Crossed { get; init; }

    /// <summary>
    /// Whether an earlier request with this request id had held the money: this one took neither money nor units of rate limits.
    /// A gateway that passes on ids of its callers must not take such an answer for one that was paid for. A try again of the
    /// same call under a name that the client made up is none.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Replayed { get; set; }

    /// <summary>What came with it: status, headers and the name of the call in the server's logs. No part of the wire form.</summary>
    [JsonIgnore]
    public ResponseInfo? Response { get; set; }

    /// <summary>The wire form.</summary>
    /// <returns>JSON.</returns>
    public string ToJson() => NativeJson.Text(this);

    bool IModel.IsWhole => Fault() is null;

    /// <summary>What is wrong with it as the answer to a call that leads to some states only; null when nothing is.</summary>
    /// <param name="possible">The states; none allows all. A word of a newer server is possible too.</param>
    internal string? Fault(params string[] possible)
    {
        string?[] always = [Id, KeyId, OwnerId, WorkspaceId, State];
        if (Array.Exists(always, string.IsNullOrEmpty)) return "Its id, its key, the owner, the workspace or the state is empty.";
        if (Budget?.All(one => one is { IsWhole: true }) == false) return "One of its limits is none.";
        bool known = State is ReservationStates.Open or ReservationStates.Settled or ReservationStates.Released or ReservationStates.Expired;
        if (known && possible.Length > 0 && Array.IndexOf(possible, State) < 0) return $"It is {State} after the call.";
        return State == ReservationStates.Settled && Settled is null ? "It is settled and does not say with what." : null;
    }
}

/// <summary>How a reservation stands.</summary>
public static class ReservationStates
{
    /// <summary>It holds its amount.</summary>
    public const string Open = "open";

    /// <summary>It was settled with what the work cost.</summary>
    public const string Settled = "settled";

    /// <summary>It was given back.</summary>
    public const string Released = "released";

    /// <summary>Nobody ended it in time, and it holds nothing any more.</summary>
    public const string Expired = "expired";
}

/// <summary>Whose hand it was: the key that was the credential, and its owner.</summary>
public sealed class Caller
{
    /// <summary>The user that the key belongs to.</summary>
    public string UserId { get; init; } = "";

    /// <summary>The key.</summary>
    public string KeyId { get; init; } = "";
}

/// <summary>The words of <see cref="Reservation.OnExpiry"/>.</summary>
public static class OnExpiries
{
    /// <summary>All of it comes back, so that what it was for is free. What the server does unless told otherwise.</summary>
    public const string Release = "release";

    /// <summary>All of it is charged.</summary>
    public const string Settle = "settle";
}
