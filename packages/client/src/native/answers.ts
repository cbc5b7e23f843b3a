import type { Verify } from './api.gen.ts'
import {
  amount,
  flag,
  isGiven,
  isObject,
  list,
  map,
  maybe,
  name,
  number,
  object,
  type Shape,
  text,
  time,
} from './shape.ts'

// The checks that responses must pass before callers rely on them: that a key is this key and is accepted, that money was taken. Members
// that a newer server adds are ignored. A test compares these checks with the server's own document.

const budgetMembers = {
  window: name,
  limit: amount,
  spent: amount,
  reserved: amount,
  remaining: amount,
  resetsAt: maybe(time),
}
const budget = object(budgetMembers)
const scopedBudget = object({ scope: name, id: name, ...budgetMembers })
const limits = map(amount)

/** A key. */
export const KEY: Shape = object({
  id: name,
  hash: name,
  name: text,
  mask: name,
  access: name,
  disabled: flag,
  status: name,
  ownerId: name,
  workspaceId: name,
  labels: map(text),
  permissions: list(text),
  limits,
  expiresAt: maybe(time),
  createdAt: time,
  updatedAt: time,
  budget: list(budget),
  revision: number,
})

/** A key, and its secret where it is shown. */
export const KEY_WITH_SECRET: Shape = object({ key: KEY, secret: maybe(name) })

/** The answer to a revocation. */
export const REVOCATION: Shape = object({
  id: name,
  status: name,
  revision: number,
  effective: object({ scope: name, nodes: number, at: time }),
})

/** The results of an import of keys. */
export const KEYS_IMPORTED: Shape = object({
  results: list(object({ sha256: name, status: name, id: orNull(name) })),
  created: number,
  existing: number,
  failed: number,
})

/** The results of revoking several keys. */
export const KEYS_REVOKED: Shape = object({
  results: list(object({ key: name, status: name, id: orNull(name), receipt: maybe(REVOCATION) })),
  revoked: number,
  alreadyRevoked: number,
  skipped: number,
  failed: number,
  effective: orNull(object({ scope: name, nodes: number, at: time })),
  nextCursor: orNull(name),
})

const rateState = object({ name, limit: number, window: name, remaining: number, resetsAt: time })

/** A key as its holder sees it. */
export const OWN_KEY: Shape = object({
  key: KEY,
  refusal: orNull(object({ valid: is(false), code: name, keyId: name })),
  detail: orNull(text),
  budget: list(scopedBudget),
  rateLimits: list(rateState),
})

/** The thresholds that were crossed. */
export const CROSSINGS: Shape = object({
  data: list(object({ window: name, start: time, percent: number, at: time })),
})

/** A threshold that a record has crossed. */
export const RECORD_CROSSING: Shape = object({
  scope: name,
  id: name,
  window: name,
  start: time,
  percent: number,
  at: time,
})

const reservationMembers = {
  id: name,
  keyId: name,
  ownerId: name,
  workspaceId: name,
  amount,
  state: name,
  heldAt: time,
  expiresAt: time,
  settled: maybe(amount),
  byokSettled: maybe(amount),
  released: maybe(amount),
  overdraft: maybe(amount),
}

const countedKeys = object({ count: number, isMore: flag })

/** The numbers of keys at risk. */
export const KEY_HEALTH: Shape = object({
  unlimited: countedKeys,
  neverExpires: countedKeys,
  unused: countedKeys,
  nearLimit: countedKeys,
  expiresSoon: countedKeys,
})

const intervals = list(object({ start: time, counts: map(number) }))

/** The outcomes of verifies of a key. */
export const KEY_VERIFICATIONS: Shape = object({
  data: intervals,
  refusals: list(object({ code: name, count: number, lastAt: time })),
  secrets: list(object({ mask: name, uses: number, lastUsedAt: maybe(time) })),
})

/** The outcomes of verifies. */
export const VERIFICATIONS: Shape = object({
  data: intervals,
  failing: list(object({ keyId: name, name: text, mask: name, refused: number, valid: number })),
})

/** A reservation, in whatever state. */
export const RESERVATION: Shape = object(reservationMembers)

/** A reservation, with the state of the limits. A repeated call returns the present state of the first one. */
export const RESERVED: Shape = object({ ...reservationMembers, budget: list(scopedBudget) })

/** A reservation after its extension, with the state of the limits. */
export const EXTENDED: Shape = object({
  ...reservationMembers,
  state: is('open'),
  budget: list(scopedBudget),
})

/** A reservation after its settle. */
export const SETTLED: Shape = object({ ...reservationMembers, state: is('settled'), settled: amount })

