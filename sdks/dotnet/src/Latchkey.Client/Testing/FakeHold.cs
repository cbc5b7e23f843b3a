using System;
using System.Collections.Generic;

namespace Latchkey.Client.Testing;

/// <summary>Money that a <see cref="FakeLatchkeyClient"/> holds, and what became of it.</summary>
internal sealed class FakeHold(FakeKey key, decimal amount, string? requestId, DateTimeOffset heldAt, TimeSpan lifetime)
{
    private readonly DateTimeOffset _expiresAt = heldAt + lifetime;
    private DateTimeOffset? _resolvedAt;
    private SettleRequest? _settlement;
    private bool _late;

    internal string Id { get; } = Guid.NewGuid().ToString();

    internal string KeyId => key.Id;

    internal string? RequestId => requestId;

    internal decimal Amount => amount;

    /// <summary>What it cost; null unless settled.</summary>
    internal decimal? Settled { get; private set; }

    /// <summary>What it still holds.</summary>
    internal decimal HeldAtMoment(DateTimeOffset now) => StateAt(now) == ReservationStates.Open ? amount : 0;

    internal string StateAt(DateTimeOffset now)
    {
        if (Settled is not null) return ReservationStates.Settled;
        if (_resolvedAt is not null) return ReservationStates.Released;
        return now >= _expiresAt ? ReservationStates.Expired : ReservationStates.Open;
    }

    internal void Settle(decimal cost, SettleRequest settlement, DateTimeOffset now)
    {
        _late = StateAt(now) == ReservationStates.Expired;
        (Settled, _settlement, _resolvedAt) = (cost, settlement, now);
    }

    internal void Release(DateTimeOffset now) => _resolvedAt = now;

    internal Reservation At(DateTimeOffset now, IReadOnlyList<Budget>? budget = null)
    {
        string state = StateAt(now);
        decimal? held = Settled is null ? null : _late ? 0 : amount;
        decimal? givenBack = state == ReservationStates.Open ? null : amount;
        return new Reservation
        {
            Id = Id,
            KeyId = key.Id,
            OwnerId = key.OwnerId,
            WorkspaceId = key.WorkspaceId,
            RequestId = requestId,
            Amount = amount,
            State = state,
            HeldAt = heldAt,
            ExpiresAt = _expiresAt,
            ResolvedAt = _resolvedAt,
            Settled = Settled,
            ByokSettled = Settled is null ? null : _settlement?.ByokAmount ?? 0,
            Released = Settled is null ? givenBack : Math.Max(0, held!.Value - Settled.Value),
            Overdraft = Settled is null ? null : Math.Max(0, Settled.Value - held!.Value),
            Late = Settled is null ? null : _late,
            Meta = Settled is null ? null : _settlement?.Meta ?? new Dictionary<string, string>(),
            Budget = budget,
        };
    }
}
