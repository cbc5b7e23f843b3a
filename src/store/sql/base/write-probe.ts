import { sql } from 'kysely'
import { Fault } from '../../../core/ground/faults.ts'
import { requireRoom, type SqlDatabase, transactLater } from './database.ts'

/** Whether the database accepts writes: it observes the writes that happen and, when there are none, makes one of its own. */
export interface WriteProbe {
  /** Runs a write and remembers whether it succeeded. One that found nothing to write, as its result tells (`wrote`), proves nothing. */
  watch<T>(write: () => Promise<T>, wrote?: (result: T) => boolean): Promise<T>
  /** Throws `store_unavailable` when writes fail. Makes a write of its own at most once in {@link PROBE_MS}. */
  requireWritable(): Promise<void>
}

/** How long a successful write counts as proof that the next one will succeed. */
const TRUSTED_MS = 10_000
/** The shortest time between two writes of the probe, however often it is asked. */
const PROBE_MS = 1_000
/** A write that takes longer counts as failed. */
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

  async function watch<T>(write: () => Promise<T>, wrote: (result: T) => boolean = () => true): Promise<T> {
    try {
      const result = await write()
      if (!wrote(result)) return result
      cameThroughAt = now()
      failure = null
      return result
    } catch (error) {
      noteFailure(error)
      throw error
    }
  }

  /** The probe has a row of its own, so that it does not wait for the locks of others. */
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
      // Every error counts: nothing could be written.
      failure ??= String(error)
    } finally {
      clearTimeout(timer)
      probing = null
    }
  }

  return {
    watch,
    async requireWritable() {
      // A full disk counts as failing, even while changes that take access away are still written.
      requireRoom(db)
      const isKnown = failure === null && now() - cameThroughAt < TRUSTED_MS
      if (!isKnown && now() - probedAt >= PROBE_MS) probing ??= probe()
      if (!isKnown) await probing
      if (failure !== null) throw new Fault('store_unavailable', { internal: `Writes fail: ${failure}` })
    },
  }
}
