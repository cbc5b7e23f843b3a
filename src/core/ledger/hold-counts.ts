// Tests: test/money/nodes.test.ts, src/store/conformance/ledger-judged.conformance.ts
import { type BoundedMemory, createBoundedMemory } from '../ground/bounded-memory.ts'
import { MAX } from '../ground/bounds.ts'
import type { Instant } from '../ground/clock.ts'
import type { UserId } from '../types.ts'
import type { AccountMemory } from './account-memory.ts'
import type { AccountId, LedgerEntry, OpenHolds } from './entries.ts'
import type { Holds } from './holds.ts'
import type { LockedRows } from './judge.ts'
import { payerOf, type Unit } from './units.ts'

/** The open holds of an account as far as their maximum needs them: those of a copy, or their number alone. */
export type CountedHolds = Pick<Holds, 'count' | 'hasRunOut'>

/** What the last commits of this process have left: the open holds of users, each at a version of the account. */
export type KnownCounts = BoundedMemory<UserId, { version: number; open: Counted }>

interface Counted extends OpenHolds {
  /** Whether no hold has ended or changed since they were counted; else the earliest expiry may be later. */
  isExact: boolean
}

/** Builds a memory that knows no user. */
export function createKnownCounts(): KnownCounts {
  return createBoundedMemory({ isTooMuch: (count) => count > MAX.accountsInMemory })
}

/**
 * The open holds of users without a copy in memory, during one commit. Where other processes write, a copy is soon outdated, and reading it
 * again takes long when there are many holds. To keep their number within its maximum the number is enough.
 */
export interface HoldCounts {
  /**
   * Counts for the users who get new holds, unless their number is known. Returns those whose copies must be read instead, because some holds
   * must be ended to make a place, or because their limits need the copies (`needed`).
   */
  prepare(
    units: readonly Unit[],
    rows: LockedRows,
    asked: { needed: ReadonlySet<UserId>; now: Instant },
  ): Promise<UserId[]>
  /** The open holds of a user with the entries of this commit so far. */
  of(user: UserId): CountedHolds | undefined
  /** Counts an entry that the commit writes. */
  note(entry: LedgerEntry): void
  /** Keeps the counts for the next commit; `versionOf` is null after a commit that has failed, or may have. */
  finish(versionOf: ((account: AccountId) => number) | null): void
}

/** Builds the counts of one commit. */
export function createHoldCounts({
  memory,
  known,
  holdsPerUser,
}: {
  memory: Pick<AccountMemory, 'find'>
  known: KnownCounts
  holdsPerUser: number
}): HoldCounts {
  const open = new Map<UserId, Counted>()

  /** Takes over what is known of the users of all entries, so that it stays known when this commit has changed it. */
  function recall(units: readonly Unit[], rows: LockedRows): void {
    for (const { entries } of units) {
      const [first] = entries
      const id = first && payerOf(first).ownerId
      if (id === undefined || open.has(id) || memory.find(accountOf(id)) !== undefined) continue
      const last = known.get(id)
      if (last?.version === rows.versionOf(accountOf(id))) open.set(id, { ...last.open })
    }
  }

  return {
    async prepare(units, rows, { needed, now }) {
      open.clear()
      recall(units, rows)
      const added = newHoldsOf(units)
      const isFull = (id: UserId) => (open.get(id)?.count ?? 0) + (added.get(id) ?? 0) > holdsPerUser
      // A full account may have a place to make, which an exact expiry tells.
      const isDoubtful = (id: UserId) => isFull(id) && open.get(id)?.isExact !== true
      const asked = [...added.keys()].filter(
        (id) =>
          !needed.has(id) && memory.find(accountOf(id)) === undefined && (!open.has(id) || isDoubtful(id)),
      )
      const found = asked.length === 0 ? [] : await rows.countHolds(asked)
      for (const [n, counted] of found.entries()) {
        const id = asked[n]
        if (id !== undefined) open.set(id, { ...counted, isExact: true })
      }
      return [...added.keys()].filter((id) => isFull(id) && hasRunOut(open.get(id), now))
    },
    of(user) {
      const holds = open.get(user)
      return holds && { count: () => holds.count, hasRunOut: (at) => hasRunOut(holds, at) }
    },
    note(entry) {
      const holds = open.size === 0 ? undefined : open.get(payerOf(entry).ownerId)
      if (holds === undefined) return
      if (entry.kind === 'resolution' && entry.resolution.from === 'open') holds.count -= 1
      if (entry.kind === 'resolution' || entry.kind === 'extension') holds.isExact = false
      if (entry.kind !== 'hold') return
      holds.count += 1
      holds.runsOutAt = Math.min(holds.runsOutAt, entry.reservation.expiresAt)
    },
    finish(versionOf) {
      for (const [id, holds] of open) {
        if (versionOf === null) known.delete(id)
        else known.set(id, { version: versionOf(accountOf(id)), open: holds })
      }
    },
  }
}

/** How many new holds each user gets. */
export function newHoldsOf(units: readonly Unit[]): Map<UserId, number> {
  const added = new Map<UserId, number>()
  for (const { demand, entries } of units) {
    const [entry] = entries
    if (entry?.kind !== 'hold' || !demand?.chain.some(({ account }) => account.kind === 'user')) continue
    const { ownerId } = entry.reservation
    added.set(ownerId, (added.get(ownerId) ?? 0) + 1)
  }
  return added
}

function hasRunOut(holds: OpenHolds | undefined, at: Instant): boolean {
  return holds !== undefined && holds.count > 0 && holds.runsOutAt <= at
}

function accountOf(id: UserId): AccountId {
  return { kind: 'user', id }
}
