import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'
import { requireStorableTexts } from '../sql/base/database.ts'
import type { QueryHints } from '../sql/base/query-hints.ts'
import type { SqliteStatement } from './connection.ts'
import type { SqliteEngine } from './engine.ts'

/** The connection as Kysely uses it, with the transaction that is open on it. */
export interface Transactions extends DatabaseConnection {
  /** Opens a transaction, with this statement first. */
  begin(sql: string): void
  commit(): Promise<void>
  rollback(): Promise<void>
}

/** A transaction in progress. */
interface Open {
  /** Statements that the engine has not got yet; they are sent with the next statement whose result is needed. */
  unsent: SqliteStatement[]
  hasBegun: boolean
  hasWritten: boolean
  hasLookedUp: boolean
}

/**
 * Collects the statements of a transaction into as few messages to the engine as possible: each message takes a pass of the event
 * loop, which may be long, while all others wait for the connection. Before it writes, a transaction reads through `lookUps`; nobody
 * else writes during its turn, so both see the same rows. A change is mostly two messages: its writes up to its revision, and the rest
 * with the commit.
 */
export function transactionsOn(engine: SqliteEngine, lookUps: SqliteEngine | null): Transactions {
  let open: Open | null = null

  async function send(last: SqliteStatement): Promise<{ rows: unknown[]; changes: number }> {
    if (open === null) return engine.execute(last.sql, last.parameters)
    const { unsent, hasLookedUp } = open
    open.unsent = []
    open.hasBegun = true
    if (unsent.length === 0) return engine.execute(last.sql, last.parameters)
    return engine.executeAll([...unsent, last], hasLookedUp)
  }

  async function flush(): Promise<void> {
    const last = open?.unsent.pop()
    if (last !== undefined) await send(last)
  }

  async function execute(query: CompiledQuery & QueryHints): Promise<{ rows: unknown[]; changes: number }> {
    const { sql, parameters } = query
    const isLookUp = query.isLookUp === true && query.query.kind === 'SelectQueryNode'
    if (open !== null && !open.hasWritten && isLookUp && lookUps !== null) {
      open.hasLookedUp = true
      return lookUps.execute(sql, parameters)
    }
    if (open !== null && !isLookUp) open.hasWritten = true
    if (open === null || query.canWait !== true) return send({ sql, parameters })
    open.unsent.push({ sql, parameters })
    return { rows: [], changes: 0 }
  }

  return {
    async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
      requireStorableTexts(query.parameters)
      const { rows, changes } = await execute(query)
      return { rows: rows as Row[], numAffectedRows: BigInt(changes) }
    },
    async *streamQuery<Row>(
      { sql, parameters }: CompiledQuery,
      count: number,
    ): AsyncGenerator<QueryResult<Row>> {
      requireStorableTexts(parameters)
      await flush()
      const pieces = engine.pieces?.(sql, parameters, count) ?? [(await engine.execute(sql, parameters)).rows]
      for await (const rows of pieces) yield { rows: rows as Row[] }
    },
    begin(sql) {
      open = { unsent: [{ sql, parameters: [] }], hasBegun: false, hasWritten: false, hasLookedUp: false }
    },
    async commit() {
      if (open?.hasBegun || open?.hasWritten) await send({ sql: 'commit', parameters: [] })
      open = null
    },
    async rollback() {
      const hasBegun = open?.hasBegun === true
      open = null
      if (!hasBegun) return
      try {
        await engine.execute('rollback', [])
      } catch (error) {
        // After a failed write (for example on a full disk) the engine has rolled back by itself.
        if (!String(error).includes('no transaction is active')) throw error
      }
    },
  }
}
