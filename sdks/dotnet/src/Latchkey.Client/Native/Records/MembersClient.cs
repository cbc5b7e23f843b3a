using System.Collections.Generic;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;

namespace Latchkey.Client;

/// <summary>Manages who belongs to a workspace. Its calls are virtual, so that tests can put a double there.</summary>
public class MembersClient
{
    private const string Path = "/v2/workspaces/{}/members";

    private readonly RecordCalls _calls;

    internal MembersClient(RecordCalls calls) => _calls = calls;

    /// <summary>For doubles of tests, which have all calls of their own.</summary>
    protected MembersClient() => _calls = null!;

    /// <summary>Adds a user. A user that is a member already stays one.</summary>
    /// <param name="workspace">The id or the slug of the workspace.</param>
    /// <param name="request">Whom to let in.</param>
    /// <param name="idempotencyKey">Names the call: the same one with the same body does the work once and answers what it answered, for a day; null takes a random one.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The member.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<Member> AddAsync(
        string workspace,
        AddMember request,
        string? idempotencyKey = null,
        CancellationToken cancellationToken = default) =>
        _calls.Create<Member>(Path, [workspace], NativeJson.Write(request), idempotencyKey, cancellationToken);

    /// <summary>Reads one page of members, those first that joined last.</summary>
    /// <param name="workspace">The id or the slug of the workspace.</param>
    /// <param name="query">Which; null takes all.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The page.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<Page<Member>> ListPageAsync(
        string workspace,
        PageQuery? query = null,
        CancellationToken cancellationToken = default) =>
        _calls.Get<Page<Member>>(Path, [workspace], query?.Query() ?? "", cancellationToken);

    /// <summary>Goes through members, those first that joined last, page by page.</summary>
    /// <param name="workspace">The id or the slug of the workspace.</param>
    /// <param name="query">Which; null takes all.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>All of them, as they are gone through.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual IAsyncEnumerable<Member> ListAsync(
        string workspace,
        PageQuery? query = null,
        CancellationToken cancellationToken = default) =>
        _calls.List<Member>(Path, [workspace], query?.Query() ?? "", query?.Cursor, cancellationToken);

    /// <summary>Takes a user out. Its keys there go on working, and it no longer sees them. It is refused for who is no member.</summary>
    /// <param name="workspace">The id or the slug of the workspace.</param>
    /// <param name="userId">The id of the user.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task RemoveAsync(string workspace, string userId, CancellationToken cancellationToken = default) =>
        _calls.Run<Nothing>(new(HttpMethod.Delete, $"{Path}/{{}}", workspace, userId) { Once = true }, cancellationToken);
}
