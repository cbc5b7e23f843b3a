using System;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;

namespace Latchkey.Client;

/// <summary>
/// Money that stays held for as long as the work takes: it extends itself, is settled once with what the work did cost, and is given
/// back at the end of the block when it was not.
/// </summary>
/// <example>
/// <code>
/// await using KeptHold hold = await KeptHold.StartAsync(latchkey, new ReserveRequest { KeyId = id, Amount = 1m });
/// decimal cost = await Work(hold.Lost);
/// await hold.SettleAsync(new SettleRequest { Amount = cost });
/// </code>
/// </example>
public sealed class KeptHold : IAsyncDisposable
{
    // Two more tries fit in before it runs out.
    private const int Part = 3;

    private static readonly TimeSpan s_keep = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(1);

    // Ever smaller parts of what is left would never end.
    private static readonly TimeSpan s_least = TimeSpan.FromMilliseconds(5);

    private readonly ILatchkeyClient _holder;
    private readonly TimeSpan _ttl;
    private readonly TimeSpan _keep;
    private readonly Func<TimeSpan, TimeSpan> _pace;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _lost = new();
    private readonly object _lock = new();
    private readonly Task _running;

    // By the clock of this machine: only how long the hold lasts is the server's.
    private readonly long _begun;
    private TimeSpan _expires;
    private Task<Reservation>? _ended;

    private KeptHold(ILatchkeyClient holder, Reservation reservation, long begun, TimeSpan keep, Func<TimeSpan, TimeSpan> pace)
    {
        _holder = holder;
        _begun = begun;
        _keep = keep;
        _pace = pace;
        Reservation = reservation;
        _expires = reservation.ExpiresAt - reservation.HeldAt;
        _ttl = TimeSpan.FromSeconds(Math.Max(1, Math.Round(_expires.TotalSeconds)));
        // Of one that an earlier request made, nobody here knows how long ago that was.
        TimeSpan first = reservation.Replayed ? TimeSpan.Zero : (_expires - Now) / Part;
        _running = Task.Run(() => ExtendAsync(first));
    }

    /// <summary>Its id.</summary>
    public string Id => Reservation.Id;

    /// <summary>As the server told it last.</summary>
    public Reservation Reservation { get; private set; }

    /// <summary>Is cancelled when the money is no longer held, for the work to end with.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>Why it is no longer held, while <see cref="Lost"/> is cancelled: what the server or the network said; else null.</summary>
    public LatchkeyException? Cause { get; private set; }

    private TimeSpan Now => Stopwatch.GetElapsedTime(_begun);

    /// <summary>Holds money of a key and keeps it held.</summary>
    /// <param name="holder">A client, or a fake.</param>
    /// <param name="request">The key and the amount.</param>
    /// <param name="keep">For how long it is extended; null takes an hour. What is forgotten must not hold money for ever.</param>
    /// <param name="cancellationToken">Gives the reserve up. It does not end the hold.</param>
    /// <returns>The hold.</returns>
    /// <exception cref="LatchkeyException">Nothing is held, or an earlier request of this id has ended it.</exception>
    public static Task<KeptHold> StartAsync(
        ILatchkeyClient holder,
        ReserveRequest request,
        TimeSpan? keep = null,
        CancellationToken cancellationToken = default) =>
        StartAsync(holder, request, keep, pause => pause, cancellationToken);

    /// <summary>Records what the work did cost. Called again it answers the same; after a release it fails.</summary>
    /// <param name="request">The cost.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The reservation as it now stands.</returns>
    /// <exception cref="LatchkeyException">The call failed.</exception>
    public Task<Reservation> SettleAsync(SettleRequest request, CancellationToken cancellationToken = default) =>
        End(() => _holder.SettleAsync(Id, request, cancellationToken), again: true);

    /// <summary>Gives everything back. Called again, or after a settle, it answers what became of it.</summary>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The reservation as it now stands.</returns>
    /// <exception cref="LatchkeyException">The call failed.</exception>
    public Task<Reservation> ReleaseAsync(CancellationToken cancellationToken = default) =>
        End(() => _holder.ReleaseAsync(Id, cancellationToken), again: false);

    /// <summary>Gives everything back unless it was settled, or a settle was tried: whether that got through only the server knows.</summary>
    /// <returns>Ends when it is given back.</returns>
    public async ValueTask DisposeAsync()
    {
        bool ended;
        lock (_lock) ended = _ended is not null;
        if (!ended) await ReleaseAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
    }

    internal static async Task<KeptHold> StartAsync(
        ILatchkeyClient holder,
        ReserveRequest request,
        TimeSpan? keep,
        Func<TimeSpan, TimeSpan> pace,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(holder);
        long begun = Stopwatch.GetTimestamp();
        Reservation reservation = await holder.ReserveAsync(request, cancellationToken).ConfigureAwait(false);
        if (reservation is { Replayed: true, State: not ReservationStates.Open })
        {
            throw new LatchkeyException(LatchkeyFailure.Refused, 409, $"An earlier request of this id has ended the hold: it is {reservation.State}.")
            {
                Code = FaultCodes.ReservationResolved,
            };
        }

        return new KeptHold(holder, reservation, begun, keep ?? s_keep, pace);
    }

    // It stops extending before it ends the hold: what is extended after that would be nobody's.
    private Task<Reservation> End(Func<Task<Reservation>> call, bool again)
    {
        lock (_lock)
        {
            if (_ended is null || again) _ended = EndAsync(call);
            return _ended;
        }
    }

    private async Task<Reservation> EndAsync(Func<Task<Reservation>> call)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        return Reservation = await call().ConfigureAwait(false);
    }

    private async Task ExtendAsync(TimeSpan wait)
    {
        try
        {
            while (true)
            {
                TimeSpan left = _keep - Now;
                TimeSpan pause = _pace(wait < left ? wait : left);
                await Task.Delay(pause > TimeSpan.Zero ? pause : TimeSpan.Zero, _stop.Token).ConfigureAwait(false);
                if (await ExtendOnceAsync().ConfigureAwait(false) is not { } next) return;
                wait = next;
            }
        }
        catch (OperationCanceledException)
        {
            // It was settled or released.
        }
    }

    // When to extend again; null when it is no longer held.
    private async Task<TimeSpan?> ExtendOnceAsync()
    {
        TimeSpan begun = Now;
        if (begun >= _keep || begun >= _expires) return Lose(null);
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        deadline.CancelAfter(_expires - begun);
        try
        {
            ExtendRequest request = new() { TtlSeconds = (int)_ttl.TotalSeconds };
            Reservation = await _holder.ExtendAsync(Id, request, deadline.Token).ConfigureAwait(false);
            _expires = begun + _ttl;
            return _ttl / Part;
        }
        catch (LatchkeyException error)
        {
            bool refused = error.Failure == LatchkeyFailure.Refused && error.Status < 500 && error.Status != 429;
            if (refused || Now >= _expires) return Lose(error);
            TimeSpan part = (_expires - Now) / Part;
            return part > s_soon ? s_soon : part < s_least ? s_least : part;
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            return Lose(null);
        }
    }

    private TimeSpan? Lose(LatchkeyException? cause)
    {
        Cause = cause;
        // What the work does about it runs elsewhere: it may settle, which waits for this here.
        _ = _lost.CancelAsync();
        return null;
    }
}
