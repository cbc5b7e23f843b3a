using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Latchkey.Client;

/// <summary>Reads who did what to which record, and what was denied. Its calls are virtual, so that tests can put a double there.</summary>
public class AuditClient
{
    private const string Path = "/v2/audit";

    private readonly RecordCalls _calls;

    internal AuditClient(RecordCalls calls) => _calls = calls;

    /// <summary>For doubles of tests, which have all calls of their own.</summary>
    protected AuditClient() => _calls = null!;

    /// <summary>Reads one page of the audit log, newest first.</summary>
    /// <param name="query">Which; null takes all.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The page.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<Page<AuditEntry>> ListPageAsync(
        AuditQuery? query = null,
        CancellationToken cancellationToken = default) =>
        _calls.Get<Page<AuditEntry>>(Path, [], query?.Query() ?? "", cancellationToken);

    /// <summary>Goes through the audit log, newest first, page by page.</summary>
    /// <param name="query">Which; null takes all.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>All of them, as they are gone through.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual IAsyncEnumerable<AuditEntry> ListAsync(
        AuditQuery? query = null,
        CancellationToken cancellationToken = default) =>
        _calls.List<AuditEntry>(Path, [], query?.Query() ?? "", query?.Cursor, cancellationToken);
}
