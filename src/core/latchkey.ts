// Tests: test/wire, test/authority
import type { Store } from '../store/store.ts'
import { type Audit, createAudit } from './access/audit.ts'
import { type Authenticate, type Authority, createAuthority, type Recognise } from './access/authority.ts'
import type { Clock, RandomBytes } from './ground/clock.ts'
import { idMaker, type NewId } from './ground/ids.ts'
import type { Secret } from './ground/secret.ts'
import { createChangeKey } from './keys/change-key.ts'
import { createIdempotency, type Idempotency } from './keys/idempotency.ts'
import { createImportKeys, type ImportKeys } from './keys/import.ts'
import { createInitialize, createIsInitialized, type Initialize } from './keys/initialize.ts'
import { createKeyViews } from './keys/key-views.ts'
import { createKeys, type Keys } from './keys/keys.ts'
import { createMakeKey } from './keys/make-key.ts'
import { createOwnKeys, type OwnKeys } from './keys/own-key.ts'
import { createResetRoot, type ResetRoot } from './keys/reset-root.ts'
import { createRevokeMany, type RevokeMany } from './keys/revoke-many.ts'
import { createLedger, type Ledger } from './ledger/ledger.ts'
import { createNewestLimits } from './ledger/newest-limits.ts'
import { createSpending } from './ledger/spending.ts'
import { type Accounts, createAccounts } from './metering/balances.ts'
import { type Correct, createCorrect } from './metering/corrections.ts'
import { createReservations, type Reservations } from './metering/reservations.ts'
import { createUsage, type Usage } from './metering/usage.ts'
import { NANO_PER_USD, type NanoUsd } from './money/money.ts'
import { createDepartures, type Departures } from './people/departures.ts'
import { createMembers, type Members } from './people/members.ts'
import { createUsers, type Users } from './people/users.ts'
import { createWorkspaces, type Workspaces } from './people/workspaces.ts'
import { type ChangeFeed, createChangeFeed } from './verify/change-feed.ts'
import { type Changes, createChanges } from './verify/changes.ts'
import { createFacts, type Facts } from './verify/facts.ts'
import { createHistory, type History } from './verify/history.ts'
import type { Nodes } from './verify/nodes.ts'
import { createOutcomes, type Outcomes } from './verify/outcomes.ts'
import type { RateLimiter } from './verify/rates.ts'
import { createLastUsed, type LastUsed } from './verify/uses.ts'
import { createVerifier, type VerifyKey } from './verify/verify.ts'

/** The settings of the core. */
export interface LatchkeySettings {
  /** The prefix of new secrets. */
  keyPrefix: string
  /** The same for keys that a dialect with its own prefix makes, by the dialect's name. */
  surfacePrefixes: Readonly<Record<string, string>>
  /** The first user, and the prefix of its key's secret. */
  root: { email: string; keyPrefix: string }
  /** The bounds for callers; an absent one has the default of the settings' table. */
  bounds?: Partial<CoreBounds>
}

/** Bounds that an operator may choose. */
export interface CoreBounds {
  /** Memory for the facts that verify uses, in bytes. */
  factsBytes: number
  /** Unrevoked keys that one USER may own. */
  keysPerUser: number
  /** Reservations of one key that are open at the same time. */
  holdsPerKey: number
  /** The same of all keys of one user together. */
  holdsPerUser: number
  /** The largest amount of one event or hold. */
  amountMax: NanoUsd
}

/** The bounds when an operator chooses none. */
const CORE_BOUNDS: CoreBounds = {
  factsBytes: 192 * 1024 * 1024,
  keysPerUser: 1_000,
  holdsPerKey: 1_000,
  holdsPerUser: 100_000,
  amountMax: 10_000n * NANO_PER_USD,
}

/** The whole domain. It has no access from outside; the dialects are its adapters. */
export interface Latchkey {
  keys: Keys
  ownKeys: OwnKeys
  /** Imports keys that were made elsewhere. */
  importKeys: ImportKeys
  /** Revokes many keys in one call. */
  revokeMany: RevokeMany
  /** True where other nodes may use the same store. */
  isShared: boolean
  users: Users
  /** What happens to the keys of a user who leaves. */
  departures: Departures
  workspaces: Workspaces
  members: Members
  accounts: Accounts
  usage: Usage
  /** Takes back amounts that were recorded by mistake. */
  correct: Correct
  reservations: Reservations
  audit: Audit
  verify: VerifyKey
  authenticate: Authenticate
  recognise: Recognise
  authority: Authority
  initialize: Initialize
  resetRoot: ResetRoot
  /** Whether a secret belongs to a usable key that can manage everything, whatever address it is bound to. */
  managesAll(secret: Secret): Promise<boolean>
  isInitialized(): Promise<boolean>
  idempotency: Idempotency
  /** The changes of records, for programs that keep facts of their own. */
  changeFeed: ChangeFeed
  /** Counts of verdicts, and the keys at risk. */
  history: History
  /** Makes ids for records and requests. */
  newId: NewId
  clock: Clock
  settings: LatchkeySettings
}

