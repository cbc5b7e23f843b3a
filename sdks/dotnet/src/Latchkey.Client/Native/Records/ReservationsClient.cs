using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Latchkey.Client;

/// <summary>Reads what is or was held. <see cref="ILatchkeyClient"/> makes and ends it. Its calls are virtual, so that tests can put a double there.</summary>
public class ReservationsClient
{
    private const string Path = "/v2/reservations";

    private readonly RecordCalls _calls;

    internal ReservationsClient(RecordCalls calls) => _calls = calls;

    /// <summary>For doubles of tests, which have all calls of their own.</summary>
    protected ReservationsClient() => _calls = null!;

    /// <summary>Reads one reservation.</summary>
    /// <param name="id">The id of the reservation.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The reservation.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<Reservation> GetAsync(string id, CancellationToken cancellationToken = default) =>
        _calls.Get<Reservation>($"{Path}/{{}}", [id], "", cancellationToken);

    /// <summary>Reads one page of reservations, newest first.</summary>
    /// <param name="query">Which; null takes all.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The page.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<Page<Reservation>> ListPageAsync(
        ReservationQuery? query = null,
        CancellationToken cancellationToken = default) =>
        _calls.Get<Page<Reservation>>(Path, [], query?.Query() ?? "", cancellationToken);

    /// <summary>Goes through reservations, newest first, page by page.</summary>
    /// <param name="query">Which; null takes all.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>All of them, as they are gone through.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual IAsyncEnumerable<Reservation> ListAsync(
        ReservationQuery? query = null,
        CancellationToken cancellationToken = default) =>
        _calls.List<Reservation>(Path, [], query?.Query() ?? "", query?.Cursor, cancellationToken);
}
