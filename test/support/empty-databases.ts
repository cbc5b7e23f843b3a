import { join } from 'node:path'
import { postgresForTests } from './postgres.ts'
import { temporaryFolder } from './server.ts'

const postgres = await postgresForTests()
const drops: (() => Promise<unknown>)[] = []

async function emptySqlite(): Promise<string> {
  return `sqlite:${join(temporaryFolder(), 'latchkey.db')}`
}

async function emptyPostgres(): Promise<string> {
  if ('absent' in postgres) throw new Error(postgres.absent)
  const { url, drop } = await postgres.migratedDatabase()
  drops.push(drop)
  return url
}

/** For each engine: its name, what makes an empty database and returns its URL, and whether the engine is absent. */
export const EMPTY_DATABASES = [
  ['SQLite', emptySqlite, false],
  ['PostgreSQL', emptyPostgres, 'absent' in postgres],
] as const

/** Drops the databases that were made, for the end of the tests of a file. */
export async function dropDatabases(): Promise<void> {
  for (const drop of drops.splice(0).reverse()) await drop()
}
