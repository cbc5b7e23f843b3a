import { type ClientConfig, Pool, type PoolConfig, types } from 'pg'

/** No statement, lock or connection is waited for without end. */
const CONNECT_MS = 5_000
const LOCK_MS = 10_000
const STATEMENT_MS = 30_000
/** For an answer that never comes because the way back is cut. */
const ANSWER_MS = 35_000

const INT8 = 20

/** The timeouts of the server, in milliseconds. */
export interface ServerBounds {
  lock_timeout: number
  statement_timeout: number
  idle_in_transaction_session_timeout: number
}

/** The bounds of all sessions that say nothing else. */
export const SERVER_BOUNDS: ServerBounds = {
  lock_timeout: LOCK_MS,
  statement_timeout: STATEMENT_MS,
  idle_in_transaction_session_timeout: STATEMENT_MS,
}

/** How sessions are made at a URL, without anything that is set on them: a pooler refuses that. */
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

/** How sessions are made at a URL that bound what their statements take. */
export function sessionsAt(url: string): ClientConfig {
  return { ...bareSessionsAt(url), ...SERVER_BOUNDS }
}

/** A pool of sessions. A connection that breaks fails the statement that it runs; that it says so once more must not end the process. */
export function newPool(config: PoolConfig): Pool {
  const pool = new Pool(config)
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}
