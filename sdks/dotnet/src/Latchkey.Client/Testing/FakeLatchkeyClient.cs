using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Latchkey.Client.Testing;

/// <summary>
/// Stands in for a server in the tests of a program, in memory and without a network. Keys that were added are valid until
/// their code says otherwise, every other key is <see cref="VerdictCodes.NotFound"/>, and money is held, extended, settled and refused
/// as a server does: by the limit of the key, once for a request id, and with the same failures. It may be used from any number
/// of threads.
/// </summary>
public sealed class FakeLatchkeyClient : ILatchkeyClient
{
    private readonly object _turn = new();
    private readonly Dictionary<string, FakeKey> _keys = new();
    private readonly List<VerifyRequest> _verifies = [];
    private readonly Queue<Exception> _failures = new();
    private readonly FakeLedger _ledger;

    /// <summary>Makes a fake without keys.</summary>
    /// <param name="time">The clock that reservations run out by; null takes the system's.</param>
    public FakeLatchkeyClient(TimeProvider? time = null) => _ledger = new FakeLedger(time ?? TimeProvider.System);

    /// <summary>Every verify that was asked for, the oldest first.</summary>
    public IReadOnlyList<VerifyRequest> Verifies
    {
        get
        {
            lock (_turn) return _verifies.ToArray();
        }
    }

    /// <summary>Every reservation as it now stands, the oldest first.</summary>
    public IReadOnlyList<Reservation> Reservations
    {
        get
        {
            lock (_turn) return _ledger.Reservations;
        }
    }

    /// <summary>Adds a key.</summary>
    /// <param name="key">The text that clients send.</param>
    /// <param name="facts">What is known of it; null takes that of a plain key.</param>
    /// <returns>The key, to change or to look at.</returns>
    public FakeKey AddKey(string key, FakeKey? facts = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        lock (_turn) return _keys[key] = facts ?? new FakeKey();
    }

    /// <summary>Fails the next call with this, and the one after it with the next that was given.</summary>
    /// <param name="failure">Such as a <see cref="LatchkeyException"/> with <see cref="LatchkeyFailure.Connection"/>.</param>
    public void FailNext(Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        lock (_turn) _failures.Enqueue(failure);
    }

    /// <summary>What a key has spent, in USD: charges and settlements.</summary>
    /// <param name="keyId">The id of the key.</param>
    /// <returns>The sum.</returns>
    public decimal SpentBy(string keyId)
    {
        lock (_turn) return _ledger.SpentBy(keyId);
    }

    /// <inheritdoc/>
    public Verdict Verify(VerifyRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return InTurn(() => Judge(request), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<Verdict> VerifyAsync(VerifyRequest request, CancellationToken cancellationToken = default) =>
        AsTask(() => Verify(request, cancellationToken));

    /// <inheritdoc/>
    public Reservation Reserve(ReserveRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return InTurn(() => _ledger.Reserve(KeyOf(request), request), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<Reservation> ReserveAsync(ReserveRequest request, CancellationToken cancellationToken = default) =>
        AsTask(() => Reserve(request, cancellationToken));

    /// <inheritdoc/>
    public Reservation Extend(string reservationId, ExtendRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return InTurn(() => _ledger.Extend(reservationId, request), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<Reservation> ExtendAsync(string reservationId, ExtendRequest request, CancellationToken cancellationToken = default) =>
        AsTask(() => Extend(reservationId, request, cancellationToken));

    /// <inheritdoc/>
    public Reservation Settle(string reservationId, SettleRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return InTurn(() => _ledger.Settle(reservationId, request), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<Reservation> SettleAsync(string reservationId, SettleRequest request, CancellationToken cancellationToken = default) =>
        AsTask(() => Settle(reservationId, request, cancellationToken));

    /// <inheritdoc/>
    public Reservation Release(string reservationId, CancellationToken cancellationToken = default) =>
        InTurn(() => _ledger.Release(reservationId), cancellationToken);

    /// <inheritdoc/>
    public Task<Reservation> ReleaseAsync(string reservationId, CancellationToken cancellationToken = default) =>
        AsTask(() => Release(reservationId, cancellationToken));

    private T InTurn<T>(Func<T> call, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_turn) return _failures.TryDequeue(out Exception? failure) ? throw failure : call();
    }

    // As a client's: a failure is in the task, and an argument that is missing is told at once.
    private static Task<T> AsTask<T>(Func<T> call)
    {
        try
        {
            return Task.FromResult(call());
        }
        catch (OperationCanceledException error)
        {
            return Task.FromCanceled<T>(error.CancellationToken);
        }
        catch (Exception error) when (error is not ArgumentException)
        {
            return Task.FromException<T>(error);
        }
    }

    private Verdict Judge(VerifyRequest request)
    {
        _verifies.Add(request);
        if (!_keys.TryGetValue(request.Key, out FakeKey? key)) return new Verdict { Code = VerdictCodes.NotFound };
        return key.Code == VerdictCodes.Valid
            ? _ledger.Take(key, request)
            : new Verdict { Code = key.Code, KeyId = key.Code == VerdictCodes.NotFound ? null : key.Id, Bound = key.Bound };
    }

    private FakeKey KeyOf(ReserveRequest request)
    {
        FakeKey? key = request.Key is not null
            ? _keys.GetValueOrDefault(request.Key)
            : _keys.Values.FirstOrDefault(one => one.Id == request.KeyId);
        if (key?.Code is null or VerdictCodes.NotFound) throw FakeLedger.Refusal(404, "key_not_found", "No such key.");
        FakeLedger.RequireUsable(key);
        return key;
    }
}
