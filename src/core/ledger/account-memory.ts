import { LRUCache } from 'lru-cache'
import type { LedgerStore } from '../../store/ledger.ts'
import { MAX } from '../ground/bounds.ts'
import type { Clock, Instant } from '../ground/clock.ts'
import { type Caller, createTurns } from '../ground/turns.ts'
import { type Account, accountFrom, addWindows, applyEntry, nameOf } from './account.ts'
import type { AccountId, LedgerEntry, LedgerOutcome } from './entries.ts'
import type { Unit } from './units.ts'

/** The accounts in memory: what the store has of them, and what was counted since. */
export interface AccountMemory {
  /** The account, if memory holds it. */
  find(id: AccountId): Account | undefined
  /** Counts an entry that the store does not have yet. */
  count(unit: Unit, entry: LedgerEntry): void
  /** Takes in what became of an entry; null where it could not be written. */
  settle(unit: Unit, entry: LedgerEntry, outcome: LedgerOutcome | null): void
  /** Asks for an account to be read, with the windows of earlier instants, too. Resolves when it has been. */
  want(id: AccountId, reader: Caller, windowsAt: readonly Instant[]): Promise<void>
  isWanted(): boolean
  /** Reads the next accounts that are wanted. Nothing may be written meanwhile. */
  readNext(): Promise<void>
}

/** Builds a memory that holds nothing. */
export function createAccountMemory({ store, clock }: { store: LedgerStore; clock: Clock }): AccountMemory {
  const accounts = new LRUCache<string, Account>({ max: MAX.accountsInMemory })
  const wanted = new Map<string, Wanted>()
  const reads = createTurns<string>(1)
  /** What memory has counted and the store may not have, by account and in the order of counting. */
  const unwritten = new Map<string, Set<LedgerEntry>>()

  async function read(name: string): Promise<void> {
    const want = wanted.get(name)
    if (want === undefined) return
    const { id, loaded } = want
    try {
      const at = clock.now()
      const account = accountFrom(id, await store.readAccount(id, at), at)
      for (const earlier of want.windowsAt)
        addWindows(account, (await store.readAccount(id, earlier)).spend, earlier)
      // Nothing is being written now, so what was counted and not written is exactly what the store does not know yet.
      for (const entry of unwritten.get(name) ?? []) applyEntry(account, entry)
      accounts.set(name, account)
      loaded.resolve()
    } catch (error) {
      loaded.reject(error)
    } finally {
      wanted.delete(name)
    }
  }

  return {
    find: (id) => accounts.get(nameOf(id)),
    count(unit, entry) {
      for (const name of unit.accounts) {
        const known = unwritten.get(name) ?? new Set()
        unwritten.set(name, known.add(entry))
        const account = accounts.peek(name)
        if (account !== undefined) applyEntry(account, entry)
      }
    },
    settle({ counted, accounts: names }, entry, outcome) {
      // Whether or not the store has kept some of it, what it answers to the next read is the truth; and what was counted
      // though it was on disk before, the next read sets right.
      const isUnsure = outcome === null || (outcome === 'duplicate' && counted)
      for (const name of names) {
        const known = unwritten.get(name)
        if (counted && known?.delete(entry) && known.size === 0) unwritten.delete(name)
        const account = accounts.peek(name)
        if (isUnsure) accounts.delete(name)
        else if (outcome === 'written' && !counted && account !== undefined) applyEntry(account, entry)
      }
    },
    want(id, reader, windowsAt) {
      const name = nameOf(id)
      const pending = wanted.get(name)
      if (pending !== undefined) {
        // Too late for a read that is under way; then the caller asks again.
        pending.windowsAt.push(...windowsAt)
        return pending.loaded.promise
      }
      const loaded = Promise.withResolvers<void>()
      wanted.set(name, { id, loaded, windowsAt: [...windowsAt] })
      reads.add(reader, name, 1)
      return loaded.promise
    },
    isWanted: () => wanted.size > 0,
    async readNext() {
      await Promise.all(reads.take(MAX.ledgerReadsAtOnce).map(read))
    },
  }
}

/** An account that somebody waits for, and the earlier instants whose windows are wanted, too. */
interface Wanted {
  id: AccountId
  loaded: PromiseWithResolvers<void>
  windowsAt: Instant[]
}
