import { setImmediate as othersTurn } from 'node:timers/promises'
import type { Step } from '../sql/base/row-forms.ts'
import type { SqliteConnection, SqliteResult, SqliteStatement } from './connection.ts'

/** The engine, wherever it runs: in this thread or in another one. It serves calls in their order. */
export interface SqliteEngine {
  execute(sql: string, parameters: readonly unknown[]): Promise<SqliteResult>
  /** Reads so many rows at a time, with turns of the event loop between; where it is absent all rows come at once. */
  pieces?(sql: string, parameters: readonly unknown[], count: number): AsyncIterable<unknown[]>
  /**
   * Runs statements one after the other until one fails, and answers what the last one has brought. A transaction that begins in them
   * may have looked things up before, through another connection. Where somebody else has written since this connection last
   * looked, it fails then with what {@link isWrittenByOthers} knows, and is to be made anew.
   */
  executeAll(statements: readonly SqliteStatement[], hasLookedUp?: boolean): Promise<SqliteResult>
  runSteps(steps: readonly Step[]): Promise<boolean>
  close(): Promise<void>
}

/** An engine in this thread, which stands still while it works on one statement, or on one piece of it. */
export function engineHere(connection: SqliteConnection): SqliteEngine {
  return {
    execute: async (sql, parameters) => connection.execute(sql, parameters),
    async *pieces(sql, parameters, count) {
      for (const piece of connection.pieces(sql, parameters, count)) {
        yield piece
        if (piece.length === count) await othersTurn()
      }
    },
    executeAll: async (statements, hasLookedUp) => connection.executeAll(statements, hasLookedUp),
    runSteps: async (steps) => connection.runSteps(steps),
    close: async () => connection.close(),
  }
}
