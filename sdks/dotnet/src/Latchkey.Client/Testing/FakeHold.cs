using System;
using System.Collections.Generic;

namespace Latchkey.Client.Testing;

/// <summary>Money that a <see cref="FakeLatchkeyClient"/> holds, and what became of it.</summary>
internal sealed class FakeHold(
    FakeKey key, decimal amount, string? requestId, DateTimeOffset heldAt, TimeSpan lifetime, string onExpiry)
{
    // What a repeated request asks for, extensions apart.
    private readonly decimal _firstAmount = amount;
    private DateTimeOffset _expiresAt = heldAt + lifetime;
    private DateTimeOffset? _resolvedAt;
    private SettleRequest? _settlement;
    private decimal? _settled;
    private bool _late;

    internal string Id { get; } = Guid.NewGuid().ToString();

    internal FakeKey Key => key;

    internal string KeyId => key.Id;

    internal string? RequestId => requestId;

    internal DateTimeOffset HeldAt => heldAt;

    internal decimal Amount { get; private set; } = amount;

    /// <summary>Whether it is what a repeated request asks for, extensions apart.</summary>
    internal bool IsOf(decimal asked, string? ending) => asked == _firstAmount && (ending ?? OnExpiries.Release) == onExpiry;

    internal DateTimeOffset ExpiresAt => _expiresAt;

    /// <summary>Whether it gives back what it holds, if nobody ends it.</summary>
    internal bool IsFreeLater(DateTimeOffset now) => StateAt(now) == ReservationStates.Open && onExpiry != OnExpiries.Settle;

    /// <summary>What it cost; null unless settled.</summary>
    internal decimal? SettledAt(DateTimeOffset now) => _settled ?? (IsChargedAt(now) ? Amount : null);

    /// <summary>What it still holds.</summary>
    internal decimal HeldAtMoment(DateTimeOffset now) => StateAt(now) == ReservationStates.Open ? Amount : 0;

    internal string StateAt(DateTimeOffset now)
    {
        if (_settled is not null || IsChargedAt(now)) return ReservationStates.Settled;
        if (_resolvedAt is not null) return ReservationStates.Released;
        return now >= _expiresAt ? ReservationStates.Expired : ReservationStates.Open;
    }

    internal void Extend(decimal added, DateTimeOffset until)
    {
        Amount += added;
        if (until > _expiresAt) _expiresAt = until;
    }

    internal void Settle(decimal cost, SettleRequest settlement, DateTimeOffset now)
    {
        _late = StateAt(now) == ReservationStates.Expired;
        (_settled, _settlement, _resolvedAt) = (cost, settlement, now);
    }

    internal void Release(DateTimeOffset now) => _resolvedAt = now;

    internal Reservation At(DateTimeOffset now, IReadOnlyList<Budget>? budget = null, IReadOnlyList<int>? crossed = null)
    {
        string state = StateAt(now);
        decimal? settled = SettledAt(now);
        decimal? held = settled is null ? null : _late ? 0 : Amount;
        decimal? givenBack = state == ReservationStates.Open ? null : Amount;
        return new Reservation
        {
            Id = Id,
            KeyId = key.Id,
            OwnerId = key.OwnerId,
            WorkspaceId = key.WorkspaceId,
            RequestId = requestId,
            Amount = Amount,
            State = state,
            HeldAt = heldAt,
            ExpiresAt = _expiresAt,
            OnExpiry = onExpiry,
            ResolvedAt = _resolvedAt,
            Settled = settled,
            ByokSettled = settled is null ? null : _settlement?.ByokAmount ?? 0,
            Released = settled is null ? givenBack : Math.Max(0, held!.Value - settled.Value),
            Overdraft = settled is null ? null : Math.Max(0, settled.Value - held!.Value),
            Late = settled is null ? null : _late,
            Meta = settled is null ? null : _settlement?.Meta ?? new Dictionary<string, string>(),
            Budget = budget,
            Crossed = crossed,
        };
    }

    // Nobody ended it, and so all of it is charged.
    private bool IsChargedAt(DateTimeOffset now) =>
        onExpiry == OnExpiries.Settle && _settled is null && _resolvedAt is null && now >= _expiresAt;
}
