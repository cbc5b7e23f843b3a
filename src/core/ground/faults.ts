// Tests: test/wire/native/faults.test.ts
import { MAX } from './bounds.ts'

/** The table of all failures that a caller can act on. The texts are public; details for the operator alone
 * go into {@link FaultDetails.internal}. Each dialect maps every code to a status and a body, exhaustively.
 */
export const FAULTS = {
  credential_invalid: 'The credential is not a usable key.',
  address_forbidden: 'This key may not be used from this network address.',
  access_forbidden: 'The access of the key does not allow this.',
  permission_denied: 'The caller may not do this.',
  delegation_exceeded: 'A caller cannot grant more than it has itself.',
  key_not_found: 'No such key.',
  key_foreign: 'This key belongs to somebody else.',
  key_revoked: 'The key is revoked and cannot be changed.',
  key_id_taken: 'A key with this id exists already.',
  secret_taken: 'This secret belongs to a key already.',
  user_not_found: 'No such user.',
  user_foreign: "This is somebody else's record.",
  user_id_taken: 'A user with this id exists already.',
  username_taken: 'A user with this username exists already.',
  email_taken: 'A user with this e-mail address exists already.',
  user_has_keys: 'The user still owns keys that are not revoked. Revoke them first.',
  handover_incomplete: 'Not all keys could be handed over, so the user was not disabled.',
  last_root: 'This is the last enabled user with the role ROOT; it must stay.',
  last_manager:
    'This would leave no usable key that can manage everything. Create another one first: a managing key of an enabled ROOT without bounds, with no expiry.',
  workspace_not_found: 'No such workspace.',
  workspace_id_taken: 'A workspace with this id exists already.',
  slug_taken: 'A workspace with this slug exists already.',
  workspace_default: 'The default workspace cannot be deleted.',
  workspace_has_keys: 'The workspace still holds keys that are not revoked. Revoke them first.',
  member_not_found: 'The user is not a member of this workspace.',
  member_default: 'Everybody is a member of the default workspace, and nobody can be removed from it.',
  too_many_members:
    'The workspace has the maximum number of members, or the user is a member of the maximum number of workspaces. Remove some first.',
  revision_mismatch: 'The record has changed since the given revision. Read it again.',
  revision_unreached: 'This node has not reached the given revision yet. Try again.',
  idempotency_conflict: 'This idempotency key was used for a different request.',
  idempotency_running: 'A request with this idempotency key is still running. Try again shortly.',
  input_invalid: 'The request is not valid.',
  key_not_usable: 'The key is disabled, expired, not valid yet, or may not use the data plane.',
  reservation_not_found: 'No such reservation.',
  reservation_resolved: 'The reservation has ended already, in another way.',
  event_not_found: 'The key has no such usage event. It was never recorded, or its retention has ended.',
  correction_exceeds: 'The correction is larger than the rest of the event.',
  correction_conflict: 'This id was used for another correction of this key.',
  request_id_conflict: 'This requestId was used for another amount.',
  too_many_keys: 'The user owns as many keys as a user may. Revoke some that are no longer needed.',
  too_many_secrets:
    'The key has the maximum number of working secrets. End the overlap of the older ones, or rotate without an overlap.',
  too_many_holds:
    'The key, or its owner, has the maximum number of open reservations. Settle or release some first.',
  limit_missing: 'There is no limit in this window to boost.',
  rate_limited: 'Too many requests. Slow down.',
  server_busy: 'The server cannot take more requests at the moment. Try again shortly.',
  partly_done:
    'The call ended before all of it was done, and a part of it may have taken effect. Send it again: nothing takes effect twice.',
  read_too_long:
    'This read exceeds its time limit. Ask for less: a shorter time, one key, owner or workspace, or another order.',
  search_not_ready: 'The search index is still being built. Try again shortly.',
  reads_busy: 'Too many lists and reports are being read. Try again shortly.',
  store_unavailable: 'The database cannot be reached. Try again shortly.',
  internal: 'Something went wrong on our side. Quote the request id when you report it.',
} as const satisfies Record<string, string>

/** The code of a fault: a key of {@link FAULTS}. */
export type FaultCode = keyof typeof FAULTS

/** The place of an error in the input of the core: names of members and indexes of lists, from the outside in, such
 * as `['labels', 'env']`. Each dialect renders it in its own form.
 */
export type Place = readonly (string | number)[]

/** One error of the input: its place and its message. */
export interface InputError {
  place: Place
  message: string
}

/** Facts of a fault that dialects may show. */
export interface FaultDetails {
  /** More specific public text, instead of the table's. */
  message?: string
  /** The errors of the input, one entry per place; at most {@link MAX.inputErrors} of them. */
  errors?: readonly InputError[]
  /** How long the caller should wait, in milliseconds; null when no waiting helps. */
  retryAfterMs?: number | null
  /** Units allowed per window, where a rate was exceeded. */
  limit?: number
  /** Units that are left of them, where a rate had too few for a request; none unless it says more. */
  remaining?: number
  /** Set when another session has locked the rows of a record: work on other records can go on. */
  heldUp?: true
  /** Set when another program has locked the whole database: what waits to be written would wait for that lock, too. */
  allLocked?: true
  /** For logs and audit only; never sent. */
  internal?: string
}

/** A failure that its caller can act on, of the domain or of a request that did not reach it. Each dialect maps it to a response. */
export class Failure<Code extends string> extends Error {
  readonly code: Code
  readonly details: FaultDetails

  constructor(code: Code, text: string, details: FaultDetails = {}, options?: ErrorOptions) {
    super(details.message ?? text, options)
    this.code = code
    this.details =
      details.errors === undefined
        ? details
        : { ...details, errors: details.errors.slice(0, MAX.inputErrors) }
  }
}

/** A failure of the domain. Thrown by core and store. */
export class Fault extends Failure<FaultCode> {
  override readonly name = 'Fault'

  constructor(code: FaultCode, details: FaultDetails = {}, options?: ErrorOptions) {
    super(code, FAULTS[code], details, options)
  }
}

/** A fault of the caller's input at one place. */
export function inputFault(place: Place, message: string): Fault {
  return new Fault('input_invalid', { message, errors: [{ place, message }] })
}

/**
 * The error to throw for a call of which a part is written already, when the rest is refused. The refusal alone would say that nothing was
 * written; it becomes the cause. An error that makes no such promise, because the store or the server has failed, stays as it is.
 */
export function afterAPart(error: unknown): unknown {
  if (!(error instanceof Failure) || error.code === 'store_unavailable' || error.code === 'internal')
    return error
  return new Fault('partly_done', { internal: error.code }, { cause: error })
}
