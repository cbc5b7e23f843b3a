// Written by npm run docs from docs/errors.md; a test fails when it is stale.

namespace Latchkey.Client;

/// <summary>
/// The codes of a <see cref="LatchkeyException"/>, beside <see cref="VerdictCodes.BudgetExceeded"/> of a reserve without room.
/// Newer servers may know more of them.
/// </summary>
public static class FaultCodes
{
    /// <summary>Status 400: The connection ended, or its framing broke, before the whole request body had arrived.</summary>
    public const string BodyIncomplete = "body_incomplete";

    /// <summary>Status 400: The request body is not valid JSON.</summary>
    public const string BodyMalformed = "body_malformed";

    /// <summary>Status 400: The request is not valid.</summary>
    public const string InputInvalid = "input_invalid";

    /// <summary>Status 400: This read exceeds its time limit. Ask for less: a shorter time, one key, owner or workspace, or another order.</summary>
    public const string ReadTooLong = "read_too_long";

    /// <summary>Status 401: Two different credentials were sent in one request. Send one.</summary>
    public const string CredentialConflict = "credential_conflict";

    /// <summary>Status 401: The credential is not a usable key.</summary>
    public const string CredentialInvalid = "credential_invalid";

    /// <summary>Status 401: No credential was sent. Send "Authorization: Bearer &lt;key&gt;" or "x-api-key: &lt;key&gt;".</summary>
    public const string CredentialMissing = "credential_missing";

    /// <summary>Status 403: The access of the key does not allow this.</summary>
    public const string AccessForbidden = "access_forbidden";

    /// <summary>Status 403: This key may not be used from this network address.</summary>
    public const string AddressForbidden = "address_forbidden";

    /// <summary>Status 403: A caller cannot grant more than it has itself.</summary>
    public const string DelegationExceeded = "delegation_exceeded";

    /// <summary>Status 403: The caller may not do this.</summary>
    public const string PermissionDenied = "permission_denied";

    /// <summary>Status 404: The key has no such usage event. It was never recorded, or its retention has ended.</summary>
    public const string EventNotFound = "event_not_found";

    /// <summary>Status 404: No such key.</summary>
    public const string KeyNotFound = "key_not_found";

    /// <summary>Status 404: The user is not a member of this workspace.</summary>
    public const string MemberNotFound = "member_not_found";

    /// <summary>Status 404: No such reservation.</summary>
    public const string ReservationNotFound = "reservation_not_found";

    /// <summary>Status 404: There is nothing at this address.</summary>
    public const string RouteNotFound = "route_not_found";

    /// <summary>Status 404: No such user.</summary>
    public const string UserNotFound = "user_not_found";

    /// <summary>Status 404: No such workspace.</summary>
    public const string WorkspaceNotFound = "workspace_not_found";

    /// <summary>Status 405: This address does not take this method.</summary>
    public const string MethodNotAllowed = "method_not_allowed";

    /// <summary>Status 408: The request was not received in time.</summary>
    public const string RequestTimeout = "request_timeout";

    /// <summary>Status 409: This id was used for another correction of this key.</summary>
    public const string CorrectionConflict = "correction_conflict";

    /// <summary>Status 409: The correction is larger than the rest of the event.</summary>
    public const string CorrectionExceeds = "correction_exceeds";

    /// <summary>Status 409: A user with this e-mail address exists already.</summary>
    public const string EmailTaken = "email_taken";

    /// <summary>Status 409: Not all keys could be handed over, so the user was not disabled.</summary>
    public const string HandoverIncomplete = "handover_incomplete";

    /// <summary>Status 409: A request with this Idempotency-Key is still running. Try again shortly.</summary>
    public const string IdempotencyRunning = "idempotency_running";

    /// <summary>Status 409: A key with this id exists already.</summary>
    public const string KeyIdTaken = "key_id_taken";

    /// <summary>Status 409: The key is disabled, expired, not valid yet, or may not use the data plane.</summary>
    public const string KeyNotUsable = "key_not_usable";

    /// <summary>Status 409: The key is revoked and cannot be changed.</summary>
    public const string KeyRevoked = "key_revoked";

    /// <summary>Status 409: This would leave no usable key that can manage everything. Create another one first: a managing key of an enabled ROOT without bounds, with no expiry.</summary>
    public const string LastManager = "last_manager";

