import { setImmediate as othersTurn } from 'node:timers/promises'
import type { Step } from '../sql/base/row-forms.ts'
import type { SqliteConnection, SqliteResult, SqliteStatement } from './connection.ts'

/** The engine, in this thread or in another one. It serves calls in their order. */
export interface SqliteEngine {
  execute(sql: string, parameters: readonly unknown[]): Promise<SqliteResult>
  /** Reads this many rows at a time, with turns of the event loop in between. An engine without it returns all rows at once. */
  pieces?(sql: string, parameters: readonly unknown[], count: number): AsyncIterable<unknown[]>
  /**
   * Runs statements one after the other until one fails, and returns the result of the last one. The transaction that begins with them
   * may have looked rows up before, through another connection. When another program has written since, the call fails with an error
   * that {@link isWrittenByOthers} recognises, and the transaction has to be repeated.
   */
  executeAll(statements: readonly SqliteStatement[], hasLookedUp?: boolean): Promise<SqliteResult>
  runSteps(steps: readonly Step[]): Promise<boolean>
  close(): Promise<void>
}

/** An engine in this thread, which blocks the thread for each statement, or for each piece of one. */
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
