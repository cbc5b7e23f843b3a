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
import { createSpending } from './ledger/spending.ts'
import { type Accounts, createAccounts } from './metering/balances.ts'
import { type Correct, createCorrect } from './metering/corrections.ts'
import { createReservations, type Reservations } from './metering/reservations.ts'
import { createUsage, type Usage } from './metering/usage.ts'
import { NANO_PER_USD, type NanoUsd } from './money/money.ts'
import { createMembers, type Members } from './people/members.ts'
import { createUsers, type Users } from './people/users.ts'
import { createWorkspaces, type Workspaces } from './people/workspaces.ts'
import { createChanges } from './verify/changes.ts'
import { createFacts, type Facts } from './verify/facts.ts'
import type { RateLimiter } from './verify/rates.ts'
import { createLastUsed, type LastUsed } from './verify/uses.ts'
import { createVerifier, type VerifyKey } from './verify/verify.ts'

/** What an operator may choose about the core. */
export interface LatchkeySettings {
  /** What stands before the underscore of new secrets, per surface. */
  keyPrefixes: { native: string; goodmem: string; openrouter: string }
  /** How much one may have; what is absent is as the settings' table says. */
  bounds?: Partial<CoreBounds>
}

/** Bounds that an operator may choose. */
export interface CoreBounds {
  /** Memory for the facts that verify answers from, in bytes. */
  factsBytes: number
  /** Keys that one USER may own and that are not revoked. */
  keysPerUser: number
  /** Reservations of one key that are open at the same time. */
  holdsPerKey: number
  /** The largest amount of one event or hold. */
  amountMax: NanoUsd
}

/** The bounds where nothing was chosen. */
export const CORE_BOUNDS: CoreBounds = {
  factsBytes: 192 * 1024 * 1024,
  keysPerUser: 1_000,
  holdsPerKey: 1_000,
  amountMax: 10_000n * NANO_PER_USD,
}

/** The whole domain, without any way to reach it: what the dialects are adapters of. */
export interface Latchkey {
  keys: Keys
  ownKeys: OwnKeys
  /** Takes in keys that were made elsewhere. */
  importKeys: ImportKeys
  /** Ends many keys in one call. */
  revokeMany: RevokeMany
  users: Users
  workspaces: Workspaces
  members: Members
  accounts: Accounts
  usage: Usage
  /** Takes back what was recorded by mistake. */
  correct: Correct
  reservations: Reservations
  audit: Audit
  verify: VerifyKey
  authenticate: Authenticate
  recognise: Recognise
  authority: Authority
  initialize: Initialize
  resetRoot: ResetRoot
  /** Whether a secret is that of a usable key by which everything can be managed, whatever address it is bound to. */
  managesAll(secret: Secret): Promise<boolean>
  isInitialized(): Promise<boolean>
  idempotency: Idempotency
  facts: Facts
  ledger: Ledger
  rates: RateLimiter
  lastUsed: LastUsed
  /** Makes ids for records and requests. */
  newId: NewId
  clock: Clock
  settings: LatchkeySettings
}

/** Builds the domain over a store. */
export function createLatchkey(parts: {
  store: Store
  clock: Clock
  random: RandomBytes
  settings: LatchkeySettings
  /** Counts the rate limits of keys. */
  rates: RateLimiter
  /** Stands in for the ledger, for tests that plant mistakes in it. */
  ledger?: Ledger
}): Latchkey {
  const { store, clock, random, settings, rates } = parts
  const newId = idMaker(clock, random)
  const { factsBytes, keysPerUser, holdsPerKey, amountMax }: CoreBounds = {
    ...CORE_BOUNDS,
    ...settings.bounds,
  }
  const facts = createFacts({ store, clock, bytesMax: factsBytes })
  const changes = createChanges({ store, facts })
  const lastUsed = createLastUsed(store)
  const authority = createAuthority({ facts, clock, lastUsed })
  const ledger = parts.ledger ?? createLedger({ store, clock, holdsPerKey })
  const spending = createSpending({ store, ledger, rates, clock, newId, amountMax })
  const defaultPrefix = settings.keyPrefixes.native
  const keys = createKeys({ store, authority, changes, clock, random, newId, defaultPrefix, keysPerUser })
  const making = createMakeKey({ store, authority, changes, clock, newId, keysPerUser })
  const views = createKeyViews(store)
  const change = createChangeKey({ store, authority, changes, views, clock })
  const audit = createAudit({ store, clock, newId })
  const users = createUsers({ store, authority, changes, clock, newId })
  const workspaces = createWorkspaces({ store, authority, changes, clock, newId })
  const members = createMembers({ store, workspaces, authority, changes, clock })
  const initialize = createInitialize({
    store,
    changes,
    clock,
    random,
    newId,
    prefix: settings.keyPrefixes.goodmem,
  })
  return {
    keys,
    ownKeys: createOwnKeys({ store, facts, ledger, rates, authority, changes, clock }),
    importKeys: createImportKeys({ store, make: making, audit, clock }),
    revokeMany: createRevokeMany({ store, keys, change, audit, lastUsed, clock }),
    users,
    workspaces,
    members,
    accounts: createAccounts({ store, ledger, keys, users, workspaces }),
    usage: createUsage({ store, ledger, authority, clock, amountMax }),
    correct: createCorrect({ store, ledger, authority, clock, newId }),
    reservations: createReservations({ store, facts, ledger, spending, authority, clock, amountMax }),
    audit,
    verify: createVerifier({ store, facts, ledger, spending, rates, clock, lastUsed }),
    authenticate: authority.authenticate,
    recognise: authority.recognise,
    authority,
    isInitialized: createIsInitialized(store),
    initialize,
    managesAll: authority.managesAll,
    resetRoot: createResetRoot({
      store,
      initialize,
      changes,
      clock,
      random,
      newId,
      prefix: settings.keyPrefixes.goodmem,
    }),
    idempotency: createIdempotency({ store, clock }),
    facts,
    ledger,
    rates,
    lastUsed,
    newId,
    clock,
    settings,
  }
}
