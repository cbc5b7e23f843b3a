// Tests: test/wire/native/create-key.test.ts
import { expiryWithin, limitsWithin } from '../access/delegation.ts'
import { KEY_RESTRAINTS, namedIn, restrained } from '../access/restrictions.ts'
import { MAX } from '../ground/bounds.ts'
import type { Instant } from '../ground/clock.ts'
import { Fault, type InputError, type Place } from '../ground/faults.ts'
import type { NanoUsd } from '../money/money.ts'
import { LIMIT_WINDOWS, type Limits, type LimitWindow } from '../money/windows.ts'
import type {
  Access,
  Boosts,
  Key,
  KeyId,
  RateLimit,
  StoredSecret,
  User,
  UserId,
  WorkspaceId,
} from '../types.ts'

/** The choices for a new key. An absent member takes its default; absent limits and expiry take those of the granter's policy. */
export interface NewKey {
  id?: KeyId
  access: Access
  name?: string
  disabled?: boolean
  ownerId?: UserId
  workspaceId?: WorkspaceId
  /** The workspace by its slug instead. */
  workspaceSlug?: string
  externalUserId?: string | null
  labels?: Record<string, string>
  permissions?: string[]
  limits?: Limits
  includeByokInLimit?: boolean
  mainWindow?: LimitWindow | null
  rateLimits?: RateLimit[]
  allowedIps?: string[]
  notBefore?: Instant | null
  expiresAt?: Instant | null
  /** The dialect lets any caller choose an id, which reveals whether it is used (docs/wire/goodmem.md#make-a-key). */
  idChosenByAnybody?: true
  /** Prefix of the secret; the server's own when absent. */
  prefix?: string
}

/** Changes of a key. An absent member keeps its value. */
export interface KeyPatch extends Partial<Pick<NewKey, Changeable>> {
  /** A new map, or single entries, where null removes one. */
  labels?: { replace: Record<string, string> } | { merge: Record<string, string | null> }
  limits?: LimitChanges
}

/** The members that a change takes in the same form as a new key; `ownerId` is the next owner there. */
type Changeable =
  | 'name'
  | 'access'
  | 'disabled'
  | 'ownerId'
  | 'externalUserId'
  | 'permissions'
  | 'includeByokInLimit'
  | 'mainWindow'
  | 'rateLimits'
  | 'allowedIps'
  | 'notBefore'
  | 'expiresAt'

/** Changes of single windows; null removes a limit, an absent window keeps its limit. */
export type LimitChanges = { [W in LimitWindow]?: NanoUsd | null }

/** The key that the input describes, with the defaults of the granter's policy. Whether it is allowed is checked elsewhere. */
export function newKey(
  input: NewKey,
  made: { id: KeyId; granter: User; owner: User; workspaceId: WorkspaceId; at: Instant; first: StoredSecret },
): Key {
  const { granter, at, first } = made
  const { access, ...chosen } = input
  const key: Key = {
    id: made.id,
    hash: first.digest,
    name: input.name ?? '',
    access,
    disabled: input.disabled ?? false,
    ownerId: made.owner.id,
    workspaceId: made.workspaceId,
    externalUserId: input.externalUserId ?? null,
    labels: orderedLabels(input.labels ?? {}),
    permissions: input.permissions ?? [],
    limits: limitsWithin(granter.policy, input.limits ?? {}),
    boosts: {},
    includeByokInLimit: input.includeByokInLimit ?? false,
    mainWindow: input.mainWindow ?? null,
    rateLimits: input.rateLimits ?? [],
    allowedIps: input.allowedIps ?? [],
    notBefore: input.notBefore ?? null,
    expiresAt: input.expiresAt ?? expiryWithin(granter.policy, at),
    lastUsedAt: null,
    requestCount: 0,
    createdAt: at,
    updatedAt: null,
    createdById: granter.id,
    updatedById: granter.id,
    revokedAt: null,
    revokedReason: null,
    restrictions: {},
    revision: 0,
    secrets: [first],
  }
  // Every key is given an access, so the request does not restrict the key by naming one.
  const set = { current: null, next: key, actor: granter, owner: made.owner, named: namedIn(chosen), at }
  return restrained(KEY_RESTRAINTS, set)
}

/** The key with the patch applied. Whether the result is allowed is checked elsewhere. */
export function applyPatch(key: Key, patch: KeyPatch): Key {
  const { labels, limits, ...rest } = patch
  const nextLimits = limits === undefined ? key.limits : mergedLimits(key.limits, limits)
  return {
    ...key,
    ...rest,
    labels: labels === undefined ? key.labels : changedLabels(key.labels, labels),
    limits: nextLimits,
    boosts: boostsOf(key.boosts, nextLimits),
  }
}

/** A boost is removed with the limit that it raises, so it does not come back with a later limit. */
function boostsOf(boosts: Boosts, limits: Limits): Boosts {
  const result: Boosts = {}
  for (const window of LIMIT_WINDOWS) {
    const boost = boosts[window]
    if (boost !== undefined && limits[window] !== undefined) result[window] = boost
  }
  return result
}

/** Requires that a new or changed key is valid as a whole. Throws `input_invalid`, naming every error. */
export function checkKey(key: Key, at: Instant, before?: Key): void {
  const errors = problemsOfKey(key, at, before)
  const [first] = errors
  if (first !== undefined) throw new Fault('input_invalid', { message: first.message, errors })
}

/** Refuses contradictions in a key: too many labels, a new expiry in the past, a start after the end, a name given twice. */
export function problemsOfKey(key: KeySense, at: Instant, before?: KeySense): InputError[] {
  const { labels = {}, expiresAt = null, notBefore = null, rateLimits = [] } = key
  const errors: InputError[] = []
  const wrong = (place: Place, message: string) => errors.push({ place, message })
  if (Object.keys(labels).length > MAX.labels)
    wrong(['labels'], `A key carries at most ${MAX.labels} labels.`)
  if (expiresAt !== null && expiresAt !== before?.expiresAt && expiresAt <= at)
    wrong(['expiresAt'], 'The expiry must lie in the future.')
  if (expiresAt !== null && notBefore !== null && notBefore >= expiresAt)
    wrong(['notBefore'], 'The start must lie before the expiry.')
  const names = rateLimits.map((rate) => rate.name)
  const twice = names.findIndex((name, index) => names.indexOf(name) !== index)
  if (twice !== -1) wrong(['rateLimits', twice, 'name'], 'Each rate limit of a key needs its own name.')
  return errors
}

/** The members of a key that {@link problemsOfKey} checks. */
export type KeySense = Partial<Pick<Key, 'labels' | 'expiresAt' | 'notBefore' | 'rateLimits'>>

/** The labels in a fixed order, so that equal maps are equal texts. */
function orderedLabels(labels: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1)))
}

/** The limits with the changes applied. */
export function mergedLimits(limits: Limits, changes: LimitChanges): Limits {
  const result: Limits = {}
  for (const window of LIMIT_WINDOWS) {
    const amount = changes[window] === undefined ? limits[window] : changes[window]
    if (amount !== undefined && amount !== null) result[window] = amount
  }
  return result
}

function changedLabels(
  labels: Record<string, string>,
  change: NonNullable<KeyPatch['labels']>,
): Record<string, string> {
  if ('replace' in change) return orderedLabels(change.replace)
  const entries = Object.entries({ ...labels, ...change.merge })
  return orderedLabels(
    Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null)),
  )
}
