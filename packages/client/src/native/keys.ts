import {
  CROSSINGS,
  KEY,
  KEY_HEALTH,
  KEY_VERIFICATIONS,
  KEY_WITH_SECRET,
  KEYS_IMPORTED,
  KEYS_REVOKED,
  OWN_KEY,
  REVOCATION,
} from './answers.ts'
import type {
  CreateKey,
  ImportKey,
  Key,
  KeyHealth,
  KeysImported,
  KeysRevoked,
  KeyVerifications,
  KeyWithSecret,
  OwnKey,
  operations,
  Revocation,
  RevokeKeys,
  SetBoost,
  ThresholdCrossings,
  UpdateKey,
} from './api.gen.ts'
import { type Call, placesAt } from './call.ts'
import type { Connection } from './connection.ts'
import { LatchkeyResponseError } from './errors.ts'
import { type List, listOf } from './list.ts'
import type { CallOptions } from './options.ts'
import { ifMatch, type Matching } from './preconditions.ts'
import { idempotencyHeader, type Repeatable } from './repeats.ts'
import { type Waiting, waitQuery } from './waiting.ts'

/** Which keys to list. */
export type KeyQuery = NonNullable<operations['listKeys']['parameters']['query']>

/** The time and interval of a report on verifies. */
export type VerificationQuery = NonNullable<operations['getVerifications']['parameters']['query']>

/** The window of a limit. */
export type LimitWindow = operations['setBoost']['parameters']['path']['window']

/** A key with the secret that is shown this once. */
export interface NewSecret extends KeyWithSecret {
  /** The text of the key; it is never shown again. */
  secret: string
}

/** The options of a revocation. */
export interface Revoking extends Matching, Waiting {
  /** Kept with the key and in the audit log. */
  reason?: string | undefined
}

/** Keys: made, listed, read, changed, rotated, boosted, revoked. A key is named by its id or its hash. */
export interface Keys {
  /**
   * Makes a key. Without an `idempotencyKey` of the caller's the secret is always there: where an answer was lost on its
   * way and the key exists, it is rotated at once, since the first secret can never be shown again.
   */
  create(body?: CreateKey, options?: CallOptions & { idempotencyKey?: undefined }): Promise<NewSecret>
  /** With a name of the caller's own, a repeat answers without the secret. */
  create(body: CreateKey, options: CallOptions & { idempotencyKey: string }): Promise<KeyWithSecret>
  /** Newest first unless sorted otherwise. */
  list(query?: KeyQuery, options?: CallOptions): List<Key>
  /** Reads one key. */
  get(ref: string, options?: CallOptions): Promise<Key>
  /** A merge: absent members stay, null clears, labels and limits merge entry by entry. */
  update(ref: string, body: UpdateKey, options?: CallOptions & Matching & Waiting): Promise<Key>
  /** Revokes a key for good. When it resolves, no node accepts the key any more, unless `wait` says not to wait for other nodes. */
  revoke(ref: string, options?: CallOptions & Revoking): Promise<Revocation>
  /**
   * Takes in up to 1,000 keys that were made elsewhere, by the text or the SHA-256 of their secrets, which go on working. An
   * error in one key is the result of that key. A secret that a live key has already stays with that key, so a failed call may be repeated.
   */
  import(keys: ImportKey[], options?: CallOptions & { dryRun?: boolean | undefined }): Promise<KeysImported>
  /**
   * Ends up to 1,000 keys for good, the named ones or those that a filter finds; while `nextCursor` is not null, the same call with it
   * continues. Each key has a result, with the reason if it was refused.
   */
  revokeMany(body: RevokeKeys, options?: CallOptions): Promise<KeysRevoked>
  /**
   * Shows the key with which this client calls, whatever its access, and takes nothing from it: `refusal` and `detail` say why it is
   * refused, also while it is disabled, expired, not yet valid or out of budget. A revoked one is 401.
   */
  getSelf(options?: CallOptions): Promise<OwnKey>
  /**
   * Ends the key that this client calls with, for good. Where the answer is lost, calling again is 401 once the key is dead. The last
   * key by which everything can be managed stays: 409 `last_manager`.
   */
  revokeSelf(options?: CallOptions & Revoking): Promise<Revocation>
  /** A new secret; the old one works until the overlap (`24h`) ends. Without an overlap it ends at once. */
  rotate(ref: string, body?: { overlap?: string | undefined }, options?: CallOptions): Promise<NewSecret>
  /** Ends the overlap of a rotation: only the current secret works when it answers. */
  endOverlap(ref: string, options?: CallOptions): Promise<Key>
  /** Adds to one limit until a moment. */
  boost(ref: string, window: LimitWindow, body: SetBoost, options?: CallOptions): Promise<Key>
  /** Ends a boost. When it resolves, the limit is as without the boost. */
  endBoost(ref: string, window: LimitWindow, options?: CallOptions): Promise<Key>
  /** When settled usage reached 50, 80 and 100 % of a limit. */
  thresholds(ref: string, options?: CallOptions): Promise<ThresholdCrossings>
  /** The outcomes of verifies of the key, by hour or day; the reasons of its refusals; the uses of its secrets. */
  verifications(ref: string, query?: VerificationQuery, options?: CallOptions): Promise<KeyVerifications>
  /** The numbers of keys that have no limit, never expire, are unused, are near a limit, or expire soon. */
  health(options?: CallOptions): Promise<KeyHealth>
}

