import type { Principal } from './core/access/abilities.ts'
import type { Audit, Call } from './core/access/audit.ts'
import { isAddress } from './core/ground/addresses.ts'
import { MAX } from './core/ground/bounds.ts'
import { type Clock, DAY_MS, systemClock, systemRandom } from './core/ground/clock.ts'
import { inputFault } from './core/ground/faults.ts'
import { parseExpression } from './core/ground/permissions.ts'
import { isSecretPrefix, Secret, wrongWithChosen } from './core/ground/secret.ts'
import type { Keys } from './core/keys/keys.ts'
import { type CoreBounds, createLatchkey, type Latchkey, type LatchkeyProcess } from './core/latchkey.ts'
import type { OnExpiry } from './core/ledger/entries.ts'
import type { MoneyDemand } from './core/ledger/money-demand.ts'
import { isTokenCount, parseTokens } from './core/metering/activity.ts'
import type { Reservations } from './core/metering/reservations.ts'
import type { Usage } from './core/metering/usage.ts'
import { type NanoUsd, parseUsd, USD_MAX } from './core/money/money.ts'
import type { Members } from './core/people/members.ts'
import type { Users } from './core/people/users.ts'
import type { Workspaces } from './core/people/workspaces.ts'
import type { Verdict, VerifyRequest } from './core/verify/verify.ts'
import { keepHouse } from './housekeeping.ts'
import { durableRateLimiter } from './rates/durable.ts'
import { createSqlStore } from './store/sql/store.ts'
import { openSqlite } from './store/sqlite/open.ts'
import type { Store } from './store/store.ts'

export type { Principal } from './core/access/abilities.ts'
export { Fault, type FaultCode } from './core/ground/faults.ts'
export { Secret } from './core/ground/secret.ts'
export type { KeyChange, Keys } from './core/keys/keys.ts'
export type { KeyPatch, NewKey } from './core/keys/new-key.ts'
export type { Reservation } from './core/ledger/entries.ts'
export type { BudgetLine } from './core/money/budgets.ts'
export { formatUsd, type NanoUsd } from './core/money/money.ts'
export type { Key, KeyId, User, UserId, Workspace, WorkspaceId } from './core/types.ts'
export type { RateState } from './core/verify/rates.ts'
export type { ValidVerdict, Verdict } from './core/verify/verify.ts'

/** The database to open, and the options of the engine. */
export interface Opening {
  /**
   * The database's file, which is created if it is missing; `:memory:` for a database that ends with the process. Only one process can open
   * a file.
   */
  path: string
  /** The secret of the root key of a new database; generated when absent. A database that is set up already ignores it. */
  rootKey?: string
  /** The prefix of new secrets, before the underscore; `lk` when absent. */
  keyPrefix?: string
  /** The bounds of callers; absent ones have the defaults of the server's settings (docs/configuration.md). */
  bounds?: Partial<CoreBounds>
  /**
   * The retention of single usage events, of audit entries and of denied attempts, in milliseconds; null for ever. The server's defaults
   * when absent.
   */
  retention?: { eventsMs?: number; auditMs?: number | null; deniedMs?: number }
  /** Called once when the disk has lost a commit or the writing thread has ended: every call fails from then on, and only a new process helps. */
  onBroken?(reason: string): void
  /** Called with a message for the operator. A warning of the process when absent. */
  onNotice?(what: string): void
  /** The source of the time; the machine's clock when absent. */
  clock?: Clock
}

/** A request to verify a key. Amounts are USD as a decimal text, or nano-USD. */
export interface Question {
  /** The text of a secret. */
  key: string
  /** The required permissions, such as `documents.read and not admin`. */
  permissions?: string
  /** The client's address; a key that is bound to addresses is refused without it. */
  ip?: string
  /** Units to take from named rate limits instead of one each. */
  rateCosts?: Readonly<Record<string, number>>
  /** Money to spend at once if everything else allows it. */
  charge?: string | NanoUsd
  /** Money to hold until it is settled, released or `ttlMs` (ten minutes when absent) is over. */
  reserve?: string | NanoUsd
  ttlMs?: number
  onExpiry?: OnExpiry
  /** Unique per key. Money and rate units are taken only by the first request with this id. */
  requestId?: string
  /** The metadata of the usage event of a charge. */
  meta?: Record<string, string>
}

/** The engine in this process, on a database of its own. */
export interface EmbeddedLatchkey {
  /** The secret of the root key, if this call has generated one. It is not stored. */
  rootKey: string | null
  /** Whether a key may be used now. Answers at once when memory holds the facts and no money is demanded. The host is trusted: no
   * credential is needed. Throws `input_invalid` for an invalid question.
   */
  verify(question: Question): Verdict | Promise<Verdict>
  /**
   * Acts as the holder of this managing secret. Its authority is checked again at each call, which throws `credential_invalid` once it is
   * lost.
   */
  as(credential: string): Acting
  /** Writes the pending data and releases the file. Until then the process does not end by itself. */
  close(): Promise<void>
}

