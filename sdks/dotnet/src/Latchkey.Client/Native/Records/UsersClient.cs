using System.Collections.Generic;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;

namespace Latchkey.Client;

/// <summary>Manages those whom keys belong to. Its calls are virtual, so that tests can put a double there.</summary>
public class UsersClient
{
    private const string Path = "/v2/users";
    private const string OnePath = "/v2/users/{}";

    private readonly RecordCalls _calls;

    internal UsersClient(RecordCalls calls) => _calls = calls;

    /// <summary>For doubles of tests, which have all calls of their own.</summary>
    protected UsersClient() => _calls = null!;

    /// <summary>Adds a user.</summary>
    /// <param name="request">The user to add.</param>
    /// <param name="idempotencyKey">Names the call: the same one with the same body does the work once and answers what it answered, for a day; null takes a random one.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The user.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<User> CreateAsync(
        CreateUser request,
        string? idempotencyKey = null,
        CancellationToken cancellationToken = default) =>
        _calls.Create<User>(Path, [], NativeJson.Write(request), idempotencyKey, cancellationToken);

    /// <summary>Reads one page of users.</summary>
    /// <param name="query">Which; null takes all.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The page.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<Page<User>> ListPageAsync(UserQuery? query = null, CancellationToken cancellationToken = default) =>
        _calls.Get<Page<User>>(Path, [], query?.Query() ?? "", cancellationToken);

    /// <summary>Goes through users, page by page.</summary>
    /// <param name="query">Which; null takes all.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>All of them, as they are gone through.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual IAsyncEnumerable<User> ListAsync(UserQuery? query = null, CancellationToken cancellationToken = default) =>
        _calls.List<User>(Path, [], query?.Query() ?? "", query?.Cursor, cancellationToken);

    /// <summary>Reads a user, with where its own limits stand.</summary>
    /// <param name="id">The id of the user.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The user.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<UserWithBudget> GetAsync(string id, CancellationToken cancellationToken = default) =>
        _calls.Get<UserWithBudget>(OnePath, [id], "", cancellationToken);

    /// <summary>Changes a user: what is not set stays.</summary>
    /// <param name="id">The id of the user.</param>
    /// <param name="request">What to change.</param>
    /// <param name="ifRevision">Make the change only while the record has this revision; otherwise it fails with <see cref="FaultCodes.RevisionMismatch"/>. Such a call is not repeated.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The user as it now is.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<User> UpdateAsync(
        string id,
        UpdateUser request,
        long? ifRevision = null,
        CancellationToken cancellationToken = default) =>
        _calls.Run<User>(new(HttpMethod.Patch, OnePath, id) { Body = NativeJson.Write(request), IfRevision = ifRevision, Once = true }, cancellationToken);

    /// <summary>Deletes a user. It is refused while the user has keys.</summary>
    /// <param name="id">The id of the user.</param>
    /// <param name="ifRevision">Make the change only while the record has this revision; otherwise it fails with <see cref="FaultCodes.RevisionMismatch"/>. Such a call is not repeated.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task DeleteAsync(string id, long? ifRevision = null, CancellationToken cancellationToken = default) =>
        _calls.Run<Nothing>(new(HttpMethod.Delete, OnePath, id) { IfRevision = ifRevision }, cancellationToken);

    /// <summary>Tells when settled usage reached 50, 80 and 100 % of a limit.</summary>
    /// <param name="id">The id of the user.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>When each was reached.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<ThresholdCrossings> ThresholdsAsync(string id, CancellationToken cancellationToken = default) =>
        _calls.Get<ThresholdCrossings>($"{OnePath}/thresholds", [id], "", cancellationToken);
}
