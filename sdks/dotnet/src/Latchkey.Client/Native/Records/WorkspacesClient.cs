using System.Collections.Generic;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;

namespace Latchkey.Client;

/// <summary>Manages what keys are grouped in. Its calls are virtual, so that tests can put a double there.</summary>
public class WorkspacesClient
{
    private const string Path = "/v2/workspaces";
    private const string OnePath = "/v2/workspaces/{}";

    private readonly RecordCalls _calls;

    internal WorkspacesClient(RecordCalls calls)
    {
        _calls = calls;
        Members = new MembersClient(calls);
    }

    /// <summary>For doubles of tests, which have all calls of their own.</summary>
    protected WorkspacesClient()
    {
        _calls = null!;
        Members = null!;
    }

    /// <summary>Who belongs to a workspace.</summary>
    public virtual MembersClient Members { get; }

    /// <summary>Makes a workspace.</summary>
    /// <param name="request">The workspace to make.</param>
    /// <param name="idempotencyKey">Names the call: the same one with the same body does the work once and answers what it answered, for a day; null takes a random one.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The workspace.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<Workspace> CreateAsync(
        CreateWorkspace request,
        string? idempotencyKey = null,
        CancellationToken cancellationToken = default) =>
        _calls.Create<Workspace>(Path, [], NativeJson.Write(request), idempotencyKey, cancellationToken);

    /// <summary>Reads one page of workspaces.</summary>
    /// <param name="query">Which; null takes all.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The page.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<Page<Workspace>> ListPageAsync(PageQuery? query = null, CancellationToken cancellationToken = default) =>
        _calls.Get<Page<Workspace>>(Path, [], query?.Query() ?? "", cancellationToken);

    /// <summary>Goes through workspaces, page by page.</summary>
    /// <param name="query">Which; null takes all.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>All of them, as they are gone through.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual IAsyncEnumerable<Workspace> ListAsync(
        PageQuery? query = null,
        CancellationToken cancellationToken = default) =>
        _calls.List<Workspace>(Path, [], query?.Query() ?? "", query?.Cursor, cancellationToken);

    /// <summary>Reads a workspace, with where its own limits stand.</summary>
    /// <param name="id">The id or the slug of the workspace.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The workspace.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<WorkspaceWithBudget> GetAsync(string id, CancellationToken cancellationToken = default) =>
        _calls.Get<WorkspaceWithBudget>(OnePath, [id], "", cancellationToken);

    /// <summary>Changes a workspace: what is not set stays.</summary>
    /// <param name="id">The id or the slug of the workspace.</param>
    /// <param name="request">What to change.</param>
    /// <param name="ifRevision">Make the change only while the record has this revision; otherwise it fails with <see cref="FaultCodes.RevisionMismatch"/>. Such a call is not repeated.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The workspace as it now is.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<Workspace> UpdateAsync(
        string id,
        UpdateWorkspace request,
        long? ifRevision = null,
        CancellationToken cancellationToken = default) =>
        _calls.Run<Workspace>(new(HttpMethod.Patch, OnePath, id) { Body = NativeJson.Write(request), IfRevision = ifRevision, Once = true }, cancellationToken);

    /// <summary>Deletes a workspace. It is refused while the workspace has keys.</summary>
    /// <param name="id">The id or the slug of the workspace.</param>
    /// <param name="ifRevision">Make the change only while the record has this revision; otherwise it fails with <see cref="FaultCodes.RevisionMismatch"/>. Such a call is not repeated.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task DeleteAsync(string id, long? ifRevision = null, CancellationToken cancellationToken = default) =>
        _calls.Run<Nothing>(new(HttpMethod.Delete, OnePath, id) { IfRevision = ifRevision }, cancellationToken);

    /// <summary>Tells when settled usage reached 50, 80 and 100 % of a limit.</summary>
    /// <param name="id">The id or the slug of the workspace.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>When each was reached.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<ThresholdCrossings> ThresholdsAsync(string id, CancellationToken cancellationToken = default) =>
        _calls.Get<ThresholdCrossings>($"{OnePath}/thresholds", [id], "", cancellationToken);
}
