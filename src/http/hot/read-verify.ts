import { isAddressBlock } from '../../core/ground/addresses.ts'
import { MAX } from '../../core/ground/bounds.ts'
import { Fault } from '../../core/ground/faults.ts'
import { type PermissionExpression, parseExpression } from '../../core/ground/permissions.ts'
import { Secret } from '../../core/ground/secret.ts'
import type { Caller } from '../../core/ground/turns.ts'
import type { Meta } from '../../core/ledger/meta.ts'
import type { MoneyDemand } from '../../core/ledger/money-demand.ts'
import { type NanoUsd, parseUsd } from '../../core/money/money.ts'
import type { VerifyRequest } from '../../core/verify/verify.ts'
import { ttlMsOf } from '../native/reservations/reservation-input.ts'
import { costsOf, metaOf, permissionsOf } from './read-lists.ts'

/** The longest body that is read here. A body this short cannot exceed the bounds on members, items or values. */
export const SMALL_BYTES = 1_024

const UTF_8 = new TextDecoder('utf-8', { fatal: true })

/** The bytes as text; null when they are not UTF-8. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return UTF_8.decode(bytes)
  } catch {
    return null
  }
}

/**
 * Reads the body of a verify as `http/native/verify/verify-key.ts` does, if it has the usual form: an object of the members below,
 * each valid. Null for every other body, valid or not; the plain path then reads it again and reports its errors.
 */
export function readVerify(text: string, caller: Caller): VerifyRequest | null {
  if (!isUsual(text)) return null
  let members: unknown
  try {
    members = JSON.parse(text)
  } catch {
    return null
  }
  return typeof members === 'object' && members !== null ? read(members as Members, caller) : null
}

/** Any JSON; a member that this list lacks leads to the plain path. */
type Members = Record<string, unknown>

/**
 * A short text without escapes, because escapes could hide characters that cannot be stored. A value that a later member of the same
 * name replaces is checked, too.
 */
function isUsual(text: string): boolean {
  if (text.length > SMALL_BYTES || text.indexOf('\\') >= 0) return false
  const isFlat = text.indexOf('[') < 0 && text.indexOf('{', text.indexOf('{') + 1) < 0
  return isFlat || (text.indexOf('__proto__') < 0 && isShallow(text))
}

const QUOTE = 34
const OPENING = new Set([123, 91])
const CLOSING = new Set([125, 93])
/** The body, a list in it, and an object in that list. */
const DEPTH_MAX = 3

function isShallow(text: string): boolean {
  let isInText = false
  let depth = 0
  for (let place = 0; place < text.length; place += 1) {
    const char = text.charCodeAt(place)
    if (char === QUOTE) isInText = !isInText
    else if (isInText) continue
    else if (OPENING.has(char)) depth += 1
    else if (CLOSING.has(char)) depth -= 1
    if (depth > DEPTH_MAX) return false
  }
  return true
}

function read(members: Members, caller: Caller): VerifyRequest | null {
  const { key } = members
  if (typeof key !== 'string') return null
  const request: VerifyRequest = { secret: new Secret(key), by: caller }
  let money: Money | null = null
  for (const name in members) {
    if (name === 'key') continue
    const value = members[name]
    if (name === 'permissions') {
      if (!readPermissions(request, value)) return null
    } else if (name === 'rateLimits') {
      const costs = Array.isArray(value) ? costsOf(value) : null
      if (costs === null) return null
      request.rateCosts = costs
    } else if (name === 'ip') {
      if (typeof value !== 'string' || !isAddress(value)) return null
      request.ip = value
    } else {
      money ??= { kind: null, amount: 0n, requestId: null, ttlSeconds: null, meta: {} }
      if (!readMoney(money, name, value)) return null
    }
  }
  if (money === null) return request
  return takeMoney(request, money, caller) ? request : null
}

/** Returns false for an invalid value. */
function readPermissions(request: VerifyRequest, value: unknown): boolean {
  const demand = Array.isArray(value) ? permissionsOf(value) : value
  if (typeof demand !== 'string') return false
  // An empty list demands nothing; an empty text is no valid expression.
  if (demand === '' && Array.isArray(value)) return true
  const permissions = expressionOf(demand)
  if (permissions === null) return false
  request.permissions = permissions
  return true
}

function expressionOf(text: string): PermissionExpression | null {
  if (text.length > MAX.expressionChars) return null
  try {
    return parseExpression(text)
  } catch (error) {
    if (error instanceof Fault) return null
    throw error
  }
}

function isAddress(text: string): boolean {
  return text.length <= 50 && !text.includes('/') && isAddressBlock(text)
}

/** The members about money that have been read so far. */
interface Money {
  kind: MoneyDemand['kind'] | null
  amount: NanoUsd
  requestId: string | null
  ttlSeconds: number | null
  /** The meta of a charge. */
  meta: Meta
}

/** Returns false for another member, and for an invalid value. */
function readMoney(money: Money, name: string, value: unknown): boolean {
  switch (name) {
    case 'charge':
    case 'reserve': {
      const amount = amountOf(value)
      if (amount === null || money.kind !== null) return false
      money.kind = name
      money.amount = amount
      return true
    }
    case 'reserveTtlSeconds':
      if (!Number.isSafeInteger(value)) return false
      money.ttlSeconds = value as number
      return money.ttlSeconds >= 1 && money.ttlSeconds <= MAX.reservationTtlMs / 1_000
    case 'requestId':
      if (typeof value !== 'string' || value.length < 1 || value.length > MAX.requestIdChars) return false
      money.requestId = value
      return true
    case 'tags': {
      const meta = Array.isArray(value) ? metaOf(value) : null
      if (meta === null) return false
      money.meta = meta
      return true
    }
    default:
      return false
  }
}

function amountOf(value: unknown): NanoUsd | null {
  if (typeof value === 'string' && value.length > 20) return null
  return typeof value === 'string' || typeof value === 'number' ? parseUsd(value) : null
}

/** Returns false when the members contradict each other. */
function takeMoney(request: VerifyRequest, money: Money, caller: Caller): boolean {
  const { kind, amount, requestId, ttlSeconds, meta } = money
  if (kind === 'reserve') {
    if (amount === 0n) return false
    const ttlMs = ttlMsOf(ttlSeconds)
    request.take = { kind, amount, place: ['reserve'], ttlMs, onExpiry: 'release', requestId, caller }
    return true
  }
  if (ttlSeconds !== null) return false
  // A request id without an amount takes nothing.
  if (kind === 'charge') request.take = { kind, amount, place: ['charge'], meta, requestId, caller }
  return true
}
