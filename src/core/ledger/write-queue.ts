// Tests: src/core/ledger/ledger.test.ts, src/store/ledger-faults.test.ts
import type { LedgerStore } from '../../store/ledger.ts'
import { MAX } from '../ground/bounds.ts'
import { elapsedMsOf } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import { type Caller, createTurns } from '../ground/turns.ts'
import { nameOf } from './account.ts'
import { createBreaks } from './breaks.ts'
import { type DecidingParts, judgeOf } from './deciding.ts'
import type { LedgerOutcome } from './entries.ts'
import { createHeldUp } from './held-up.ts'
import { createPace } from './pace.ts'
import { createRepeats } from './repeats.ts'
import { recordsOf, type Unit } from './units.ts'

/** The units that wait to be written. They are written in commits of a few milliseconds, in which callers take turns. */
export interface WriteQueue {
  /** Throws `rate_limited` if the caller has too many waiting rows to add this weight. */
  requireRoom(caller: Caller | null, weight: number): void
  /** Resolves when the admitted entries of the unit are on disk. */
  add(unit: Unit): Promise<LedgerOutcome[]>
  /** Starts the work if it is not running. */
  stir(): void
  /** Resolves when the commit in progress has ended. */
  settled(): Promise<void>
  /** Resolves when everything added before is on disk or has failed. */
  drained(): Promise<void>
}

/** Builds the queue of one ledger. Accounts are read between two commits, so that no read meets a half-written batch. */
export function createWriteQueue(parts: DecidingParts & { store: LedgerStore }): WriteQueue {
  const { store, clock, memory } = parts
  const turns = createTurns<Unit>()
  const pace = createPace()
  const sharing = createSharing()
  const waiting = createWaitingRows()
  const breaks = createBreaks(() => elapsedMsOf(clock))
  const repeats = createRepeats()
  const heldUp = createHeldUp({
    async isHeldUp(unit) {
      const records = recordsOf(unit)
      const locked = await store.findLocked(unit.entries, records).catch(() => [])
      const names = [...unit.accounts, ...records].map(nameOf)
      return locked.some((account) => names.includes(nameOf(account)))
    },
    onFree: stir,
  })
  let news = Promise.withResolvers<void>()
  let working: Promise<void> | null = null
  let committing: Promise<void> = Promise.resolve()

  function enqueue(unit: Unit): void {
    turns.add(unit.caller, unit, unit.weight)
  }

  /** Serves reads and writes in turns until there are none left. */
  async function work(): Promise<void> {
    // One turn later, so that callers of the same turn share a batch.
    await Promise.resolve()
    while (turns.count() > 0 || memory.isWanted() || heldUp.count() > 0) {
      await memory.readNext()
      goOn()
      const isShared = sharing.isShared(turns.users())
      const weightMax = pace.weightMax(isShared)
      const isBreak = isShared && breaks.isOn()
      breaks.looks()
      const batch = turns
        .take(weightMax, isBreak ? waiting.isBacklog : undefined)
        .filter((unit) => !heldUp.keeps(unit))
      if (batch.length > 0) {
        const isOfBacklog =
          isShared && batch.some(({ caller }) => caller !== null && waiting.isBacklog(caller.userId))
        const beganMs = elapsedMsOf(clock)
        const commit = write(batch)
        committing = commit.then(() => {})
        // Where everything was written before, nothing has waited for the store's writer, and the event loop has not gone on.
        if (!(await commit)) await nextPass()
        if (isOfBacklog) breaks.begin(elapsedMsOf(clock) - beganMs)
      } else if (isBreak && turns.count() > 0 && !memory.isWanted()) await breaks.wait()
      else if (turns.count() === 0 && !memory.isWanted() && heldUp.count() > 0) await news.promise
    }
    working = null
  }

  function stir(): void {
    breaks.someoneElseWaits()
    wake()
  }

  function wake(): void {
    news.resolve()
    news = Promise.withResolvers()
    working ??= work()
  }

  /** Queues the units again that were set aside and need not wait any longer. */
  function goOn(): void {
    const { free, givenUp } = heldUp.takeFree()
    for (const unit of free) enqueue(unit)
    for (const [unit, error] of givenUp) fail(unit, error)
  }

  /** Resolves to whether anything was written. */
  async function write(batch: readonly Unit[]): Promise<boolean> {
    const judge = judgeOf(batch, parts)
    try {
      const outcomes = await store.commitLedger(
        batch.flatMap(({ entries }) => entries),
        judge,
        { areNew: !repeats.areLikely(batch) },
      )
      // The time from which it held the locks: the wait for them says nothing about the cost of rows.
      const startedAt = judge.finish(true)
      const weight = batch.reduce((sum, unit) => sum + unit.weight, 0)
      // Rows that are not written say nothing about the cost of rows.
      if (!outcomes.includes('duplicate')) pace.note(weight, clock.now() - startedAt)
      let next = 0
      for (const unit of batch) {
        const own = outcomes.slice(next, next + unit.entries.length)
        next += unit.entries.length
        waiting.take(unit.caller, unit.weight)
        repeats.note(unit, own)
        unit.written.resolve(own)
      }
      return outcomes.includes('written')
    } catch (error) {
      judge.finish(false)
      if (error instanceof Fault && error.details.heldUp) return writeOthers(batch, error)
      // A unit that can never be written must not fail the others of its batch.
      if (batch.length > 1 && error instanceof Fault && error.code !== 'store_unavailable')
        return writeHalves(batch)
      for (const unit of [...batch, ...hopelessWith(error)]) fail(unit, error)
      return false
    }
  }

  /** Takes the waiting units that would each wait as long as this commit, and as much in vain. */
  function hopelessWith(error: unknown): readonly Unit[] {
    return error instanceof Fault && error.details.allLocked ? turns.take(Number.POSITIVE_INFINITY) : []
  }

  async function writeHalves(batch: readonly Unit[]): Promise<boolean> {
    const half = batch.length >> 1
    const first = await write(batch.slice(0, half))
    const second = await write(batch.slice(half))
    return first || second
  }

  /** Sets aside the units of locked accounts, and writes the rest. */
  async function writeOthers(batch: readonly Unit[], error: Fault): Promise<boolean> {
    const entries = batch.flatMap((unit) => unit.entries)
    const records = batch.flatMap(recordsOf)
    const locked = await store.findLocked(entries, records).catch(() => [])
    // The lock is gone, or is on rows that are not searched.
    if (locked.length === 0 && batch.length > 1) return writeHalves(batch)
    const accounts = locked.length === 0 ? (batch[0]?.accounts.slice(0, 1) ?? []) : locked
    heldUp.note(accounts.map(nameOf), error)
    const others = batch.filter((unit) => !heldUp.keeps(unit))
    return others.length > 0 && (await write(others))
  }

  function fail(unit: Unit, error: unknown): void {
    waiting.take(unit.caller, unit.weight)
    unit.written.reject(error)
  }

  return {
    requireRoom: waiting.requireRoom,
    add(unit) {
      if (!waiting.hasRows(unit.caller)) breaks.someoneElseWaits()
      waiting.add(unit.caller, unit.weight)
      enqueue(unit)
      wake()
      return unit.written.promise
    },
    stir,
    settled: () => committing,
    async drained() {
      while (working !== null) await working
    },
  }
}

