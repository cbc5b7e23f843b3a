using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Latchkey.Client.Tests;

/// <summary>A hold that keeps itself.</summary>
public sealed class KeptHoldTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task It_is_extended_until_it_is_settled_and_no_more()
    {
        Holder holder = new(TimeSpan.FromHours(1));
        await using KeptHold hold = await Soon(holder);
        await holder.Await("extend");
        await holder.Await("extend");
        Assert.False(hold.Lost.IsCancellationRequested);
        Assert.Equal(ReservationStates.Settled, (await hold.SettleAsync(new SettleRequest { Amount = 0.5m })).State);
        int extended = holder.Count("extend");
        Assert.Equal(ReservationStates.Settled, (await hold.ReleaseAsync()).State);
        await hold.DisposeAsync();
        Assert.Equal((1, 0, extended), (holder.Count("settle"), holder.Count("release"), holder.Count("extend")));
        Assert.Equal(ReservationStates.Settled, hold.Reservation.State);
    }

    [Fact]
    public async Task What_was_not_settled_is_given_back_once()
    {
        Holder holder = new(TimeSpan.FromHours(1));
        KeptHold hold = await KeptHold.StartAsync(holder, Request);
        await hold.DisposeAsync();
        await hold.DisposeAsync();
        Assert.Equal(["reserve", "release"], holder.Calls);
    }

    [Fact]
    public async Task The_work_ends_when_the_money_is_no_longer_held()
    {
        LatchkeyException refusal = new(LatchkeyFailure.Refused, 409, "It has ended.") { Code = FaultCodes.ReservationResolved };
        Holder ended = new(TimeSpan.FromHours(1)) { Extending = _ => throw refusal };
        await using KeptHold one = await Soon(ended);
        await Ended(one.Lost);
        Assert.Same(refusal, one.Cause);

        Holder unreachable = new(TimeSpan.FromMilliseconds(100)) { Extending = _ => throw new LatchkeyException(LatchkeyFailure.Connection, 0, "Nobody.") };
        await using KeptHold other = await KeptHold.StartAsync(unreachable, Request);
        await Ended(other.Lost);

        await using KeptHold kept = await KeptHold.StartAsync(new Holder(TimeSpan.FromHours(1)), Request, TimeSpan.Zero);
        await Ended(kept.Lost);
        Assert.Null(kept.Cause);
    }

    [Fact]
    public async Task The_work_may_settle_as_soon_as_it_hears_of_the_loss()
    {
        using ManualResetEventSlim listening = new();
        Holder holder = new(TimeSpan.FromHours(1))
        {
            Extending = _ =>
            {
                listening.Wait(s_patience);
                throw new LatchkeyException(LatchkeyFailure.Refused, 409, "It has ended.");
            },
        };
        await using KeptHold hold = await Soon(holder);
        TaskCompletionSource<Reservation> settled = new();
        await using CancellationTokenRegistration registration = hold.Lost.Register(() =>
            settled.SetResult(hold.SettleAsync(new SettleRequest { Amount = 1m }).GetAwaiter().GetResult()));
        listening.Set();
        Assert.Equal(ReservationStates.Settled, (await settled.Task.WaitAsync(s_patience)).State);
    }

    [Fact]
    public async Task A_failure_that_passes_loses_nothing()
    {
        Holder holder = new(TimeSpan.FromHours(1))
        {
            Extending = number => number == 1 ? throw new LatchkeyException(LatchkeyFailure.Refused, 503, "Not now.") : number,
        };
        await using KeptHold hold = await Soon(holder);
        for (int times = 0; times < 3; times++) await holder.Await("extend");
        Assert.False(hold.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task A_hold_of_an_earlier_request_is_extended_at_once_or_not_kept()
    {
        Holder holder = new(TimeSpan.FromHours(1)) { Replayed = true };
        await using (await KeptHold.StartAsync(holder, Request)) await holder.Await("extend");
        holder.State = ReservationStates.Settled;
        LatchkeyException error = await Assert.ThrowsAsync<LatchkeyException>(() => KeptHold.StartAsync(holder, Request));
        Assert.Equal(FaultCodes.ReservationResolved, error.Code);
    }

    private static ReserveRequest Request => new() { KeyId = "k", Amount = 1m };

    private static Task<KeptHold> Soon(ILatchkeyClient holder) =>
        KeptHold.StartAsync(holder, Request, null, _ => TimeSpan.FromMilliseconds(1), CancellationToken.None);

    private static async Task Ended(CancellationToken lost)
    {
        TaskCompletionSource ended = new();
        await using CancellationTokenRegistration registration = lost.Register(ended.SetResult);
        await ended.Task.WaitAsync(s_patience);
    }

    /// <summary>Holds for as long as it is told, and tells of every call.</summary>
    private sealed class Holder(TimeSpan lasts) : ILatchkeyClient
    {
        private readonly List<string> _calls = [];
        private readonly SemaphoreSlim _extended = new(0);

        internal Func<int, int>? Extending { get; init; }

        internal bool Replayed { get; init; }

        internal string State { get; set; } = ReservationStates.Open;

        internal IReadOnlyList<string> Calls
        {
            get
            {
                lock (_calls) return [.. _calls];
            }
        }

        internal int Count(string call) => Calls.Count(one => one == call);

        internal async Task Await(string call) => Assert.True(await _extended.WaitAsync(s_patience), $"{call} was never called");

        public Task<Reservation> ReserveAsync(ReserveRequest request, CancellationToken cancellationToken = default) => Told("reserve", State);

        public Task<Reservation> ExtendAsync(string reservationId, ExtendRequest request, CancellationToken cancellationToken = default)
        {
            Task<Reservation> told = Told("extend", ReservationStates.Open);
            _extended.Release();
            Extending?.Invoke(Count("extend"));
            return told;
        }

        public Task<Reservation> SettleAsync(string reservationId, SettleRequest request, CancellationToken cancellationToken = default) =>
            Told("settle", ReservationStates.Settled);

        public Task<Reservation> ReleaseAsync(string reservationId, CancellationToken cancellationToken = default) =>
            Told("release", ReservationStates.Released);

        public Verdict Verify(VerifyRequest request, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<Verdict> VerifyAsync(VerifyRequest request, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Reservation Reserve(ReserveRequest request, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Reservation Extend(string reservationId, ExtendRequest request, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Reservation Settle(string reservationId, SettleRequest request, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Reservation Release(string reservationId, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        private Task<Reservation> Told(string call, string state)
        {
            lock (_calls) _calls.Add(call);
            DateTimeOffset at = DateTimeOffset.UnixEpoch;
            return Task.FromResult(new Reservation { Id = "r", KeyId = "k", State = state, HeldAt = at, ExpiresAt = at + lasts, Replayed = Replayed });
        }
    }
}
