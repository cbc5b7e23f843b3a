import { type ClientConfig, Pool, type PoolConfig, types } from 'pg'

/** Every wait for a statement, a lock or a connection has a limit. */
const CONNECT_MS = 5_000
const LOCK_MS = 10_000
const STATEMENT_MS = 30_000
/** How long a transaction may wait for its next statement: the locks of a process that has stopped hold up the others no longer. */
const SILENCE_MS = 2_000
/** The time for an answer that never arrives because the connection is cut. */
const ANSWER_MS = 35_000

const INT8 = 20

/** The timeouts of the server, in milliseconds. */
export interface ServerBounds {
  lock_timeout: number
  statement_timeout: number
  idle_in_transaction_session_timeout: number
}

/** The bounds of sessions that set no others. */
export const SERVER_BOUNDS: ServerBounds = {
  lock_timeout: LOCK_MS,
  statement_timeout: STATEMENT_MS,
  idle_in_transaction_session_timeout: SILENCE_MS,
}

/** The same for transactions that only read: they lock nothing, and may wait for whoever takes their rows. */
export const READER_BOUNDS: ServerBounds = {
  ...SERVER_BOUNDS,
  idle_in_transaction_session_timeout: STATEMENT_MS,
}

/** The options of sessions at a URL, without settings on the session, which a pooler refuses. */
export function bareSessionsAt(url: string): ClientConfig {
  return {
    connectionString: url,
    application_name: 'latchkey',
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: ANSWER_MS,
    types: { getTypeParser: (oid, format) => (oid === INT8 ? BigInt : types.getTypeParser(oid, format)) },
  }
}

/** The options of sessions at a URL that are not a pooler's, with bounds on their statements. */
export function sessionsAt(url: string, bounds: ServerBounds = SERVER_BOUNDS): ClientConfig {
  return { ...bareSessionsAt(url), ...bounds, pipeline: true }
}

/** A pool of sessions. When a connection breaks, its statement fails; the error event that follows must not end the process. */
export function newPool(config: PoolConfig): Pool {
  const pool = new Pool(config)
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}
