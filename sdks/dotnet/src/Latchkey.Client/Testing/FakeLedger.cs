using System;
using System.Collections.Generic;
using System.Linq;

namespace Latchkey.Client.Testing;

/// <summary>The money of a <see cref="FakeLatchkeyClient"/>, which calls it one at a time.</summary>
internal sealed class FakeLedger(TimeProvider time)
{
    private const int TtlSeconds = 600;
    private const int TtlSecondsMax = 7 * 24 * 60 * 60;

    private static readonly int[] s_thresholds = [50, 80, 100];
    private static readonly TimeSpan s_lifeMax = TimeSpan.FromDays(31);

    private readonly List<FakeHold> _holds = [];
    private readonly Dictionary<(string KeyId, string RequestId), decimal> _charges = new();
    private readonly Dictionary<string, decimal> _charged = new();

    private DateTimeOffset Now => time.GetUtcNow();

    internal Reservation[] Reservations => [.. _holds.Select(hold => hold.At(Now))];

    internal decimal SpentBy(string keyId) =>
        _charged.GetValueOrDefault(keyId) + _holds.Where(hold => hold.KeyId == keyId).Sum(hold => hold.SettledAt(Now) ?? 0);

    /// <summary>The verdict on a key that may be used, with what the request takes.</summary>
    internal Verdict Take(FakeKey key, VerifyRequest request)
    {
        if (request.Charge is { } charge)
        {
            decimal spent = SpentBy(key.Id);
            bool? replayed = Charge(key, charge, request.RequestId);
            return replayed is null ? Exceeded(key, charge) : Valid(key, charge, null, replayed.Value, CrossedSince(key, spent));
        }

        if (request.Reserve is not { } reserve) return Valid(key, null, null, false);
        FakeHold? before = Named(key, request.RequestId, reserve, request.ReserveOnExpiry);
        if (before is null && Lacks(key, reserve)) return Exceeded(key, reserve);
        Reservation held = (before ?? Hold(key, reserve, request.RequestId, request.ReserveTtlSeconds, request.ReserveOnExpiry)).At(Now);
        VerdictReservation shown = new() { Id = held.Id, Amount = held.Amount, State = held.State, ExpiresAt = held.ExpiresAt };
        return Valid(key, null, shown, before is not null);
    }

    internal Reservation Reserve(FakeKey key, ReserveRequest request)
    {
        string? name = request.RequestId ?? request.IdempotencyKey;
        FakeHold? before = Named(key, name, request.Amount, request.OnExpiry);
        if (before is null && Lacks(key, request.Amount)) throw NoRoom(key, request.Amount);
        Reservation held = (before ?? Hold(key, request.Amount, name, request.TtlSeconds, request.OnExpiry)).At(Now, BudgetOf(key));
        held.Replayed = before is not null;
        return held;
    }

    internal Reservation Extend(string id, ExtendRequest request)
    {
        if (request.TtlSeconds is < 1 or > TtlSecondsMax || request.Amount <= 0)
        {
            throw Refusal(400, "input_invalid", "It lasts 1 second to 7 days more, and holds more than nothing.");
        }

        FakeHold hold = Found(id);
        DateTimeOffset until = Now.AddSeconds(request.TtlSeconds);
        if (hold.StateAt(Now) != ReservationStates.Open) throw Resolved();
        RequireUsable(hold.Key);
        if (until > hold.HeldAt + s_lifeMax) throw Refusal(400, "input_invalid", "A reservation lasts at most 31 days in all.");
        decimal added = Math.Max(0, (request.Amount ?? 0) - hold.Amount);
        if (added > 0 && Lacks(hold.Key, added)) throw NoRoom(hold.Key, added);
        hold.Extend(added, until);
        return hold.At(Now, BudgetOf(hold.Key));
    }

    internal static void RequireUsable(FakeKey key)
    {
        if (key.Code is VerdictCodes.NotFound or VerdictCodes.Disabled or VerdictCodes.Expired or VerdictCodes.NotYetValid)
        {
            throw Refusal(409, "key_not_usable", "The key is disabled, expired or not valid yet.");
        }
    }

    internal Reservation Settle(string id, SettleRequest request)
    {
        FakeHold hold = Found(id);
        decimal cost = request switch
        {
            { Amount: { } amount, UnknownCost: null } => amount,
            { Amount: null, UnknownCost: UnknownCosts.ChargeHeld } => hold.Amount,
            { Amount: null, UnknownCost: UnknownCosts.ChargeNothing } => 0,
            _ => throw Refusal(400, "input_invalid", "Give either amount or unknownCost."),
        };
        string state = hold.StateAt(Now);
        bool again = state == ReservationStates.Settled && hold.SettledAt(Now) == cost;
        if (!again && state is ReservationStates.Settled or ReservationStates.Released) throw Resolved();
        decimal spent = SpentBy(hold.Key.Id);
        if (!again) hold.Settle(cost, request, Now);
        return hold.At(Now, BudgetOf(hold.Key), again ? null : CrossedSince(hold.Key, spent));
    }

    internal Reservation Release(string id)
    {
        FakeHold hold = Found(id);
        string state = hold.StateAt(Now);
        if (state == ReservationStates.Settled) throw Resolved();
        if (state == ReservationStates.Open) hold.Release(Now);
        return hold.At(Now);
    }

    internal static LatchkeyException Refusal(int status, string code, string detail) =>
        new(LatchkeyFailure.Refused, status, $"{detail} ({status} {code})") { Code = code, Detail = detail };