    /// <summary>Status 409: This is the last enabled user with the role ROOT; it must stay.</summary>
    public const string LastRoot = "last_root";

    /// <summary>Status 409: There is no limit in this window to boost.</summary>
    public const string LimitMissing = "limit_missing";

    /// <summary>Status 409: Everybody is a member of the default workspace, and nobody can be removed from it.</summary>
    public const string MemberDefault = "member_default";

    /// <summary>Status 409: This requestId was used for another amount.</summary>
    public const string RequestIdConflict = "request_id_conflict";

    /// <summary>Status 409: The reservation has ended already, in another way.</summary>
    public const string ReservationResolved = "reservation_resolved";

    /// <summary>Status 409: This secret belongs to a key already.</summary>
    public const string SecretTaken = "secret_taken";

    /// <summary>Status 409: A workspace with this slug exists already.</summary>
    public const string SlugTaken = "slug_taken";

    /// <summary>Status 409: The user owns as many keys as a user may. Revoke some that are no longer needed.</summary>
    public const string TooManyKeys = "too_many_keys";

    /// <summary>Status 409: The workspace has the maximum number of members, or the user is a member of the maximum number of workspaces. Remove some first.</summary>
    public const string TooManyMembers = "too_many_members";

    /// <summary>Status 409: The key has the maximum number of working secrets. End the overlap of the older ones, or rotate without an overlap.</summary>
    public const string TooManySecrets = "too_many_secrets";

    /// <summary>Status 409: The user still owns keys that are not revoked. Revoke them first.</summary>
    public const string UserHasKeys = "user_has_keys";

    /// <summary>Status 409: A user with this id exists already.</summary>
    public const string UserIdTaken = "user_id_taken";

    /// <summary>Status 409: A user with this username exists already.</summary>
    public const string UsernameTaken = "username_taken";

    /// <summary>Status 409: The default workspace cannot be deleted.</summary>
    public const string WorkspaceDefault = "workspace_default";

    /// <summary>Status 409: The workspace still holds keys that are not revoked. Revoke them first.</summary>
    public const string WorkspaceHasKeys = "workspace_has_keys";

    /// <summary>Status 409: A workspace with this id exists already.</summary>
    public const string WorkspaceIdTaken = "workspace_id_taken";

    /// <summary>Status 412: The record has changed since the revision given in If-Match. Read it again.</summary>
    public const string RevisionMismatch = "revision_mismatch";

    /// <summary>Status 413: The request body is too large.</summary>
    public const string BodyTooLarge = "body_too_large";

    /// <summary>Status 415: The Content-Encoding of the request body is not supported.</summary>
    public const string BodyEncodingUnsupported = "body_encoding_unsupported";

    /// <summary>Status 415: The request body must be sent as application/json.</summary>
    public const string BodyTypeUnsupported = "body_type_unsupported";

    /// <summary>Status 422: This Idempotency-Key was used for a different request.</summary>
    public const string IdempotencyConflict = "idempotency_conflict";

    /// <summary>Status 429: Too many failed authentications from this address. Try again later.</summary>
    public const string AuthenticationRateLimited = "authentication_rate_limited";

    /// <summary>Status 429: Too many requests. Slow down.</summary>
    public const string RateLimited = "rate_limited";

    /// <summary>Status 429: The key, or its owner, has the maximum number of open reservations. Settle or release some first.</summary>
    public const string TooManyHolds = "too_many_holds";

    /// <summary>Status 500: Something went wrong on our side. Quote the request id when you report it.</summary>
    public const string Internal = "internal";

    /// <summary>Status 503: The call ended before all of it was done, and a part of it may have taken effect. Send it again: nothing takes effect twice.</summary>
    public const string PartlyDone = "partly_done";

    /// <summary>Status 503: Too many lists and reports are being read. Try again shortly.</summary>
    public const string ReadsBusy = "reads_busy";

    /// <summary>Status 503: This node has not reached the revision given in atLeast yet. Try again.</summary>
    public const string RevisionUnreached = "revision_unreached";

    /// <summary>Status 503: The search index is still being built. Try again shortly.</summary>
    public const string SearchNotReady = "search_not_ready";

    /// <summary>Status 503: The server cannot take more requests at the moment. Try again shortly.</summary>
    public const string ServerBusy = "server_busy";

    /// <summary>Status 503: The database cannot be reached. Try again shortly.</summary>
    public const string StoreUnavailable = "store_unavailable";
}