function nextPass(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** The number of commits for which the queue counts as shared after two users had something waiting: a second or so. */
const SHARED_COMMITS = 128

/** Knows whether several users write at the moment: then a new caller should not wait for a long commit of one of them. */
function createSharing() {
  let left = 0
  return {
    /** Asked once for each commit, with the number of users that wait for it. */
    isShared(users: number): boolean {
      left = users > 1 ? SHARED_COMMITS : Math.max(0, left - 1)
      return left > 0
    },
  }
}

/** Counts each user's waiting rows; the server's own rows are not bounded. */
function createWaitingRows() {
  const rowsOf = new Map<string, number>()

  function add(caller: Caller | null, weight: number): void {
    if (caller === null) return
    const rows = (rowsOf.get(caller.userId) ?? 0) + weight
    if (rows > 0) rowsOf.set(caller.userId, rows)
    else rowsOf.delete(caller.userId)
  }

  return {
    add,
    isBacklog: (userId: string) => (rowsOf.get(userId) ?? 0) > MAX.backlogRows,
    hasRows: (caller: Caller | null) => caller !== null && rowsOf.has(caller.userId),
    take: (caller: Caller | null, weight: number) => add(caller, -weight),
    requireRoom(caller: Caller | null, weight: number): void {
      const rows = caller === null ? 0 : (rowsOf.get(caller.userId) ?? 0)
      if (rows === 0 || rows + weight <= MAX.ledgerRowsWaiting) return
      const message = 'Too many records of this user wait to be written. Send fewer at a time.'
      throw new Fault('rate_limited', { message, retryAfterMs: 1_000 })
    },
  }
}
