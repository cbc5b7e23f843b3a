import { sql } from 'kysely'
import { Fault } from '../../../core/ground/faults.ts'
import { requireRoom, type SqlDatabase, transactLater } from './database.ts'

/** Whether the database takes writes, told by those that were made and, where there were none, by one of its own. */
export interface WriteProbe {
  /** Runs a write and remembers whether it came through. */
  watch<T>(write: () => Promise<T>): Promise<T>
  /** Throws `store_unavailable` when writes fail. Writes by itself at most once in {@link PROBE_MS}. */
  requireWritable(): Promise<void>
}

/** For how long a write that came through tells that the next one will. */
const TRUSTED_MS = 10_000
/** Between two writes of the probe, however often it is asked. */
const PROBE_MS = 1_000
/** A write that takes longer has failed as far as anybody can tell who waits. */
const ANSWER_MS = 5_000

/** Builds the probe. */
export function createWriteProbe(db: SqlDatabase, now: () => number = () => performance.now()): WriteProbe {
  let cameThroughAt = Number.NEGATIVE_INFINITY
  let probedAt = Number.NEGATIVE_INFINITY
  let failure: string | null = null
  let probing: Promise<void> | null = null

  function noteFailure(error: unknown): void {
    if (error instanceof Fault ? error.code !== 'store_unavailable' : db.failureOf(error) === null) return
    failure = String(error instanceof Fault ? (error.details.internal ?? error) : error)
  }

  async function watch<T>(write: () => Promise<T>): Promise<T> {
    try {
      const result = await write()
      cameThroughAt = now()
      failure = null
      return result
    } catch (error) {
      noteFailure(error)
      throw error
    }
  }

  /** One row of the probe's own, so that it waits for nobody's. */
  function write(): Promise<unknown> {
    return transactLater(db, (trx) =>
      sql`insert into meta (name, value) values ('write_probe', 1)
        on conflict (name) do update set value = meta.value + 1`.execute(trx),
    )
  }

  async function probe(): Promise<void> {
    probedAt = now()
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(
      () => late.reject(new Fault('store_unavailable', { internal: 'A write takes too long.' })),
      ANSWER_MS,
    )
    try {
      await watch(() => Promise.race([Promise.resolve().then(write), late.promise]))
    } catch (error) {
      // Whatever it is: nothing could be written.
      failure ??= String(error)
    } finally {
      clearTimeout(timer)
      probing = null
    }
  }

  return {
    watch,
    async requireWritable() {
      // Also while what cuts somebody off still comes through.
      requireRoom(db)
      const isKnown = failure === null && now() - cameThroughAt < TRUSTED_MS
      if (!isKnown && now() - probedAt >= PROBE_MS) probing ??= probe()
      if (!isKnown) await probing
      if (failure !== null) throw new Fault('store_unavailable', { internal: `Writes fail: ${failure}` })
    },
  }
}