/** A reservation that was given back, or whose time was over first. */
export const RELEASED: Shape = object({ ...reservationMembers, state: is('released', 'expired') })

/** The result of reported usage. */
export const REPORTED: Shape = object({ accepted: number, duplicates: number })

/** The result of a correction. */
export const CORRECTED: Shape = object({
  id: name,
  keyId: name,
  eventId: name,
  amount,
  byokAmount: amount,
  at: time,
  recordedAt: time,
})

/** A recorded event. */
export const RECORDED: Shape = object({
  data: list(object({ id: name, keyId: name, amount, byokAmount: amount, requests: number, at: time })),
})

/** Rows of added-up usage. */
export const REPORT: Shape = object({
  data: list(
    object({
      start: time,
      group: maybe(map(maybe(text))),
      names: maybe(map(maybe(text))),
      amount,
      byokAmount: amount,
      requests: number,
    }),
  ),
})

/** A user. */
export const USER: Shape = object({
  id: name,
  username: name,
  email: orNull(text),
  displayName: text,
  role: name,
  disabled: flag,
  limits,
  createdAt: time,
  updatedAt: time,
  revision: number,
})

/** The keys that would stop. */
export const IMPACT: Shape = object({
  keys: number,
  usedRecently: number,
  hasMore: flag,
  data: list(object({ id: name, name: text, lastUsedAt: orNull(time) })),
})

/** The results for the keys of a user. */
export const HANDED_OVER: Shape = object({
  handedOver: number,
  failed: number,
  results: list(object({ id: name, status: name })),
  nextCursor: orNull(name),
})

/** A workspace. */
export const WORKSPACE: Shape = object({
  id: name,
  slug: name,
  name: text,
  isDefault: flag,
  limits,
  createdAt: time,
  updatedAt: time,
  revision: number,
})

/** A member of a workspace. */
export const MEMBER: Shape = object({
  userId: name,
  username: name,
  displayName: text,
  joinedAt: time,
})

/** A user or a workspace that is read alone: with where its limits stand. */
export function withBudget(account: Shape): Shape {
  const more = object({ budget: list(budget) })
  return (value, place) => account(value, place) ?? more(value, place)
}

/** An entry of the audit log. */
export const AUDIT_ENTRY: Shape = object({
  id: name,
  at: time,
  action: name,
  outcome: name,
  target: object({ kind: name, id: maybe(text) }),
  actor: object({ userId: maybe(text), keyId: maybe(text) }),
})

/** A page of a list. */
export function pageOf(item: Shape): Shape {
  return object({ data: list(item), nextCursor: maybe(name) })
}

const DECISION = object({ valid: flag, code: name })

const PASSED = {
  keyId: name,
  ownerId: name,
  workspaceId: name,
  externalUserId: maybe(text),
  name: text,
  labels: map(text),
  permissions: list(text),
  expiresAt: maybe(time),
  budget: list(scopedBudget),
  rateLimits: list(rateState),
  revision: number,
}

const HOLD = object({ id: name, amount, state: name, expiresAt: time })

const REFUSED: Record<string, Shape> = {
  NOT_FOUND: object({}),
  RATE_LIMITED: object({ keyId: name, bound: object({ name, limit: number, window: name }) }),
  BUDGET_EXCEEDED: object({ keyId: name, bound: scopedBudget, budget: list(scopedBudget) }),
}

// A newer server may refuse for a reason that is not known here.
const REFUSED_OTHERWISE = object({ keyId: maybe(name) })

/**
 * A verdict: a response that only resembles one must not let anybody in. An accepting verdict must name the key, and the charge or hold
 * that the caller requested.
 */
export function verdictFor({ charge, reserve }: Verify): Shape {
  const passed = object({
    ...PASSED,
    charged: isGiven(charge) ? amount : maybe(amount),
    reservation: isGiven(reserve) ? HOLD : maybe(HOLD),
  })
  return (value, place) => {
    const misfit = DECISION(value, place)
    if (misfit !== undefined || !isObject(value)) return misfit ?? place
    const { valid, code } = value
    if (valid !== (code === 'VALID')) return 'valid'
    return (valid ? passed : (REFUSED[code as string] ?? REFUSED_OTHERWISE))(value, place)
  }
}

function is(...values: (string | false)[]): Shape {
  return (value, place) => (values.includes(value as string) ? undefined : place)
}

/** The shape or null, but not undefined: a key without a statement about its refusal is not an accepted one. */
function orNull(shape: Shape): Shape {
  return (value, place) => (value === null ? undefined : shape(value, place))
}
