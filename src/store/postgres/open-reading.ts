import { Kysely } from 'kysely'
import type { Lane } from '../reading/lanes.ts'
import type { ReadingDatabase } from '../reading/serve.ts'
import type { SqlFailure } from '../sql/base/database.ts'
import type { Tables } from '../sql/base/tables.ts'
import { POSTGRES_CAPABILITIES } from './capabilities.ts'
import { postgresDialect, postgresFailure } from './driver.ts'
import { bareSessionsAt, newPool, SERVER_BOUNDS, sessionsAt } from './sessions.ts'

/** The database, and what its long reads of one lane may take. */
export interface ReadingPlace {
  url: string
  limitMs: number
  connections: number
  /** See `isPooled`. */
  pooled?: boolean
}

/** Connections for long reads, which those that must not wait for them never use. */
export const READING_CONNECTIONS: Record<Lane, number> = { lists: 3, reports: 2 }

/** What a statement of ours that was ended by its time is called. An operator who ends one is obeyed in the same words. */
const CANCELLED = '57014'
/** For an answer that never comes because the way back is cut. */
const ANSWER_MS = 4_000

/** Opens a database, which has this program's schema, for reads in this thread. */
export function openForReading({ url, limitMs, connections, pooled = false }: ReadingPlace): ReadingDatabase {
  const sessions = pooled ? bareSessionsAt(url) : sessionsAt(url)
  const pool = newPool({ ...sessions, query_timeout: limitMs + ANSWER_MS, max: connections })
  const use = { settings: readSettings(limitMs), ...(pooled && { pooled: SERVER_BOUNDS }) }
  const kysely = new Kysely<Tables>({ dialect: postgresDialect(pool, use) })
  return {
    db: {
      writer: kysely,
      reader: kysely,
      runSteps: () => Promise.reject(new Error('Nothing is written here.')),
      runDecided: null,
      longReads: null,
      requireOwnership() {},
      ...POSTGRES_CAPABILITIES,
      failureOf: readFailure,
      close: () => kysely.destroy(),
    },
    // Each transaction brings its own, see below.
    startTime() {},
  }
}

/**
 * What is set at the beginning of each transaction, because a pooler in between may give every transaction another session. One
 * report uses one of the server's processors, and none is compiled, which takes longer than most of them.
 */
function readSettings(limitMs: number): string {
  return `set local statement_timeout = ${limitMs}; set local max_parallel_workers_per_gather = 0; set local jit = off`
}

function readFailure(error: unknown): SqlFailure | null {
  if (error instanceof Error && 'code' in error && error.code === CANCELLED) return { kind: 'late' }
  return postgresFailure(error)
}
