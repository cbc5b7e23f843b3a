import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely, type LogEvent } from 'kysely'
import { Pool, types } from 'pg'
import { postgresDialect } from '../../src/store/postgres/driver.ts'
import { openPostgres } from '../../src/store/postgres/open.ts'
import type { SqlDatabase } from '../../src/store/sql/base/database.ts'
import type { Step } from '../../src/store/sql/base/row-forms.ts'
import type { Tables } from '../../src/store/sql/base/tables.ts'
import { createSqlStore } from '../../src/store/sql/store.ts'
import { connectSqlite, IN_TIME } from '../../src/store/sqlite/connection.ts'
import { connectionOn } from '../../src/store/sqlite/driver.ts'
import { engineHere } from '../../src/store/sqlite/engine.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import type { Store } from '../../src/store/store.ts'
import { ledgerFill } from './fill-ledger.ts'
import { postgresForTests } from './postgres.ts'
import { type PlanNode, postgresReads, sqliteReads, type TableRead } from './query-plans.ts'

const INT8 = 20

/** A filled database that tells how its statements read. */
export interface FilledEngine {
  name: string
  store: Store
  /** The reads of the tables by the statements of a call. */
  readsOf(call: () => Promise<unknown>): Promise<TableRead[][]>
  close(): Promise<void>
}

interface Statement {
  sql: string
  parameters: readonly unknown[]
}

const seen: Statement[] = []
function noteStatements({ query: { sql, parameters } }: LogEvent): void {
  if (!/^(begin|commit|set|start|rollback)/.test(sql)) seen.push({ sql, parameters })
}

/** The same database, but what it is asked is noted, and steps are noted and not run. */
function noting(db: SqlDatabase, kysely: Kysely<Tables>): SqlDatabase {
  return {
    ...db,
    writer: kysely,
    chores: kysely,
    reader: kysely,
    // Here, where they are noted.
    longReads: null,
    runSteps: async (steps) => noteSteps(steps),
    ...(db.runDecided && {
      async runDecided(decide) {
        let fits = false
        const decided = kysely.transaction().execute(async (trx) => {
          fits = noteSteps(await decide(trx))
          throw new Undone()
        })
        await decided.catch((error) => {
          if (!(error instanceof Undone)) throw error
        })
        return fits
      },
    }),
  }
}

class Undone extends Error {}

/** False at first, as if something had been written before, so that what is stored is read, once. */
function noteSteps(steps: readonly Step[]): boolean {
  for (const { rows, statements } of steps)
    for (const { sql } of statements) seen.push({ sql, parameters: [rows] })
  return noted++ > 0
}

let noted = 0

async function statementsOf(call: () => Promise<unknown>): Promise<Statement[]> {
  seen.length = 0
  noted = 0
  await call()
  return [...seen]
}

async function filledSqlite(tables: ReadonlySet<string>): Promise<FilledEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-plans-'))
  const path = join(folder, 'latchkey.db')
  const db = await openSqlite(path, unexpected)
  const database = new DatabaseSync(path)
  database.function(IN_TIME, (_column) => 1)
  database.exec('pragma foreign_keys = off; begin')
  for (const statement of ledgerFill()) database.exec(statement)
  database.exec('commit')
  const { dialect } = connectionOn(engineHere(connectSqlite({ path, readOnly: false, journal: 'wal' })))
  const kysely = new Kysely<Tables>({ dialect, log: noteStatements })
  return {
    name: 'SQLite',
    store: createSqlStore(noting(db, kysely)),
    async readsOf(call) {
      return (await statementsOf(call)).map(({ sql, parameters }) => {
        const values = sql.includes('?1') ? [] : (parameters as (string | bigint)[])
        const steps = database.prepare(`explain query plan ${sql}`).all(...values)
        return sqliteReads({ sql, details: steps.map((step) => String(step.detail)) }, tables)
      })
    },
    async close() {
      database.close()
      await kysely.destroy()
      await db.close()
      rmSync(folder, { recursive: true })
    },
  }
}

async function filledPostgres(tables: ReadonlySet<string>): Promise<FilledEngine | null> {
  const postgres = await postgresForTests()
  if ('absent' in postgres) return null
  const { url, drop } = await postgres.migratedDatabase()
  const db = await openPostgres(url)
  const pool = new Pool({
    connectionString: url,
    types: { getTypeParser: (oid, format) => (oid === INT8 ? BigInt : types.getTypeParser(oid, format)) },
  })
  for (const statement of ledgerFill()) await pool.query(statement)
  await pool.query('analyze')
  const kysely = new Kysely<Tables>({ dialect: postgresDialect(pool), log: noteStatements })
  return {
    name: 'PostgreSQL',
    store: createSqlStore(noting(db, kysely)),
    async readsOf(call) {
      const reads: TableRead[][] = []
      for (const { sql, parameters } of await statementsOf(call)) {
        const { rows } = await pool.query(`explain (format json) ${sql}`, [...parameters])
        const [{ Plan: plan }] = rows[0]['QUERY PLAN'] as [{ Plan: PlanNode }]
        reads.push(postgresReads(plan, tables))
      }
      return reads
    },
    async close() {
      await kysely.destroy()
      await db.close()
      await drop()
    },
  }
}

/** Every database with the rows of {@link ledgerFill}; PostgreSQL only where there is one. */
export async function filledEngines(tables: ReadonlySet<string>): Promise<FilledEngine[]> {
  return [await filledSqlite(tables), await filledPostgres(tables)].filter((engine) => engine !== null)
}

function unexpected(reason: string): void {
  throw new Error(reason)
}