/**
 * The domain in one process, with the state that the process holds in memory and writes back. Only the code that runs the process uses
 * it: the composition root, housekeeping, metrics, the hot path, and tests. A dialect gets the operations alone.
 */
export interface LatchkeyProcess extends Latchkey {
  facts: Facts
  ledger: Ledger
  rates: RateLimiter
  lastUsed: LastUsed
  outcomes: Outcomes
}

/** The dependencies of the domain. */
export interface LatchkeyParts {
  store: Store
  clock: Clock
  random: RandomBytes
  settings: LatchkeySettings
  /** Counts the rate limits of keys. */
  rates: RateLimiter
  /** The other nodes on the store; absent when there can be none. */
  nodes?: Nodes
  /** Replaces the ledger, for tests that plant mistakes in it. */
  ledger?: Ledger
}

/** Builds the domain over a store. */
export function createLatchkey(parts: LatchkeyParts): LatchkeyProcess {
  const { store, clock, random, settings, rates } = parts
  const newId = idMaker(clock, random)
  const bounds: CoreBounds = { ...CORE_BOUNDS, ...settings.bounds }
  const nodes = parts.nodes ?? null
  const facts = createFacts({ store, clock, bytesMax: bounds.factsBytes, nodes })
  nodes?.follow({ forget: facts.follow, forgetAll: facts.forgetAll })
  const limits = createNewestLimits()
  const changes = createChanges({ store, facts, limits, nodes, clock })
  const lastUsed = createLastUsed(store)
  const outcomes = createOutcomes(store)
  const authority = createAuthority({ facts, clock, lastUsed })
  const { holdsPerKey, holdsPerUser } = bounds
  const ledger = parts.ledger ?? createLedger({ store, clock, limits, facts, holdsPerKey, holdsPerUser })
  const audit = createAudit({ store, clock, newId })
  const shared = { ...parts, newId, ...bounds, facts, changes, lastUsed, outcomes, authority, ledger, audit }
  const records = createRecords(shared)
  return {
    ...records,
    ...createMoney({ ...shared, ...records }),
    ownKeys: createOwnKeys(shared),
    audit,
    authenticate: authority.authenticate,
    recognise: authority.recognise,
    managesAll: authority.managesAll,
    authority,
    idempotency: createIdempotency(shared),
    facts,
    ledger,
    rates,
    lastUsed,
    outcomes,
    changeFeed: createChangeFeed({ store, authority, clock }),
    history: createHistory({ store, clock }),
    isShared: nodes !== null,
    newId,
    clock,
    settings,
  }
}

/** The dependencies that the parts of the domain share. */
interface Shared extends Omit<LatchkeyParts, 'ledger'>, CoreBounds {
  newId: NewId
  facts: Facts
  changes: Changes
  lastUsed: LastUsed
  outcomes: Outcomes
  authority: Authority
  ledger: Ledger
  audit: Audit
}

type KeyParts = Pick<Latchkey, 'keys' | 'importKeys' | 'revokeMany'>

/** The operations on keys, also on many keys in one call. */
function createKeyParts(shared: Shared): KeyParts {
  const keys = createKeys({ ...shared, defaultPrefix: shared.settings.keyPrefix })
  const change = createChangeKey({ ...shared, views: createKeyViews(shared.store) })
  return {
    keys,
    importKeys: createImportKeys({ ...shared, make: createMakeKey(shared) }),
    revokeMany: createRevokeMany({ ...shared, keys, change }),
  }
}

type Records = KeyParts &
  Pick<
    Latchkey,
    'users' | 'departures' | 'workspaces' | 'members' | 'initialize' | 'isInitialized' | 'resetRoot'
  >

/** Keys, the people and workspaces they belong to, and the first of them. */
function createRecords(shared: Shared): Records {
  const { store, settings } = shared
  const workspaces = createWorkspaces(shared)
  const initialize = createInitialize({ ...shared, root: settings.root })
  const keyParts = createKeyParts(shared)
  const users = createUsers(shared)
  return {
    ...keyParts,
    users,
    departures: createDepartures({ ...shared, keys: keyParts.keys, users }),
    workspaces,
    members: createMembers({ ...shared, workspaces }),
    initialize,
    isInitialized: createIsInitialized(store),
    resetRoot: createResetRoot({ ...shared, prefix: settings.root.keyPrefix, initialize }),
  }
}

type Money = Pick<Latchkey, 'accounts' | 'usage' | 'correct' | 'reservations' | 'verify'>

/** Verify, spending and usage. */
function createMoney(shared: Shared & Records): Money {
  const spending = createSpending(shared)
  return {
    accounts: createAccounts(shared),
    usage: createUsage(shared),
    correct: createCorrect(shared),
    reservations: createReservations({ ...shared, spending }),
    verify: createVerifier({ ...shared, spending }),
  }
}
