import { Kysely } from 'kysely'
import type { Lane } from '../reading/lanes.ts'
import { type ReadingDatabase, readingOn } from '../reading/reading-database.ts'
import type { SqlFailure } from '../sql/base/database.ts'
import type { Tables } from '../sql/base/tables.ts'
import { POSTGRES_CAPABILITIES } from './capabilities.ts'
import { postgresDialect, postgresFailure } from './driver.ts'
import { bareSessionsAt, newPool, READER_BOUNDS, sessionsAt } from './sessions.ts'

/** The database, and the bounds of the long reads of one lane. */
export interface ReadingPlace {
  url: string
  lane: Lane
  limitMs: number
  connections: number
  /** See `isPooled`. */
  pooled?: boolean
}

/** Connections for long reads; work that must not wait for long reads has others. */
export const READING_CONNECTIONS: Record<Lane, number> = { lists: 3, reports: 2 }

/** The code of a statement that its time limit has ended. It is also the code of one that an operator has ended. */
const CANCELLED = '57014'
/** The time for an answer that never arrives because the connection is cut. */
const ANSWER_MS = 4_000

/** Opens a database that has this program's schema, for reads in this thread. */
export function openForReading({
  url,
  lane,
  limitMs,
  connections,
  pooled = false,
}: ReadingPlace): ReadingDatabase {
  const sessions = pooled ? bareSessionsAt(url) : sessionsAt(url, READER_BOUNDS)
  const pool = newPool({ ...sessions, query_timeout: limitMs + ANSWER_MS, max: connections })
  const use = { settings: readSettings(lane, limitMs), ...(pooled && { pooled: READER_BOUNDS }) }
  const kysely = new Kysely<Tables>({ dialect: postgresDialect(pool, use) })
  return {
    db: readingOn(kysely, { ...POSTGRES_CAPABILITIES, failureOf: readFailure }),
    // Each transaction sets its own bounds, see below.
    startTime() {},
  }
}

/**
 * The settings at the beginning of each transaction, because a pooler may give every transaction another session. One report uses one
 * processor of the server, and none is compiled, because compiling takes longer than most of them. A plan for any values would be kept
 * with a statement that repeats, and read whole tables: how many rows a filter finds depends on its value.
 */
export function readSettings(lane: Lane, limitMs: number): string {
  const settings = {
    statement_timeout: limitMs,
    max_parallel_workers_per_gather: 0,
    jit: 'off',
    plan_cache_mode: 'force_custom_plan',
    ...(lane === 'lists' && ROW_BY_ROW),
  }
  return Object.entries(settings)
    .map(([name, value]) => `set local ${name} = ${value}`)
    .join('; ')
}

// Every list ends after some rows of an index. Any other way reads all rows that match, or all rows, before the first one is known.
const ROW_BY_ROW = { enable_seqscan: 'off', enable_bitmapscan: 'off' }

function readFailure(error: unknown): SqlFailure | null {
  if (error instanceof Error && 'code' in error && error.code === CANCELLED) return { kind: 'late' }
  return postgresFailure(error)
}
