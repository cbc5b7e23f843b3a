import type { Step } from '../sql/base/row-forms.ts'
import type { SqliteConnection, SqliteResult } from './connection.ts'

/** The engine, wherever it runs: in this thread or in another one. It serves calls in their order. */
export interface SqliteEngine {
  execute(sql: string, parameters: readonly unknown[]): Promise<SqliteResult>
  runSteps(steps: readonly Step[]): Promise<boolean>
  close(): Promise<void>
}

/** An engine in this thread, which stands still while it works. */
export function engineHere(connection: SqliteConnection): SqliteEngine {
  return {
    execute: async (sql, parameters) => connection.execute(sql, parameters),
    runSteps: async (steps) => connection.runSteps(steps),
    close: async () => connection.close(),
  }
}
