import { setImmediate as othersTurn } from 'node:timers/promises'
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'
import type { PoolClient } from 'pg'
import { requireStorableTexts } from '../sql/base/database.ts'
import type { QueryHints } from '../sql/base/query-hints.ts'

/** One session as Kysely uses it, with the transaction that is open on it. */
export interface Connection extends DatabaseConnection {
  client: PoolClient
  /** Set when the state of the session is unknown; then it is closed instead of used again. */
  broken: boolean
  begin(sql: string, kind: { isReadOnly: boolean }): Promise<void>
  commit(): Promise<void>
  rollback(): Promise<void>
}

/** A transaction in progress. */
interface Open {
  isReadOnly: boolean
  /** False until the answer to its beginning was seen. */
  hasBegun: boolean
}

/** The text of `pg` for an answer that takes too long. */
const LATE = /read timeout/i

const NOTHING = Promise.resolve(null)

/** A member of a client that its types lack: its socket, which can gather what is written. */
interface Wired {
  connection: { stream: { cork(): void; uncork(): void } }
}

/**
 * Builds the connection on a session. Where the session takes statements before it has answered the ones before (`pipeline`), those whose
 * results nobody needs are sent with the next one, and their answers seen with its answer, so that a change waits for fewer round trips.
 * The server runs them one after the other in any case.
 */
export function connectionOn(client: PoolClient, nameOf: (sql: string) => string | undefined): Connection {
  /** Answers that nobody has seen yet, in the order in which the statements were sent. */
  let unseen: Promise<unknown>[] = []
  let open: Open | null = null
  const { stream } = (client as unknown as Wired).connection
  let isHeld = false

  /** Waits for this answer and all before it. Throws the first failure: the server refuses whatever follows it in the transaction. */
  async function seen<T>(last: Promise<T>): Promise<T> {
    letGo()
    const before = unseen
    unseen = []
    for (const outcome of await Promise.allSettled([...before, last])) {
      if (outcome.status === 'fulfilled') continue
      // The late answer could arrive in the middle of the next caller's.
      if (LATE.test(String(outcome.reason))) connection.broken = true
      throw outcome.reason
    }
    if (open !== null) open.hasBegun = true
    return last
  }

  /** Leaves the answer to a statement to be seen with the next one. */
  function seeLater(answer: Promise<unknown>): void {
    answer.catch(() => {})
    unseen.push(answer)
  }

  /** Keeps what is written from now on, to be sent in one piece. */
  function hold(): void {
    if (!isHeld) stream.cork()
    isHeld = true
  }

  function letGo(): void {
    if (isHeld) stream.uncork()
    isHeld = false
  }

  async function executeQuery<Row>(query: CompiledQuery & QueryHints): Promise<QueryResult<Row>> {
    requireStorableTexts(query.parameters)
    const isRead = query.isLookUp === true && query.query.kind === 'SelectQueryNode'
    // If the transaction has not begun, a write would stay although the rest of its transaction fails. A read does no harm.
    if (open !== null && !open.hasBegun && !isRead) await seen(NOTHING)
    const canWait = client.pipeline && open !== null && query.canWait === true
    if (canWait) hold()
    const answer = ask(query)
    if (canWait) {
      seeLater(answer)
      return { rows: [] }
    }
    const { rows, rowCount } = await seen(answer)
    return { rows: rows as Row[], numAffectedRows: BigInt(rowCount ?? 0) }
  }

  // An error that `pg` throws at once must be seen in its turn like any other.
  async function ask({ sql, parameters }: CompiledQuery) {
    const name = nameOf(sql)
    const query = { text: sql, values: [...parameters] }
    return client.query(name === undefined ? query : { name, ...query })
  }

  const connection: Connection = {
    client,
    broken: false,
    executeQuery,
    // Rows arrive in pieces over the network in any case; a cursor would cost a short read two more round trips.
    async *streamQuery<Row>(query: CompiledQuery, count: number): AsyncGenerator<QueryResult<Row>> {
      const { rows } = await executeQuery<Row>(query)
      for (let from = 0; from < rows.length; from += count) {
        if (from > 0) await othersTurn()
        yield { rows: rows.slice(from, from + count) }
      }
    },
    async begin(sql, { isReadOnly }) {
      if (client.pipeline) hold()
      const begun = client.query(sql)
      open = { isReadOnly, hasBegun: false }
      if (client.pipeline) seeLater(begun)
      else await seen(begun)
    },
    async commit() {
      // Never sent behind an answer that is still to come: a statement that has failed on the way here would be missing in what is committed.
      if (unseen.length > 0) await seen(NOTHING)
      const ended = client.query('commit')
      // Everything was read. Whoever uses the session next sends behind it.
      if (client.pipeline && open?.isReadOnly) ended.catch(() => {})
      else await seen(ended)
      open = null
    },
    async rollback() {
      letGo()
      open = null
      unseen = []
      if (connection.broken) return
      try {
        await client.query('rollback')
      } catch {
        // The server rolls back the transaction of a lost session. The error that led here is the one that matters.
        connection.broken = true
      }
    },
  }
  return connection
}
