using System;
using System.Threading;
using System.Threading.Tasks;
using Latchkey.Client.Transport;

namespace Latchkey.Client;

/// <summary>
/// Verifies keys, and holds, settles and releases money. Make one for the whole program: it may be used from any number of
/// threads and keeps its connections open until it is disposed.
/// </summary>
public sealed class LatchkeyClient : IDisposable
{
    private const string BaseUrlVariable = "LATCHKEY_BASE_URL";
    private const string ApiKeyVariable = "LATCHKEY_API_KEY";
    private const string DefaultBaseUrl = "http://127.0.0.1:8080";

    private readonly CallRunner _runner;

    /// <summary>Makes a client.</summary>
    /// <param name="options">Its settings, which are copied; null takes those of the environment.</param>
    /// <exception cref="ArgumentException">The address of the server is none.</exception>
    public LatchkeyClient(LatchkeyClientOptions? options = null)
    {
        options ??= new LatchkeyClientOptions();
        string? apiKey = options.ApiKey ?? Environment.GetEnvironmentVariable(ApiKeyVariable);
        _runner = new CallRunner(AddressOf(options), apiKey, options);
    }

    /// <summary>Decides whether a key may be used now. A refusal is an answer and no exception.</summary>
    /// <param name="request">The key, and what it is to be used for.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The verdict.</returns>
    /// <exception cref="LatchkeyException">There is no verdict.</exception>
    public Verdict Verify(VerifyRequest request, CancellationToken cancellationToken = default) =>
        _runner.Run(VerifyCall(request), cancellationToken);

    /// <summary>Decides whether a key may be used now. A refusal is an answer and no exception.</summary>
    /// <param name="request">The key, and what it is to be used for.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The verdict.</returns>
    /// <exception cref="LatchkeyException">There is no verdict.</exception>
    public Task<Verdict> VerifyAsync(VerifyRequest request, CancellationToken cancellationToken = default) =>
        _runner.RunAsync(VerifyCall(request), cancellationToken);

    /// <summary>Holds money of a key. It comes back when it is settled, released, or its time is over.</summary>
    /// <param name="request">The key and the amount.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The reservation.</returns>
    /// <exception cref="LatchkeyException">Nothing is held; 402 when a limit has no room, which <c>Bound</c> names.</exception>
    public Reservation Reserve(ReserveRequest request, CancellationToken cancellationToken = default) =>
        _runner.Run(ReserveCall(request), cancellationToken);

    /// <summary>Holds money of a key. It comes back when it is settled, released, or its time is over.</summary>
    /// <param name="request">The key and the amount.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The reservation.</returns>
    /// <exception cref="LatchkeyException">Nothing is held; 402 when a limit has no room, which <c>Bound</c> names.</exception>
    public Task<Reservation> ReserveAsync(ReserveRequest request, CancellationToken cancellationToken = default) =>
        _runner.RunAsync(ReserveCall(request), cancellationToken);

    /// <summary>Ends a reservation with what the work cost. Repeating it answers the same.</summary>
    /// <param name="reservationId">The id of the reservation.</param>
    /// <param name="request">The cost.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The reservation as it now stands.</returns>
    /// <exception cref="LatchkeyException">The call failed; 409 when it ended in another way before.</exception>
    public Reservation Settle(
        string reservationId,
        SettleRequest request,
        CancellationToken cancellationToken = default) =>
        _runner.Run(SettleCall(reservationId, request), cancellationToken);

    /// <summary>Ends a reservation with what the work cost. Repeating it answers the same.</summary>
    /// <param name="reservationId">The id of the reservation.</param>
    /// <param name="request">The cost.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The reservation as it now stands.</returns>
    /// <exception cref="LatchkeyException">The call failed; 409 when it ended in another way before.</exception>
    public Task<Reservation> SettleAsync(
        string reservationId,
        SettleRequest request,
        CancellationToken cancellationToken = default) =>
        _runner.RunAsync(SettleCall(reservationId, request), cancellationToken);

    /// <summary>Gives a reservation back. Repeating it answers the same.</summary>
    /// <param name="reservationId">The id of the reservation.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The reservation as it now stands.</returns>
    /// <exception cref="LatchkeyException">The call failed; 409 when it is settled already.</exception>
    public Reservation Release(string reservationId, CancellationToken cancellationToken = default) =>
        _runner.Run(ReleaseCall(reservationId), cancellationToken);

    /// <summary>Gives a reservation back. Repeating it answers the same.</summary>
    /// <param name="reservationId">The id of the reservation.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The reservation as it now stands.</returns>
    /// <exception cref="LatchkeyException">The call failed; 409 when it is settled already.</exception>
    public Task<Reservation> ReleaseAsync(string reservationId, CancellationToken cancellationToken = default) =>
        _runner.RunAsync(ReleaseCall(reservationId), cancellationToken);

    /// <summary>Closes connections of its own. A caller's client stays open.</summary>
    public void Dispose() => _runner.Dispose();

    // What is nearest to the program wins, and what is there and no address is refused rather than passed over.
    private static string AddressOf(LatchkeyClientOptions options)
    {
        if (options.BaseUrl is not null) return BaseAddress.Parse(options.BaseUrl, nameof(options.BaseUrl));
        if (BaseAddress.Of(options.HttpClient) is { } address) return address;
        string? variable = Environment.GetEnvironmentVariable(BaseUrlVariable);
        return string.IsNullOrEmpty(variable) ? DefaultBaseUrl : BaseAddress.Parse(variable, BaseUrlVariable);
    }

    // Money is taken once however often the call is tried, because every try carries the same name.
    private static Call<Verdict> VerifyCall(VerifyRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        bool nameless = request.TakesMoney && request.RequestId is null;
        byte[] body = NativeJson.Write(nameless ? request.Named(NewName()) : request);
        return new("/v2/verify", verdict => verdict.Fault(request), body);
    }

    private static Call<Reservation> ReserveCall(ReserveRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        string? name = request.IdempotencyKey ?? (request.RequestId is null ? NewName() : null);
        // One that is repeated answers how the first one stands, in whatever state that is.
        return new("/v2/reservations", held => held.Fault(), NativeJson.Write(request), name);
    }

    private static Call<Reservation> SettleCall(string reservationId, SettleRequest request)
    {
        string segment = Segment(reservationId);
        ArgumentNullException.ThrowIfNull(request);
        return new(
            $"/v2/reservations/{segment}/settle",
            held => held.Fault(ReservationStates.Settled),
            NativeJson.Write(request));
    }

    private static Call<Reservation> ReleaseCall(string reservationId) =>
        new(
            $"/v2/reservations/{Segment(reservationId)}/release",
            held => held.Fault(ReservationStates.Released, ReservationStates.Expired));

    private static string NewName() => Guid.NewGuid().ToString();

    private static string Segment(string reservationId)
    {
        ArgumentException.ThrowIfNullOrEmpty(reservationId);
        // Addresses drop these two, escaped or not, so that the call would reach another resource.
        if (reservationId is "." or "..") throw new ArgumentException("No reservation has this id.", nameof(reservationId));
        return Uri.EscapeDataString(reservationId);
    }
}