/** All operations of one caller, without the argument that names the caller. */
export interface Acting {
  keys: Bound<Keys>
  users: Bound<Users>
  workspaces: Bound<Workspaces>
  members: Bound<Members>
  reservations: Bound<Reservations>
  usage: Bound<Usage>
  audit: Bound<Audit>
  /** The present user, access and key of the caller. */
  whoami(): Promise<Principal>
}

/** The operations of one topic that take a caller, without the caller. */
export type Bound<Topic> = {
  [Name in keyof Topic as Topic[Name] extends (call: Call, ...rest: never) => unknown
    ? Name
    : never]: Topic[Name] extends (call: Call, ...rest: infer Rest) => infer Answer
    ? (...rest: Rest) => Promise<Awaited<Answer>>
    : never
}

const KEPT = { eventsMs: 90 * DAY_MS, auditMs: null, deniedMs: 90 * DAY_MS }
const HOLD_MS = 600_000
const ON_EXPIRY: readonly OnExpiry[] = ['release', 'settle']
const NO_AMOUNT = 'Must be an amount of USD from 0 to 1e9 with at most 9 decimals.'

/**
 * Opens the engine in this process: the same verify, keys and budgets as the server's, without HTTP. Runs on Bun and on Node from
 * version 24 on. Throws an error that names the problem with the path, the database or the root key.
 *
 * @example
 * import { openLatchkey } from 'latchkey'
 *
 * const latchkey = await openLatchkey({ path: ':memory:' })
 * const root = latchkey.as(latchkey.rootKey ?? '')
 * const { secret } = await root.keys.create({ name: 'customer 7', access: 'use' })
 * const verdict = await latchkey.verify({ key: secret.reveal() })
 * console.log(verdict.valid)
 * await latchkey.close()
 */
