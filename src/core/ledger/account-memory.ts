// Tests: src/core/ledger/ledger.test.ts, src/core/ledger/many-holds.test.ts, test/money
import type { LedgerStore } from '../../store/ledger.ts'
import { type BoundedMemory, createBoundedMemory, type Place } from '../ground/bounded-memory.ts'
import { MAX } from '../ground/bounds.ts'
import type { Clock, Instant } from '../ground/clock.ts'
import { type Caller, createTurns } from '../ground/turns.ts'
import { calendarOf } from '../money/windows.ts'
import { type Account, accountFrom, addWindows, coversWindows, nameOf } from './account.ts'
import type { AccountId, AccountState } from './entries.ts'

/** Copies of the stored accounts. Where other processes write, too, a copy may soon be outdated. */
export interface AccountMemory {
  /** The copy, if memory holds one, however old. */
  find(id: AccountId): Account | undefined
  /** The copy, if it has the windows of these instants and is recent enough to decide from. */
  current(id: AccountId, instants: readonly Instant[]): Account | undefined
  /** The copy with its place in memory, if there is one, however old. */
  placeOf(id: AccountId): Place<Account> | undefined
  /** Whether a copy is not too old to answer from. */
  isRecent(account: Account, now: Instant): boolean
  /** Drops copies. */
  forget(ids: Iterable<AccountId>): void
  /** Requests a read of the account, with the windows of earlier instants as well. Resolves when it is in memory. */
  want(id: AccountId, reader: Caller, windowsAt: readonly Instant[]): Promise<void>
  isWanted(): boolean
  /** Reads the next requested accounts. The ledger must not write meanwhile. */
  readNext(): Promise<void>
  /** Reads the accounts that memory lacks, or whose copy lacks the windows of one of these instants. */
  complete(accounts: readonly AccountId[], instants: readonly Instant[], read: ReadAccounts): Promise<void>
}

/** Reads accounts, in their order, with the sums of the windows of one instant. */
export type ReadAccounts = (accounts: readonly AccountId[], at: Instant) => Promise<AccountState[]>

/** Builds a memory that holds nothing. */
export function createAccountMemory({ store, clock }: { store: LedgerStore; clock: Clock }): AccountMemory {
  // An id is looked up as it is: a name for kind and id together would be made, and hashed, some ten times for each charge.
  const isTooMuch = (count: number) => count > MAX.accountsInMemory
  const copies: Record<AccountId['kind'], BoundedMemory<string, Account>> = {
    key: createBoundedMemory({ isTooMuch }),
    user: createBoundedMemory({ isTooMuch }),
    workspace: createBoundedMemory({ isTooMuch }),
  }
  const find = ({ kind, id }: AccountId) => copies[kind].peek(id)
  const wanted = new Map<string, Wanted>()
  const reads = createTurns<string>()

  function has(id: AccountId, at: Instant): boolean {
    const account = find(id)
    return account !== undefined && coversWindows(account, at)
  }

  function isRecent({ readAt }: Account, now: Instant): boolean {
    if (!store.sharesAccounts) return true
    const ageMs = now - readAt
    // A negative age means that the clock was set back: the true age is unknown.
    return ageMs >= 0 && ageMs < MAX.accountAgeMs
  }

  async function complete(
    ids: readonly AccountId[],
    [at, ...earlier]: readonly Instant[],
    read: ReadAccounts,
  ): Promise<void> {
    if (at === undefined) return
    const missing = ids.filter((id) => !has(id, at))
    for (const [n, state] of (await readSome(missing, at, read)).entries()) {
      const id = missing[n]
      if (id === undefined) continue
      const account = await accountFrom(id, state, at)
      const limits = find(id)?.limits ?? null
      copies[id.kind].set(id.id, { ...account, limits })
    }
    // An account may have very many holds, and they are read each time. All instants of a day lie in the same windows.
    const days = new Map(earlier.map((instant) => [calendarOf(instant).day, instant]))
    for (const instant of days.values()) {
      const lacking = ids.filter((id) => !has(id, instant))
      for (const [n, { spend }] of (await readSome(lacking, instant, read)).entries()) {
        const account = lacking[n] && find(lacking[n])
        if (account !== undefined) addWindows(account, spend, instant)
      }
    }
  }

  /** Keeps the copies whose version is the stored one; drops the others, which are then read again. */
  async function revise(wants: readonly Wanted[], at: Instant): Promise<void> {
    const known = wants.filter(({ id }) => find(id) !== undefined)
    const versions = known.length === 0 ? [] : await store.readVersions(known.map(({ id }) => id))
    for (const [n, { id }] of known.entries()) {
      const account = find(id)
      if (account !== undefined && account.version === versions[n]) account.readAt = at
      else copies[id.kind].delete(id.id)
    }
  }

  async function read(wants: readonly Wanted[]): Promise<void> {
    try {
      const at = clock.now()
      if (store.sharesAccounts) await revise(wants, at)
      const earlier = new Set(wants.flatMap(({ windowsAt }) => windowsAt))
      const ids = wants.map(({ id }) => id)
      // Earlier instants are rare, so it is cheap to read their windows for every account of this round.
      await complete(ids, [at, ...earlier], store.readAccounts)
      for (const { loaded } of wants) loaded.resolve()
    } catch (error) {
      for (const { loaded } of wants) loaded.reject(error)
    }
  }

  return {
    find,
    current(id, instants) {
      const account = copies[id.kind].get(id.id)
      if (account === undefined || !instants.every((at) => coversWindows(account, at))) return undefined
      return !store.sharesAccounts || isRecent(account, clock.now()) ? account : undefined
    },
    placeOf: ({ kind, id }) => copies[kind].placeOf(id),
    isRecent,
    forget(ids) {
      for (const { kind, id } of ids) copies[kind].delete(id)
    },
    want(id, reader, windowsAt) {
      const name = nameOf(id)
      const pending = wanted.get(name)
      if (pending !== undefined) {
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
      const wants = reads.take(MAX.ledgerReadsAtOnce).flatMap((name) => wanted.get(name) ?? [])
      // A request from now on may need data that this read does not see, so it starts another read.
      for (const { id } of wants) wanted.delete(nameOf(id))
      if (wants.length > 0) await read(wants)
    },
    complete,
  }
}

function readSome(
  ids: readonly AccountId[],
  at: Instant,
  read: ReadAccounts,
): Promise<AccountState[]> | readonly AccountState[] {
  return ids.length === 0 ? [] : read(ids, at)
}

/** An account that is waited for, and the earlier instants whose windows are needed as well. */
interface Wanted {
  id: AccountId
  loaded: PromiseWithResolvers<void>
  windowsAt: Instant[]
}
