import { closeSync, existsSync, mkdirSync, openSync, realpathSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { SQLITE_FORMS } from './migrations/forms.ts'
import { migrate } from './migrations/migrate.ts'
import { StoreOpenError } from './open-error.ts'
import type { SqlDatabase } from './sql/database.ts'
import type { Tables } from './sql/tables.ts'
import { sqliteDialect, sqliteFailure } from './sqlite-driver.ts'
import { lockFile } from './sqlite-lock.ts'

/** The name of a database that lives in memory only. */
export const IN_MEMORY = ':memory:'

const FOLDER_MODE = 0o700
const FILE_MODE = 0o600
/** How long a statement waits for a lock held from outside (an operator's shell). The process stands still meanwhile. */
const BUSY_MS = 1_000
const CACHE_KIB = 16 * 1024
/** `PRAGMA synchronous` reads back as a number. */
const SYNCHRONOUS_FULL = 2n

/**
 * Opens a database file, or {@link IN_MEMORY}, and brings it to this program's schema. Missing folders and the file are
 * made for this user alone. Throws {@link StoreOpenError} when another process has it open, when it is no such database,
 * or when the engine does not take a setting that our promises rest on.
 */
export async function openSqlite(path: string): Promise<SqlDatabase> {
  return path === IN_MEMORY ? openInMemory() : openFile(ownFile(path))
}

async function openInMemory(): Promise<SqlDatabase> {
  const writer = connect(IN_MEMORY, { readOnly: false, journal: 'memory' })
  await migrate(writer, { forms: SQLITE_FORMS })
  return {
    writer,
    // A second connection would see another database. Reads take turns with transactions instead.
    reader: writer,
    ...CAPABILITIES,
    close: () => writer.destroy(),
  }
}

async function openFile(path: string): Promise<SqlDatabase> {
  const lock = lockFile(path)
  const open: Kysely<Tables>[] = []
  const close = async () => {
    for (const connection of open.toReversed()) await connection.destroy()
    lock.release()
  }
  try {
    const writer = connect(path, { readOnly: false, journal: 'wal' })
    open.push(writer)
    await migrate(writer, { forms: SQLITE_FORMS })
    const reader = connect(path, { readOnly: true, journal: 'wal' })
    open.push(reader)
    return { writer, reader, ...CAPABILITIES, close }
  } catch (error) {
    await close()
    if (error instanceof StoreOpenError || sqliteFailure(error) === null) throw error
    throw new StoreOpenError(`${path} cannot be opened: ${error instanceof Error ? error.message : error}.`, {
      cause: error,
    })
  }
}

const CAPABILITIES = {
  // There is one writing connection, and it takes one transaction at a time.
  locksRows: false,
  failureOf: sqliteFailure,
  requireHeld: () => {},
} satisfies Partial<SqlDatabase>

/** Makes the file and its folder if they are missing, and answers its one true path, by which it is locked. */
function ownFile(path: string): string {
  const absolute = resolve(path)
  mkdirSync(dirname(absolute), { recursive: true, mode: FOLDER_MODE })
  // A file that exists is not opened here: closing it again would drop the locks that this process may hold on it.
  if (!existsSync(absolute)) closeSync(openSync(absolute, 'a', FILE_MODE))
  const real = realpathSync(absolute)
  if (!existsSync(`${real}.lock`)) closeSync(openSync(`${real}.lock`, 'a', FILE_MODE))
  return real
}

function connect(
  path: string,
  { readOnly, journal }: { readOnly: boolean; journal: 'wal' | 'memory' },
): Kysely<Tables> {
  const database = new DatabaseSync(path, { readOnly })
  try {
    set(database, { name: 'busy_timeout', value: `${BUSY_MS}`, expected: BigInt(BUSY_MS) })
    if (!readOnly) set(database, { name: 'journal_mode', value: journal, expected: journal })
    // A commit that has returned must survive a power loss.
    set(database, { name: 'synchronous', value: 'full', expected: SYNCHRONOUS_FULL })
    set(database, { name: 'foreign_keys', value: 'on', expected: 1n })
    set(database, { name: 'cache_size', value: `-${CACHE_KIB}`, expected: -BigInt(CACHE_KIB) })
  } catch (error) {
    database.close()
    throw error
  }
  return new Kysely<Tables>({ dialect: sqliteDialect(database) })
}

// Some builds and file systems quietly keep another value (WAL on a network share, for one), so each is read back.
function set(
  database: DatabaseSync,
  { name, value, expected }: { name: string; value: string; expected: bigint | string },
): void {
  database.exec(`pragma ${name} = ${value}`)
  const statement = database.prepare(`pragma ${name}`)
  statement.setReadBigInts(true)
  const [actual] = Object.values(statement.get() ?? {})
  if (actual !== expected) {
    throw new StoreOpenError(`SQLite did not take the setting ${name} = ${value}: it is ${actual}.`)
  }
}
