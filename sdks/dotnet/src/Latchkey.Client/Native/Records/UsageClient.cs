using System.Collections.Generic;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;

namespace Latchkey.Client;

/// <summary>Records spending that happened elsewhere, and adds all spending up. Its calls are virtual, so that tests can put a double there.</summary>
public class UsageClient
{
    private const string Path = "/v2/usage";

    private readonly RecordCalls _calls;

    internal UsageClient(RecordCalls calls) => _calls = calls;

    /// <summary>For doubles of tests, which have all calls of their own.</summary>
    protected UsageClient() => _calls = null!;

    /// <summary>Records usage; all of it is durable when it answers. An id counts once per key, so a call that failed may be repeated.</summary>
    /// <param name="events">What was used, 1,000 events at most.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>What became of it.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<UsageReported> ReportAsync(
        IReadOnlyList<UsageEvent> events,
        CancellationToken cancellationToken = default) =>
        _calls.Run<UsageReported>(new(HttpMethod.Post, Path) { Body = NativeJson.Write(new ReportUsage { Events = events }) }, cancellationToken);

    /// <summary>Takes back what was recorded by mistake, all or part of one event, in the windows of that event. It needs a key of an ADMIN or
    /// ROOT. An id counts once per key, so a call that failed may be repeated.</summary>
    /// <param name="request">What to take back.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>What was taken back.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<UsageCorrection> CorrectAsync(CorrectUsage request, CancellationToken cancellationToken = default) =>
        _calls.Run<UsageCorrection>(new(HttpMethod.Post, $"{Path}/corrections") { Body = NativeJson.Write(request) }, cancellationToken);

    /// <summary>Adds usage up.</summary>
    /// <param name="query">What, and by what; null takes all.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>A row for each interval and group, and one more, marked <c>Correction</c>, where something was taken back.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual async Task<IReadOnlyList<UsageRow>> SummariseAsync(UsageQuery? query = null, CancellationToken cancellationToken = default) =>
        (await _calls.Get<UsageReport>(Path, [], query?.Query() ?? "", cancellationToken).ConfigureAwait(false)).Data;

    /// <summary>Reads what was recorded of one event of a key.</summary>
    /// <param name="keyId">The id of the key.</param>
    /// <param name="id">The id of the event.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The event; null where nothing was recorded, or is kept no more.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual async Task<RecordedEvent?> EventAsync(string keyId, string id, CancellationToken cancellationToken = default)
    {
        QueryText query = new();
        query.Add("keyId", keyId);
        query.Add("id", id);
        RecordedEvents found = await _calls.Get<RecordedEvents>($"{Path}/events", [], query.ToString(), cancellationToken).ConfigureAwait(false);
        return found.Data.Count == 0 ? null : found.Data[0];
    }
}