const OWN = { path: '/v2/keys/self' }

// The maximum number of lost responses; after that the last failure is thrown.
const LOST_MAX = 3

/** The keys of a server. */
export function keysOf(connection: Connection): Keys {
  const place = placesAt('/v2/keys')
  const at = (ref: string, rest = '') => {
    // A name from outside must not revoke the key with which this client calls.
    if (ref === 'self')
      throw new TypeError('"self" names no record: getSelf and revokeSelf are for the own key.')
    return place(ref, rest)
  }
  const boostAt = (ref: string, window: LimitWindow) => ({
    path: at(ref, '/boosts/{window}').path,
    names: { ref, window },
  })
  const change = <T = Key>(
    method: Call['method'],
    place: Pick<Call, 'path' | 'names'>,
    more: Partial<Call> & { options?: CallOptions | undefined },
  ) => {
    const { options, ...call } = more
    return connection.call<T>({ method, ...place, answers: KEY, ...call }, options)
  }

  /** Makes a secret until an answer with one arrives. */
  async function secretFrom(
    place: Pick<Call, 'path' | 'names'>,
    body: unknown,
    options?: CallOptions,
  ): Promise<NewSecret> {
    let call: Call = {
      method: 'POST',
      ...place,
      body,
      headers: idempotencyHeader(undefined),
      answers: KEY_WITH_SECRET,
    }
    for (let lost = 0; ; lost += 1) {
      const made = await connection.call<KeyWithSecret>(call, options)
      if (made.secret !== undefined) return { ...made, secret: made.secret }
      if (lost === LOST_MAX) {
        const message = `The key ${made.key.id} was made, but its secret was lost. Rotate it for another.`
        throw new LatchkeyResponseError(message, { status: 200, body: '' })
      }
      const overlap = place.path.endsWith('/rotate') ? body : {}
      call = {
        ...call,
        ...at(made.key.id, '/rotate'),
        body: overlap,
        headers: idempotencyHeader(undefined),
      }
    }
  }

  async function create(body: CreateKey = {}, options: CallOptions & Repeatable = {}): Promise<NewSecret> {
    const { idempotencyKey } = options
    if (idempotencyKey === undefined) return secretFrom({ path: '/v2/keys' }, body, options)
    const headers = idempotencyHeader(idempotencyKey)
    // The overload promises a secret only to those who gave no name.
    return change(
      'POST',
      { path: '/v2/keys' },
      {
        body,
        headers,
        answers: KEY_WITH_SECRET,
        options,
      },
    ) as Promise<NewSecret>
  }

  return {
    create,
    list: (query, options) => listOf<Key>(connection, { path: '/v2/keys', item: KEY, query, options }),
    get: async (ref, options) => change('GET', at(ref), { options }),
    update: async (ref, body, options) =>
      change('PATCH', at(ref), {
        body,
        ...waitQuery(options),
        ...ifMatch(options),
        options,
        once: true,
      }),
    revoke: async (ref, options) =>
      change('DELETE', at(ref), {
        ...waitQuery(options, { reason: options?.reason }),
        ...ifMatch(options),
        answers: REVOCATION,
        options,
      }),
    import: async (keys, { dryRun, ...options } = {}) =>
      change<KeysImported>(
        'POST',
        { path: '/v2/keys/import' },
        {
          body: { keys, dryRun },
          answers: KEYS_IMPORTED,
          options,
        },
      ),
    revokeMany: async (body, options) =>
      change<KeysRevoked>('POST', { path: '/v2/keys/revoke' }, { body, answers: KEYS_REVOKED, options }),
    getSelf: async (options) => change<OwnKey>('GET', OWN, { answers: OWN_KEY, options }),
    revokeSelf: async (options) =>
      change<Revocation>('DELETE', OWN, {
        ...waitQuery(options, { reason: options?.reason }),
        ...ifMatch(options),
        answers: REVOCATION,
        options,
        once: true,
      }),
    rotate: async (ref, body = {}, options) => secretFrom(at(ref, '/rotate'), body, options),
    endOverlap: async (ref, options) => change('DELETE', at(ref, '/secrets/previous'), { options }),
    boost: async (ref, window, body, options) => change('PUT', boostAt(ref, window), { body, options }),
    endBoost: async (ref, window, options) => change('DELETE', boostAt(ref, window), { options }),
    thresholds: async (ref, options) =>
      change('GET', at(ref, '/thresholds'), { answers: CROSSINGS, options }),
    verifications: async (ref, query, options) =>
      change('GET', at(ref, '/verifications'), { query, answers: KEY_VERIFICATIONS, options }),
    health: async (options) => change('GET', { path: '/v2/keys/health' }, { answers: KEY_HEALTH, options }),
  }
}