    private static LatchkeyException Resolved() =>
        Refusal(409, "reservation_resolved", "The reservation has ended already, in another way.");

    private static LatchkeyException Conflict() =>
        Refusal(409, "request_id_conflict", "This requestId was used for another amount, or ends otherwise.");

    private LatchkeyException NoRoom(FakeKey key, decimal amount)
    {
        const string Said = "A limit has no room for the amount.";
        Verdict refused = Exceeded(key, amount);
        return new(LatchkeyFailure.Refused, 402, $"{Said} (402 {refused.Code})")
        {
            Code = refused.Code,
            Detail = Said,
            KeyId = refused.KeyId,
            Bound = refused.Bound,
            NeverFits = refused.NeverFits,
            // As the server tells it: in whole seconds, never too few.
            RetryAfter = refused.Bound?.Budget?.ResetsAt is { } at ? TimeSpan.FromSeconds(Math.Ceiling((at - Now).TotalSeconds)) : null,
            Budget = BudgetOf(key),
        };
    }

    // The thresholds that the key's spending has crossed since there was so much of it, as the server names them.
    private int[]? CrossedSince(FakeKey key, decimal before)
    {
        if (key.Limit is not { } limit) return null;
        decimal spent = SpentBy(key.Id);
        bool Reached(decimal amount, int percent) => amount > 0 && (limit > 0 || percent == 100) && amount >= limit * percent / 100;
        int[] crossed = [.. s_thresholds.Where(percent => Reached(spent, percent) && !Reached(before, percent))];
        return crossed.Length == 0 ? null : crossed;
    }

    // Whether it had been taken before; null where there is no room.
    private bool? Charge(FakeKey key, decimal amount, string? requestId)
    {
        if (requestId is not null && _charges.TryGetValue((key.Id, requestId), out decimal before))
        {
            return before == amount ? true : throw Conflict();
        }

        if (Lacks(key, amount)) return null;
        _charged[key.Id] = _charged.GetValueOrDefault(key.Id) + amount;
        if (requestId is not null) _charges[(key.Id, requestId)] = amount;
        return false;
    }

    private Verdict Valid(
        FakeKey key,
        decimal? charged,
        VerdictReservation? held,
        bool replayed,
        IReadOnlyList<int>? crossed = null) => new()
    {
        Crossed = crossed,
        Valid = true,
        Code = VerdictCodes.Valid,
        KeyId = key.Id,
        OwnerId = key.OwnerId,
        WorkspaceId = key.WorkspaceId,
        ExternalUserId = key.ExternalUserId,
        Name = key.Name,
        Labels = key.Labels,
        Permissions = key.Permissions,
        Budget = BudgetOf(key),
        RateLimits = [],
        Revision = 1,
        Charged = charged,
        Replayed = replayed,
        Reservation = held,
    };

    private Verdict Exceeded(FakeKey key, decimal amount)
    {
        Budget bound = BoundOf(key, amount);
        return new()
        {
            Code = VerdictCodes.BudgetExceeded,
            KeyId = key.Id,
            Bound = new Bound(bound),
            NeverFits = bound.ResetsAt is null,
            Budget = BudgetOf(key),
        };
    }

    // The limit that has no room for an amount, with when it has: when enough of the holds have run out, or never.
    private Budget BoundOf(FakeKey key, decimal amount)
    {
        Budget now = BudgetOf(key)[0];
        decimal room = now.Limit - now.Spent - now.Reserved;
        foreach (FakeHold hold in _holds.Where(hold => hold.KeyId == key.Id && hold.IsFreeLater(Now)).OrderBy(hold => hold.ExpiresAt))
        {
            room += hold.Amount;
            if (room >= amount) return BudgetOf(key, hold.ExpiresAt)[0];
        }

        return now;
    }

    private bool Lacks(FakeKey key, decimal amount) => BudgetOf(key) is [{ } budget] && budget.Remaining < amount;

    private Budget[] BudgetOf(FakeKey key, DateTimeOffset? resetsAt = null)
    {
        if (key.Limit is not { } limit) return [];
        decimal spent = SpentBy(key.Id);
        decimal reserved = _holds.Where(hold => hold.KeyId == key.Id).Sum(hold => hold.HeldAtMoment(Now));
        decimal remaining = Math.Max(0, limit - spent - reserved);
        return
        [
            new()
            {
                Scope = "key",
                Id = key.Id,
                Window = "total",
                Limit = limit,
                Spent = spent,
                Reserved = reserved,
                Remaining = remaining,
                ResetsAt = resetsAt,
            },
        ];
    }

    private FakeHold? Named(FakeKey key, string? requestId, decimal amount, string? onExpiry)
    {
        FakeHold? before = requestId is null ? null : _holds.Find(hold => hold.KeyId == key.Id && hold.RequestId == requestId);
        return before is null || before.IsOf(amount, onExpiry) ? before : throw Conflict();
    }

    private FakeHold Hold(FakeKey key, decimal amount, string? requestId, int? ttlSeconds, string? onExpiry)
    {
        FakeHold hold = new(key, amount, requestId, Now, TimeSpan.FromSeconds(ttlSeconds ?? TtlSeconds), onExpiry ?? OnExpiries.Release);
        _holds.Add(hold);
        return hold;
    }

    private FakeHold Found(string id) =>
        _holds.Find(hold => hold.Id == id) ?? throw Refusal(404, "reservation_not_found", "No such reservation.");
}