export async function openLatchkey(opening: Opening): Promise<EmbeddedLatchkey> {
  const { path, rootKey, onBroken = () => {}, onNotice = warn } = opening
  const chosen = rootKey === undefined ? undefined : chosenSecret(rootKey)
  const store = createSqlStore(await openSqlite(path, onBroken, { onNotice }))
  try {
    const latchkey = engineOn(store, opening)
    const first = await latchkey.initialize(chosen)
    const kept = { ...KEPT, ...opening.retention }
    const close = keepHouse(latchkey, {
      store,
      log: { error: (error) => onNotice(String(error)) },
      eventRetentionMs: kept.eventsMs,
      auditRetentionMs: kept.auditMs,
      deniedRetentionMs: kept.deniedMs,
    })
    return {
      rootKey: first?.secret.reveal() ?? null,
      verify: (question) => latchkey.verify(requestOf(question)),
      as: (credential) => actingAs(latchkey, new Secret(credential)),
      close,
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

function engineOn(store: Store, { keyPrefix = 'lk', bounds, clock = systemClock }: Opening): LatchkeyProcess {
  if (!isSecretPrefix(keyPrefix))
    throw inputFault(['keyPrefix'], 'Must be letters, digits and inner underscores, at most 16.')
  return createLatchkey({
    store,
    clock,
    random: systemRandom,
    rates: durableRateLimiter({ store, clock }),
    settings: {
      keyPrefix,
      surfacePrefixes: {},
      root: { email: 'root@localhost', keyPrefix },
      ...(bounds && { bounds }),
    },
  })
}

/** An amount of USD, such as `"0.25"`, in nano-USD. Throws `input_invalid` if it is not an amount. */
export function usd(amount: string | number): NanoUsd {
  const nano = parseUsd(amount)
  if (nano === null) throw inputFault([], NO_AMOUNT)
  return nano
}

function chosenSecret(text: string): Secret {
  const wrong = wrongWithChosen(text)
  if (wrong !== null) throw inputFault(['rootKey'], `The root key ${wrong}.`)
  return new Secret(text)
}

function warn(what: string): void {
  process.emitWarning(what, 'Latchkey')
}

function requestOf(question: Question): VerifyRequest {
  const { key, permissions, ip, rateCosts } = question
  requireText(key, 'key')
  if (permissions !== undefined) requireText(permissions, 'permissions')
  if (ip !== undefined) requireAddress(ip)
  const take = demandOf(question)
  return {
    secret: new Secret(key),
    ...(permissions !== undefined && { permissions: parseExpression(permissions) }),
    ...(ip !== undefined && { ip }),
    ...(rateCosts !== undefined && { rateCosts: costsOf(rateCosts) }),
    ...(take !== undefined && { take }),
  }
}

// A program in JavaScript has no types that prevent other values.
function requireText(value: unknown, name: string): void {
  if (typeof value !== 'string') throw inputFault([name], 'Must be a string.')
}

function requireAddress(ip: string): void {
  requireText(ip, 'ip')
  if (!isAddress(ip)) throw inputFault(['ip'], 'Must be an IP address.')
}

function demandOf(question: Question): MoneyDemand | undefined {
  const { charge, reserve, requestId = null, meta = {}, ttlMs = HOLD_MS, onExpiry } = question
  if (charge !== undefined && reserve !== undefined)
    throw inputFault(['reserve'], 'Money is charged or reserved, not both.')
  if (requestId !== null) requireText(requestId, 'requestId')
  if (requestId !== null && (requestId.length < 1 || requestId.length > MAX.requestIdChars))
    throw inputFault(['requestId'], `Must have 1 to ${MAX.requestIdChars} characters.`)
  // There are no credentials here to take turns by, so the paying keys take turns.
  const asked = { requestId, caller: 'payer' as const }
  if (charge !== undefined) {
    requireMeta(meta)
    return { kind: 'charge', amount: amountOf(charge, 'charge'), place: ['charge'], meta, ...asked }
  }
  if (reserve === undefined) return undefined
  const amount = amountOf(reserve, 'reserve')
  if (amount === 0n) throw inputFault(['reserve'], 'A hold of nothing holds nothing.')
  if (!isWithin(ttlMs, 1, MAX.reservationTtlMs))
    throw inputFault(['ttlMs'], `Must be 1 to ${MAX.reservationTtlMs} whole milliseconds.`)
  if (onExpiry !== undefined && !ON_EXPIRY.includes(onExpiry))
    throw inputFault(['onExpiry'], `Must be one of ${ON_EXPIRY.join(', ')}.`)
  return { kind: 'reserve', amount, place: ['reserve'], ttlMs, ...asked, ...(onExpiry && { onExpiry }) }
}

function amountOf(amount: string | NanoUsd, name: string): NanoUsd {
  const nano = typeof amount === 'string' ? parseUsd(amount) : amount
  // A number could mean USD or nano-USD.
  if (typeof nano !== 'bigint' || nano < 0n || nano > USD_MAX) throw inputFault([name], NO_AMOUNT)
  return nano
}

function requireMeta(meta: Record<string, string>): void {
  const entries = Object.entries(meta ?? { '': null })
  const isText = (text: unknown, most: number) => typeof text === 'string' && text.length <= most
  const isRight = entries.every(
    ([name, value]) =>
      name !== '' && isText(name, MAX.usageMetaNameChars) && isText(value, MAX.usageMetaValueChars),
  )
  if (entries.length > MAX.usageMetaEntries || !isRight)
    throw inputFault(
      ['meta'],
      `Must be at most ${MAX.usageMetaEntries} names of 1 to ${MAX.usageMetaNameChars} characters with texts of ${MAX.usageMetaValueChars}.`,
    )
  const wrong = entries.find(([name, value]) => isTokenCount(name) && parseTokens(value) === null)
  if (wrong !== undefined)
    throw inputFault(['meta', wrong[0]], `Must be a whole number from 0 to ${MAX.usageTokens}.`)
}

function costsOf(rateCosts: Readonly<Record<string, number>>): Map<string, number> {
  const costs = new Map(Object.entries(rateCosts))
  for (const [name, cost] of costs)
    if (!isWithin(cost, 0, MAX.rateLimitUnits))
      throw inputFault(['rateCosts', name], `Must be a whole number from 0 to ${MAX.rateLimitUnits}.`)
  return costs
}

function isWithin(number: number, least: number, most: number): boolean {
  return Number.isSafeInteger(number) && number >= least && number <= most
}

function actingAs(latchkey: Latchkey, credential: Secret): Acting {
  const callNow = async (): Promise<Call> => ({
    principal: await latchkey.authenticate(credential, undefined),
    requestId: null,
    ip: null,
  })
  const bound = <Topic extends object>(topic: Topic): Bound<Topic> => {
    const operation =
      (work: (call: Call, ...rest: unknown[]) => unknown) =>
      async (...rest: unknown[]) =>
        work(await callNow(), ...rest)
    const entries = Object.entries(topic).map(([name, work]) => [name, operation(work)])
    return Object.fromEntries(entries) as Bound<Topic>
  }
  return {
    keys: bound(latchkey.keys),
    users: bound(latchkey.users),
    workspaces: bound(latchkey.workspaces),
    members: bound(latchkey.members),
    reservations: bound(latchkey.reservations),
    usage: bound(latchkey.usage),
    audit: bound(latchkey.audit),
    whoami: async () => (await callNow()).principal,
  }
}
