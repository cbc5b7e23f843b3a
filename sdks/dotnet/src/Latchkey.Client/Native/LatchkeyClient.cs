using System;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using Latchkey.Client.Transport;

namespace Latchkey.Client;

/// <summary>
/// Verifies keys, holds, extends, settles and releases money, and manages records. Make one for the whole program: it may be used from any number of
/// threads and keeps its connections open until it is disposed.
/// </summary>
public sealed class LatchkeyClient : ILatchkeyClient, IDisposable
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
        RecordCalls calls = new(_runner);
        Keys = new KeysClient(calls);
        Reservations = new ReservationsClient(calls);
        Usage = new UsageClient(calls);
        Users = new UsersClient(calls);
        Workspaces = new WorkspacesClient(calls);
        Audit = new AuditClient(calls);
    }

    /// <summary>Makes a client over the caller's, as a typed client of an <c>IHttpClientFactory</c> is made.</summary>
    /// <param name="httpClient">
    /// The caller's client, which is neither changed nor disposed. Its <c>BaseAddress</c> is the address of the server where the
    /// settings have none.
    /// </param>
    /// <param name="options">The other settings, which are copied; null takes those of the environment.</param>
    /// <exception cref="ArgumentException">The address of the server is none, or the settings name another client.</exception>
    public LatchkeyClient(HttpClient httpClient, LatchkeyClientOptions? options = null)
        : this(Over(httpClient, options))
    {
    }

    /// <summary>Makes, lists, reads, changes, rotates, boosts and revokes keys.</summary>
    public KeysClient Keys { get; }

    /// <summary>Reads what is or was held.</summary>
    public ReservationsClient Reservations { get; }

    /// <summary>Records spending that happened elsewhere, and adds all spending up.</summary>
    public UsageClient Usage { get; }

    /// <summary>Manages those whom keys belong to.</summary>
    public UsersClient Users { get; }

    /// <summary>Manages what keys are grouped in, and who belongs to it.</summary>
    public WorkspacesClient Workspaces { get; }

    /// <summary>Reads who did what.</summary>
    public AuditClient Audit { get; }

    /// <summary>How verifies went, by hour or day, of all keys that the caller sees, and which of them were refused most.</summary>
    /// <param name="query">From when to when; null takes the last day.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The intervals, and the keys.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public Task<Verifications> VerificationsAsync(VerificationQuery? query = null, CancellationToken cancellationToken = default) =>
        new RecordCalls(_runner).Get<Verifications>("/v2/verifications", [], query?.Query() ?? "", cancellationToken);

    /// <inheritdoc/>
    public Verdict Verify(VerifyRequest request, CancellationToken cancellationToken = default) =>
        _runner.Run(VerifyCall(request), cancellationToken);

    /// <inheritdoc/>
    public Task<Verdict> VerifyAsync(VerifyRequest request, CancellationToken cancellationToken = default) =>
        _runner.RunAsync(VerifyCall(request), cancellationToken);

    /// <inheritdoc/>
    public Reservation Reserve(ReserveRequest request, CancellationToken cancellationToken = default) =>
        _runner.Run(ReserveCall(request), cancellationToken);

    /// <inheritdoc/>
    public Task<Reservation> ReserveAsync(ReserveRequest request, CancellationToken cancellationToken = default) =>
        _runner.RunAsync(ReserveCall(request), cancellationToken);

    /// <inheritdoc/>
    public Reservation Extend(
        string reservationId,
        ExtendRequest request,
        CancellationToken cancellationToken = default) =>
        _runner.Run(ExtendCall(reservationId, request), cancellationToken);

    /// <inheritdoc/>
    public Task<Reservation> ExtendAsync(
        string reservationId,
        ExtendRequest request,
        CancellationToken cancellationToken = default) =>
        _runner.RunAsync(ExtendCall(reservationId, request), cancellationToken);

    /// <inheritdoc/>
    public Reservation Settle(
        string reservationId,
        SettleRequest request,
        CancellationToken cancellationToken = default) =>
        _runner.Run(SettleCall(reservationId, request), cancellationToken);

    /// <inheritdoc/>
    public Task<Reservation> SettleAsync(
        string reservationId,
        SettleRequest request,
        CancellationToken cancellationToken = default) =>
        _runner.RunAsync(SettleCall(reservationId, request), cancellationToken);

    /// <inheritdoc/>
    public Reservation Release(string reservationId, CancellationToken cancellationToken = default) =>
        _runner.Run(ReleaseCall(reservationId), cancellationToken);

    /// <inheritdoc/>
    public Task<Reservation> ReleaseAsync(string reservationId, CancellationToken cancellationToken = default) =>
        _runner.RunAsync(ReleaseCall(reservationId), cancellationToken);

    /// <summary>Closes connections of its own. A caller's client stays open.</summary>
    public void Dispose() => _runner.Dispose();

    private static LatchkeyClientOptions Over(HttpClient httpClient, LatchkeyClientOptions? options)
    {
        ArgumentNullException.ThrowIfNull(httpClient);
        if (options?.HttpClient is { } other && other != httpClient)
        {
            throw new ArgumentException("The settings have an HttpClient of their own. Give one of the two.", nameof(options));
        }

        LatchkeyClientOptions copy = options?.Copy() ?? new LatchkeyClientOptions();
        copy.HttpClient = httpClient;
        return copy;
    }

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
        return new("/v2/verify", verdict => verdict.Fault(request), body) { NameIsOurs = nameless };
    }

    private static Call<Reservation> ReserveCall(ReserveRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        bool nameless = request.IdempotencyKey is null && request.RequestId is null;
        string? name = nameless ? NewName() : request.IdempotencyKey;
        // One that is repeated answers how the first one stands, in whatever state that is.
        return new("/v2/reservations", held => held.Fault(), NativeJson.Write(request), name) { NameIsOurs = nameless };
    }

    private static Call<Reservation> ExtendCall(string reservationId, ExtendRequest request)
    {
        string segment = Segment(reservationId);
        ArgumentNullException.ThrowIfNull(request);
        return new(
            $"/v2/reservations/{segment}/extend",
            held => held.Fault(ReservationStates.Open),
            NativeJson.Write(request));
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
