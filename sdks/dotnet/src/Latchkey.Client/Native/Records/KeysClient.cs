using System;
using System.Collections.Generic;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;

namespace Latchkey.Client;

/// <summary>Makes, lists, reads, changes, rotates, boosts and revokes keys. A key is named by its id or its hash. Its calls are virtual, so that tests can put a double there.</summary>
public class KeysClient
{
    private const string Path = "/v2/keys";
    private const string OnePath = "/v2/keys/{}";
    private const string SelfPath = "/v2/keys/self";
    private const string BoostPath = "/v2/keys/{}/boosts/{}";

    // Of losing the answer again and again: then the last failure is told.
    private const int LostMax = 3;

    private readonly RecordCalls _calls;

    internal KeysClient(RecordCalls calls) => _calls = calls;

    /// <summary>For doubles of tests, which have all calls of their own.</summary>
    protected KeysClient() => _calls = null!;

    /// <summary>Makes a key. Without a name of the caller's own its secret is always there: where an answer was lost on its way and the key
    /// exists, it is rotated at once, since the first secret can never be shown again. With one, a repeat answers without it.</summary>
    /// <param name="request">The key to make.</param>
    /// <param name="idempotencyKey">Names the call: the same one with the same body does the work once and answers what it answered, for a day; null takes a random one.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The key with its secret, which is shown this once.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<KeyWithSecret> CreateAsync(
        CreateKey request,
        string? idempotencyKey = null,
        CancellationToken cancellationToken = default) =>
        idempotencyKey is null
            ? SecretFromAsync(Path, [], NativeJson.Write(request), NativeJson.Write(new RotateKey()), cancellationToken)
            : _calls.Create<KeyWithSecret>(Path, [], NativeJson.Write(request), idempotencyKey, cancellationToken);

    /// <summary>Reads one page of keys, newest first unless sorted otherwise.</summary>
    /// <param name="query">Which; null takes all.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The page.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<Page<Key>> ListPageAsync(KeyQuery? query = null, CancellationToken cancellationToken = default) =>
        _calls.Get<Page<Key>>(Path, [], query?.Query() ?? "", cancellationToken);

    /// <summary>Goes through keys, newest first unless sorted otherwise, page by page.</summary>
    /// <param name="query">Which; null takes all.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>All of them, as they are gone through.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual IAsyncEnumerable<Key> ListAsync(KeyQuery? query = null, CancellationToken cancellationToken = default) =>
        _calls.List<Key>(Path, [], query?.Query() ?? "", query?.Cursor, cancellationToken);

    /// <summary>Reads one key.</summary>
    /// <param name="id">The id or the hash of the key.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The key.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<Key> GetAsync(string id, CancellationToken cancellationToken = default) =>
        _calls.Get<Key>(OnePath, [Ref(id)], "", cancellationToken);

    /// <summary>Changes a key: what is not set stays, and labels and limits merge entry by entry. It is not repeated once it may have begun.</summary>
    /// <param name="id">The id or the hash of the key.</param>
    /// <param name="request">What to change.</param>
    /// <param name="ifRevision">Make the change only while the record has this revision; otherwise it fails with <see cref="FaultCodes.RevisionMismatch"/>. Such a call is not repeated.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The key as it now is.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<Key> UpdateAsync(
        string id,
        UpdateKey request,
        long? ifRevision = null,
        CancellationToken cancellationToken = default) =>
        _calls.Run<Key>(new(HttpMethod.Patch, OnePath, Ref(id)) { Body = NativeJson.Write(request), IfRevision = ifRevision, Once = true }, cancellationToken);

    /// <summary>Ends a key for good. When it answers, no node accepts the key any more.</summary>
    /// <param name="id">The id or the hash of the key.</param>
    /// <param name="reason">Why, for the audit log.</param>
    /// <param name="ifRevision">Make the change only while the record has this revision; otherwise it fails with <see cref="FaultCodes.RevisionMismatch"/>. Such a call is not repeated.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>When and where it stopped working.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<Revocation> RevokeAsync(
        string id,
        string? reason = null,
        long? ifRevision = null,
        CancellationToken cancellationToken = default) =>
        _calls.Run<Revocation>(new(HttpMethod.Delete, OnePath, Ref(id)) { Query = Why(reason), IfRevision = ifRevision }, cancellationToken);

    /// <summary>Takes in keys that were made elsewhere, by the text or the SHA-256 of their secrets, which go on working. What is wrong with one
    /// is its result. A secret that a live key has already is left with it, so a call that failed may be repeated.</summary>
    /// <param name="request">The keys, 1,000 at most.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>What became of each.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<KeysImported> ImportAsync(ImportKeys request, CancellationToken cancellationToken = default) =>
        _calls.Run<KeysImported>(new(HttpMethod.Post, $"{Path}/import") { Body = NativeJson.Write(request) }, cancellationToken);

    /// <summary>Ends many keys for good, the named ones or those that a filter finds; while <c>NextCursor</c> is not null the same call with it
    /// goes on. What speaks against one is its result.</summary>
    /// <param name="request">Which keys, 1,000 at most.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>What became of each.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<KeysRevoked> RevokeManyAsync(RevokeKeys request, CancellationToken cancellationToken = default) =>
        _calls.Run<KeysRevoked>(new(HttpMethod.Post, $"{Path}/revoke") { Body = NativeJson.Write(request) }, cancellationToken);

    /// <summary>Looks at the key that this client calls with, whatever its access, and takes nothing from it: <c>Refusal</c> and <c>Detail</c>
    /// tell why it is refused, also while it is disabled, expired, not valid yet or used up. A revoked one is 401.</summary>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The key, and why it is refused.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<OwnKey> GetSelfAsync(CancellationToken cancellationToken = default) =>
        _calls.Get<OwnKey>(SelfPath, [], "", cancellationToken);

    /// <summary>Ends the key that this client calls with, for good. Where the answer is lost, calling again is 401 once the key is dead. The last
    /// key by which everything can be managed stays (<see cref="FaultCodes.LastManager"/>).</summary>
    /// <param name="reason">Why, for the audit log.</param>
    /// <param name="ifRevision">Make the change only while the record has this revision; otherwise it fails with <see cref="FaultCodes.RevisionMismatch"/>. Such a call is not repeated.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>When and where it stopped working.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<Revocation> RevokeSelfAsync(
        string? reason = null,
        long? ifRevision = null,
        CancellationToken cancellationToken = default) =>
        _calls.Run<Revocation>(new(HttpMethod.Delete, SelfPath) { Query = Why(reason), IfRevision = ifRevision, Once = true }, cancellationToken);

    /// <summary>Makes a new secret; the old one works until the overlap ends, and without one ends at once.</summary>
    /// <param name="id">The id or the hash of the key.</param>
    /// <param name="request">How long the old secret goes on working.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The key with its new secret, which is shown this once.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<KeyWithSecret> RotateAsync(string id, RotateKey request, CancellationToken cancellationToken = default) =>
        SecretFromAsync($"{OnePath}/rotate", [Ref(id)], NativeJson.Write(request), NativeJson.Write(request), cancellationToken);

    /// <summary>Ends the overlap of a rotation: only the current secret works when it answers.</summary>
    /// <param name="id">The id or the hash of the key.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The key as it now is.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<Key> EndOverlapAsync(string id, CancellationToken cancellationToken = default) =>
        _calls.Run<Key>(new(HttpMethod.Delete, $"{OnePath}/secrets/previous", Ref(id)), cancellationToken);

    /// <summary>Adds to one limit until a moment.</summary>
    /// <param name="id">The id or the hash of the key.</param>
    /// <param name="window">One of <see cref="LimitWindows"/>.</param>
    /// <param name="request">How much, and until when.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The key as it now is.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<Key> BoostAsync(
        string id,
        string window,
        SetBoost request,
        CancellationToken cancellationToken = default) =>
        _calls.Run<Key>(new(HttpMethod.Put, BoostPath, Ref(id), window) { Body = NativeJson.Write(request) }, cancellationToken);

    /// <summary>Ends a boost: the limit is what it was without it when this answers.</summary>
    /// <param name="id">The id or the hash of the key.</param>
    /// <param name="window">One of <see cref="LimitWindows"/>.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The key as it now is.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<Key> EndBoostAsync(string id, string window, CancellationToken cancellationToken = default) =>
        _calls.Run<Key>(new(HttpMethod.Delete, BoostPath, Ref(id), window), cancellationToken);

    /// <summary>Tells when settled usage reached 50, 80 and 100 % of a limit.</summary>
    /// <param name="id">The id or the hash of the key.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>When each was reached.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<ThresholdCrossings> ThresholdsAsync(string id, CancellationToken cancellationToken = default) =>
        _calls.Get<ThresholdCrossings>($"{OnePath}/thresholds", [Ref(id)], "", cancellationToken);

    /// <summary>Tells how verifies of the key went, by hour or day; why it was refused; which of its secrets were used.</summary>
    /// <param name="id">The id or the hash of the key.</param>
    /// <param name="query">From when to when; null takes the last day.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The intervals, and what they add up to.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<KeyVerifications> VerificationsAsync(
        string id,
        VerificationQuery? query = null,
        CancellationToken cancellationToken = default) =>
        _calls.Get<KeyVerifications>($"{OnePath}/verifications", [Ref(id)], query?.Query() ?? "", cancellationToken);

    /// <summary>Tells how many keys have no limit, never expire, are not used, are near a limit, or expire soon.</summary>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The counts.</returns>
    /// <exception cref="LatchkeyException">It failed.</exception>
    public virtual Task<KeyHealth> HealthAsync(CancellationToken cancellationToken = default) =>
        _calls.Get<KeyHealth>($"{Path}/health", [], "", cancellationToken);

    private static string Why(string? reason)
    {
        QueryText query = new();
        query.Add("reason", reason);
        return query.ToString();
    }

    // A name that comes from elsewhere must not end the key by which this client calls.
    private static string Ref(string id) =>
        id != "self" ? id : throw new ArgumentException("\"self\" names no record: GetSelfAsync and RevokeSelfAsync are for the own key.", nameof(id));

    // Makes a secret until an answer with one arrives.
    private async Task<KeyWithSecret> SecretFromAsync(string path, string[] names, byte[] body, byte[] again, CancellationToken cancellation)
    {
        for (int lost = 0; ; lost++)
        {
            KeyWithSecret made = await _calls.Create<KeyWithSecret>(path, names, body, null, cancellation).ConfigureAwait(false);
            if (made.Secret is not null) return made;
            if (lost == LostMax)
            {
                string said = $"The key {made.Key.Id} was made, but its secret was lost on the way. Rotate it to get another.";
                throw new LatchkeyException(LatchkeyFailure.Unreadable, 200, said);
            }

            (path, names, body) = ($"{OnePath}/rotate", [made.Key.Id], again);
        }
    }
}
