using System.Threading;
using System.Threading.Tasks;

namespace Latchkey.Client;

/// <summary>
/// Verifies keys, and holds, extends, settles and releases money: what programs ask for, so that tests can put
/// <see cref="Testing.FakeLatchkeyClient"/> or a double of their own there. It may gain calls in any version.
/// </summary>
public interface ILatchkeyClient
{
    /// <summary>Decides whether a key may be used now. A refusal is an answer and no exception.</summary>
    /// <param name="request">The key, and what it is to be used for.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The verdict.</returns>
    /// <exception cref="LatchkeyException">There is no verdict.</exception>
    Verdict Verify(VerifyRequest request, CancellationToken cancellationToken = default);

    /// <summary>Decides whether a key may be used now. A refusal is an answer and no exception.</summary>
    /// <param name="request">The key, and what it is to be used for.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The verdict.</returns>
    /// <exception cref="LatchkeyException">There is no verdict.</exception>
    Task<Verdict> VerifyAsync(VerifyRequest request, CancellationToken cancellationToken = default);

    /// <summary>Holds money of a key. It comes back when it is settled, released, or its time is over.</summary>
    /// <param name="request">The key and the amount.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The reservation.</returns>
    /// <exception cref="LatchkeyException">Nothing is held; 402 when a limit has no room, which <c>Bound</c> names.</exception>
    Reservation Reserve(ReserveRequest request, CancellationToken cancellationToken = default);

    /// <summary>Holds money of a key. It comes back when it is settled, released, or its time is over.</summary>
    /// <param name="request">The key and the amount.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The reservation.</returns>
    /// <exception cref="LatchkeyException">Nothing is held; 402 when a limit has no room, which <c>Bound</c> names.</exception>
    Task<Reservation> ReserveAsync(ReserveRequest request, CancellationToken cancellationToken = default);

    /// <summary>
    /// Lets an open reservation last longer, or hold more. What is added needs room like a reserve, in the windows of the first
    /// one. Repeating it changes nothing more.
    /// </summary>
    /// <param name="reservationId">The id of the reservation.</param>
    /// <param name="request">How long and how much, at least.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The reservation as it now stands.</returns>
    /// <exception cref="LatchkeyException">Nothing changed; 402 when a limit has no room, 409 when it has ended.</exception>
    Reservation Extend(string reservationId, ExtendRequest request, CancellationToken cancellationToken = default);

    /// <summary>
    /// Lets an open reservation last longer, or hold more. What is added needs room like a reserve, in the windows of the first
    /// one. Repeating it changes nothing more.
    /// </summary>
    /// <param name="reservationId">The id of the reservation.</param>
    /// <param name="request">How long and how much, at least.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The reservation as it now stands.</returns>
    /// <exception cref="LatchkeyException">Nothing changed; 402 when a limit has no room, 409 when it has ended.</exception>
    Task<Reservation> ExtendAsync(string reservationId, ExtendRequest request, CancellationToken cancellationToken = default);

    /// <summary>Ends a reservation with what the work cost. Repeating it answers the same.</summary>
    /// <param name="reservationId">The id of the reservation.</param>
    /// <param name="request">The cost.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The reservation as it now stands.</returns>
    /// <exception cref="LatchkeyException">The call failed; 409 when it ended in another way before.</exception>
    Reservation Settle(string reservationId, SettleRequest request, CancellationToken cancellationToken = default);

    /// <summary>Ends a reservation with what the work cost. Repeating it answers the same.</summary>
    /// <param name="reservationId">The id of the reservation.</param>
    /// <param name="request">The cost.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The reservation as it now stands.</returns>
    /// <exception cref="LatchkeyException">The call failed; 409 when it ended in another way before.</exception>
    Task<Reservation> SettleAsync(string reservationId, SettleRequest request, CancellationToken cancellationToken = default);

    /// <summary>Gives a reservation back. Repeating it answers the same.</summary>
    /// <param name="reservationId">The id of the reservation.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The reservation as it now stands.</returns>
    /// <exception cref="LatchkeyException">The call failed; 409 when it is settled already.</exception>
    Reservation Release(string reservationId, CancellationToken cancellationToken = default);

    /// <summary>Gives a reservation back. Repeating it answers the same.</summary>
    /// <param name="reservationId">The id of the reservation.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The reservation as it now stands.</returns>
    /// <exception cref="LatchkeyException">The call failed; 409 when it is settled already.</exception>
    Task<Reservation> ReleaseAsync(string reservationId, CancellationToken cancellationToken = default);
}
