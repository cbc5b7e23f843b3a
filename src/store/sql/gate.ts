import type { Act } from '../../core/access/audit-entry.ts'
import { Fault } from '../../core/ground/faults.ts'
import type { Caller } from '../../core/ground/turns.ts'
import type { Revision } from '../../core/types.ts'
import { isNoSpace } from '../older-copy/no-space.ts'
import { createShortReads, workingFor } from '../reading/short-reads.ts'
import { createChangeTurns } from './base/change-turns.ts'
import { asFault, requireRoom, type SqlDatabase } from './base/database.ts'
import { createWriteProbe } from './base/write-probe.ts'
import { type LongReader, longReadsOf } from './long-reads.ts'

/** The result of a change: the changed record, or the revision alone. */
type Revised = Revision | { revision: Revision }

/** All callers for whom one read is made. No user has this name. */
const ALL: Caller = { userId: '', keyId: 'all' }

/** Makes a change for an act, in turn with the other changes of its record. */
type Change = <T extends Revised>(by: { act: Act }, record: string, work: () => Promise<T>) => Promise<T>

/** The ways in which the verbs of the store reach the database. Each turns the engine's errors into faults. */
export interface Gate {
  /** Runs the messages between processes, also while the database must not be used for anything else. */
  tell<T>(work: () => Promise<T>): Promise<T>
  /** Runs a read, or other work that needs nothing of the following. */
  call<T>(work: () => Promise<T>): Promise<T>
  /** Runs a short read, in turn with those of other callers. */
  look<T>(read: () => Promise<T>): Promise<T>
  /** The same for a read whose result many callers share: it belongs to none of them. */
  lookForAll<T>(read: () => Promise<T>): Promise<T>
  /** Runs a read that may take long, when it is the turn of the user for whom it is read. */
  read: LongReader
  /** The same, for the store's own work. */
  readOwn: LongReader
  /** Runs a write that is refused while the disk is full. `wrote` tells from its result whether it has written anything; always, when absent. */
  write<T>(work: () => Promise<T>, wrote?: (result: T) => boolean): Promise<T>
  /** Runs a write in turn with the changes of the caller. */
  writeInTurn<T>(by: Caller, work: () => Promise<T>): Promise<T>
  /** The same also while the disk is full, for few rows that may take access away. */
  writeUrgent<T>(by: Caller, work: () => Promise<T>): Promise<T>
  /** Changes a record, also while the disk is full, because the change may take access away. */
  change: Change
  /** Makes a change that takes no access away, and so can wait for room. */
  roomyChange: Change
  /** Throws `store_unavailable` unless writes succeed. */
  requireWritable(): Promise<void>
  /** Refuses further calls, and closes the database when nothing uses it any more. */
  close(): Promise<void>
}

/** Builds the gate of one database. */
export function createGate(db: SqlDatabase): Gate {
  const { call, tell, close } = createDoor(db)
  const turns = createChangeTurns(db.changesAtOnce ?? 1, (error) => db.failureOf(error)?.kind === 'locked')
  const probe = createWriteProbe(db)
  const reads = longReadsOf(db)
  const shortReads = createShortReads()

  const change: Change = ({ act }, record, work) =>
    call(async () => {
      const by = { userId: act.userId ?? '', keyId: act.keyId ?? '' }
      const changed = await turns.run(by, record, () => probe.watch(() => onceMoreIfFull(db, work), isNew))
      // The change is made, so the other nodes are to hear of it whether or not it can be answered.
      db.others?.announce()
      await note(revisionOf(changed))
      return changed
    })

  let newest: Revision = 0

  /** Whether a change has taken a revision. One without an effect answers with the present one, and may have written nothing. */
  function isNew(changed: Revised): boolean {
    const revision = revisionOf(changed)
    if (revision <= newest) return false
    newest = revision
    return true
  }

  /** The highest revision that could not be noted; null once it, or a higher one, is. */
  let unnoted: Revision | null = null

  async function note(revision: Revision): Promise<void> {
    try {
      await noteAnswer(db, revision)
    } catch (error) {
      unnoted = Math.max(unnoted ?? revision, revision)
      throw error
    }
    // A lower one may come through after a higher one has failed.
    if (unnoted !== null && unnoted <= revision) unnoted = null
  }

  function write<T>(work: () => Promise<T>, wrote?: (result: T) => boolean): Promise<T> {
    return call(() =>
      probe.watch(async () => {
        requireRoom(db)
        return work()
      }, wrote),
    )
  }

  return {
    tell,
    call,
    look: (read) => call(() => shortReads(read)),
    lookForAll: (read) => call(() => workingFor(ALL, () => shortReads(read))),
    read: (name, by, ...args) => call(() => reads(name, by, ...args)),
    readOwn: reads,
    write,
    writeUrgent: (by, work) =>
      call(() => turns.run(by, null, () => probe.watch(() => onceMoreIfFull(db, work)))),
    writeInTurn: (by, work) => write(() => turns.run(by, null, work)),
    change,
    roomyChange: (by, record, work) =>
      change(by, record, async () => {
        requireRoom(db)
        return work()
      }),
    async requireWritable() {
      // Without its note no change is answered, although the database itself may accept writes.
      if (unnoted !== null) await note(unnoted)
      await probe.requireWritable()
    },
    close,
  }
}

function revisionOf(changed: Revised): Revision {
  return typeof changed === 'number' ? changed : changed.revision
}

/** Tries a change that found no room once more. The disk is now known to be full, so a change that takes access away gets the reserve. */
async function onceMoreIfFull<T>(db: SqlDatabase, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (db.disk === undefined || db.failureOf(error)?.kind !== 'full') throw error
    db.disk.noteFull()
    return await work()
  } finally {
    await db.disk?.makeBestOfIt()
  }
}

/**
 * Notes that the revision of a committed change will be answered. On a full disk a file system that never writes in place (ZFS, Btrfs)
 * needs room for it, too, and gets the reserve.
 */
async function noteAnswer(db: SqlDatabase, revision: Revision): Promise<void> {
  try {
    await db.willAnswer?.(revision).catch(async (error: unknown) => {
      if (db.disk === undefined || !isNoSpace(error)) throw error
      db.disk.noteFull()
      db.disk.giveUp()
      await db.willAnswer?.(revision)
    })
  } catch (error) {
    if (error instanceof Fault) throw error
    throw new Fault('store_unavailable', { internal: String(error) }, { cause: error })
  }
}

/** Counts the calls under way, so that the database is closed only when there are none. */
function createDoor(db: SqlDatabase) {
  let running = 0
  let whenIdle: (() => void) | null = null
  let closing: Promise<void> | null = null

  async function tell<T>(work: () => Promise<T>): Promise<T> {
    if (closing !== null) throw new Fault('store_unavailable', { internal: 'The store is closed.' })
    running += 1
    try {
      return await work()
    } catch (error) {
      throw asFault(db, error)
    } finally {
      running -= 1
      if (running === 0) whenIdle?.()
    }
  }

  async function closeWhenIdle(): Promise<void> {
    if (running > 0) await new Promise<void>((resolve) => (whenIdle = resolve))
    await db.close()
  }

  return {
    tell,
    call: <T>(work: () => Promise<T>) =>
      tell(() => {
        db.requireOwnership()
        return work()
      }),
    close() {
      closing ??= closeWhenIdle()
      return closing
    },
  }
}
