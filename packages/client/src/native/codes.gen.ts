// Written by `npm run docs` from docs/errors.md; a test fails when it is stale.

/** The codes of a LatchkeyApiError. Newer servers may know more of them. */
export const FaultCodes = {
  /** Status 402: A spending limit has no room for what a reserve asks. */
  BudgetExceeded: 'BUDGET_EXCEEDED',
  /** Status 400: The connection ended, or its framing broke, before the whole request body had arrived. */
  BodyIncomplete: 'body_incomplete',
  /** Status 400: The request body is not valid JSON. */
  BodyMalformed: 'body_malformed',
  /** Status 400: The request is not valid. */
  InputInvalid: 'input_invalid',
  /** Status 400: This read exceeds its time limit. Ask for less: a shorter time, one key, owner or workspace, or another order. */
  ReadTooLong: 'read_too_long',
  /** Status 401: Two different credentials were sent in one request. Send one. */
  CredentialConflict: 'credential_conflict',
  /** Status 401: The credential is not a usable key. */
  CredentialInvalid: 'credential_invalid',
  /** Status 401: No credential was sent. Send "Authorization: Bearer <key>" or "x-api-key: <key>". */
  CredentialMissing: 'credential_missing',
  /** Status 403: The access of the key does not allow this. */
  AccessForbidden: 'access_forbidden',
  /** Status 403: This key may not be used from this network address. */
  AddressForbidden: 'address_forbidden',
  /** Status 403: A caller cannot grant more than it has itself. */
  DelegationExceeded: 'delegation_exceeded',
  /** Status 403: The caller may not do this. */
  PermissionDenied: 'permission_denied',
  /** Status 404: The key has no such usage event. It was never recorded, or its retention has ended. */
  EventNotFound: 'event_not_found',
  /** Status 404: No such key. */
  KeyNotFound: 'key_not_found',
  /** Status 404: The user is not a member of this workspace. */
  MemberNotFound: 'member_not_found',
  /** Status 404: No such reservation. */
  ReservationNotFound: 'reservation_not_found',
  /** Status 404: There is nothing at this address. */
  RouteNotFound: 'route_not_found',
  /** Status 404: No such user. */
  UserNotFound: 'user_not_found',
  /** Status 404: No such workspace. */
  WorkspaceNotFound: 'workspace_not_found',
  /** Status 405: This address does not take this method. */
  MethodNotAllowed: 'method_not_allowed',
  /** Status 408: The request was not received in time. */
  RequestTimeout: 'request_timeout',
  /** Status 409: This id was used for another correction of this key. */
  CorrectionConflict: 'correction_conflict',
  /** Status 409: The correction is larger than the rest of the event. */
  CorrectionExceeds: 'correction_exceeds',
  /** Status 409: A user with this e-mail address exists already. */
  EmailTaken: 'email_taken',
  /** Status 409: Not all keys could be handed over, so the user was not disabled. */
  HandoverIncomplete: 'handover_incomplete',
  /** Status 409: A request with this Idempotency-Key is still running. Try again shortly. */
  IdempotencyRunning: 'idempotency_running',
  /** Status 409: A key with this id exists already. */
  KeyIdTaken: 'key_id_taken',
  /** Status 409: The key is disabled, expired, not valid yet, or may not use the data plane. */
  KeyNotUsable: 'key_not_usable',
  /** Status 409: The key is revoked and cannot be changed. */
  KeyRevoked: 'key_revoked',
  /** Status 409: This would leave no usable key that can manage everything. Create another one first: a managing key of an enabled ROOT without bounds, with no expiry. */
  LastManager: 'last_manager',
  /** Status 409: This is the last enabled user with the role ROOT; it must stay. */
  LastRoot: 'last_root',
  /** Status 409: There is no limit in this window to boost. */
  LimitMissing: 'limit_missing',
  /** Status 409: Everybody is a member of the default workspace, and nobody can be removed from it. */
  MemberDefault: 'member_default',
  /** Status 409: This requestId was used for another amount. */
  RequestIdConflict: 'request_id_conflict',
  /** Status 409: The reservation has ended already, in another way. */
  ReservationResolved: 'reservation_resolved',
  /** Status 409: This secret belongs to a key already. */
  SecretTaken: 'secret_taken',
  /** Status 409: A workspace with this slug exists already. */
  SlugTaken: 'slug_taken',
  /** Status 409: The user owns as many keys as a user may. Revoke some that are no longer needed. */
  TooManyKeys: 'too_many_keys',
  /** Status 409: The workspace has the maximum number of members, or the user is a member of the maximum number of workspaces. Remove some first. */
  TooManyMembers: 'too_many_members',
  /** Status 409: The key has the maximum number of working secrets. End the overlap of the older ones, or rotate without an overlap. */
  TooManySecrets: 'too_many_secrets',
  /** Status 409: The user still owns keys that are not revoked. Revoke them first. */
  UserHasKeys: 'user_has_keys',
  /** Status 409: A user with this id exists already. */
  UserIdTaken: 'user_id_taken',
  /** Status 409: A user with this username exists already. */
  UsernameTaken: 'username_taken',
  /** Status 409: The default workspace cannot be deleted. */
  WorkspaceDefault: 'workspace_default',
  /** Status 409: The workspace still holds keys that are not revoked. Revoke them first. */
  WorkspaceHasKeys: 'workspace_has_keys',
  /** Status 409: A workspace with this id exists already. */
  WorkspaceIdTaken: 'workspace_id_taken',
  /** Status 412: The record has changed since the revision given in If-Match. Read it again. */
  RevisionMismatch: 'revision_mismatch',
  /** Status 413: The request body is too large. */
  BodyTooLarge: 'body_too_large',
  /** Status 415: The Content-Encoding of the request body is not supported. */
  BodyEncodingUnsupported: 'body_encoding_unsupported',
  /** Status 415: The request body must be sent as application/json. */
  BodyTypeUnsupported: 'body_type_unsupported',
  /** Status 422: This Idempotency-Key was used for a different request. */
  IdempotencyConflict: 'idempotency_conflict',
  /** Status 429: Too many failed authentications from this address. Try again later. */
  AuthenticationRateLimited: 'authentication_rate_limited',
  /** Status 429: Too many requests. Slow down. */
  RateLimited: 'rate_limited',
  /** Status 429: The key, or its owner, has the maximum number of open reservations. Settle or release some first. */
  TooManyHolds: 'too_many_holds',
  /** Status 500: Something went wrong on our side. Quote the request id when you report it. */
  Internal: 'internal',
  /** Status 503: The call ended before all of it was done, and a part of it may have taken effect. Send it again: nothing takes effect twice. */
  PartlyDone: 'partly_done',
  /** Status 503: Too many lists and reports are being read. Try again shortly. */
  ReadsBusy: 'reads_busy',
  /** Status 503: This node has not reached the revision given in atLeast yet. Try again. */
  RevisionUnreached: 'revision_unreached',
  /** Status 503: The search index is still being built. Try again shortly. */
  SearchNotReady: 'search_not_ready',
  /** Status 503: The server cannot take more requests at the moment. Try again shortly. */
  ServerBusy: 'server_busy',
  /** Status 503: The database cannot be reached. Try again shortly. */
  StoreUnavailable: 'store_unavailable',
} as const

/** One of the codes. */
export type FaultCode = (typeof FaultCodes)[keyof typeof FaultCodes]
