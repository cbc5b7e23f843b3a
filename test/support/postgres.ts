import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { openStore } from '../../src/store/open.ts'
import { type Account, findPostgresPrograms, programsOf } from './postgres-programs.ts'

/** A running PostgreSQL that hands out empty databases to tests. */
export interface TestPostgres {
  /** The URL of the server's own administrative database. */
  url: string
  /** `server_version_num`, such as 180004 for 18.4. */
  version: number
  /** Makes a new, empty database that no other test sees. */
  freshDatabase(): Promise<TestDatabase>
  /** Makes a database like it that has our tables already: a copy, several times faster than all migrations. */
  migratedDatabase(): Promise<TestDatabase>
  /** Ends the server if this call started it. Tests need not call it: the server ends with the process. */
  stop(): Promise<void>
}

/** A database of its own. `drop` removes it with all connections to it. */
export interface TestDatabase {
  url: string
  drop(): Promise<void>
}

/** Why tests that need PostgreSQL cannot run here. */
export interface AbsentPostgres {
  absent: string
}

/** A request of the test process to the keeper. */
export interface KeeperOrder {
  programs: string
  account: Account | null
  durable: boolean
  /** A standby, which accepts no writes while it follows a primary; or a server that speaks TLS with a certificate of its own. */
  kind?: PostgresKind
  /** The running server that this one copies and follows; `data` is its folder. */
  copyOf?: { url: string; data: string }
  /** Settings of the server, over all others. */
  settings?: Record<string, string>
}

/** The name of a standby in `synchronous_standby_names`. */
export const STANDBY_NAME = 'standby'

/** The options of a special server. */
export type PostgresKind = 'standby' | 'tls'

/** An answer of the keeper, as one line of JSON. */
export type KeeperReport = { port: number; certificate: string | null; data: string } | { failure: string }

const running = new Map<boolean, Promise<TestPostgres | AbsentPostgres>>()

/**
 * A real PostgreSQL for tests: the server that `LATCHKEY_TEST_POSTGRES_URL` names, otherwise one from the npm package. That one is
 * started when it is first needed, and shared by the whole process.
 *
 * With `durable` the server syncs like a production server and is not shared with other processes; by default it does not sync, to be
 * fast. A server named by the variable is used as it is.
 *
 * Throws when a server should be there but does not start or answer. When PostgreSQL is not available at all the result is `{ absent
 * }`; with `LATCHKEY_TEST_REQUIRE_POSTGRES` set, that throws as well.
 */
export function postgresForTests(
  options: { durable?: boolean } = {},
): Promise<TestPostgres | AbsentPostgres> {
  const durable = options.durable ?? false
  const known = running.get(durable)
  if (known !== undefined) return known
  const started = findOrStart(durable)
  running.set(durable, started)
  return started
}

async function findOrStart(durable: boolean): Promise<TestPostgres | AbsentPostgres> {
  const { LATCHKEY_TEST_POSTGRES_URL: named, LATCHKEY_TEST_POSTGRES_SHARED_URL: shared } = process.env
  if (named) return serverAt(named)
  // The test runner starts one server for all test processes; it does not sync, so durable tests start their own.
  if (shared && !durable) return serverAt(shared)
  const programs = findPostgresPrograms()
  if ('folder' in programs) {
    return startServer({ programs: programs.folder, account: programs.account, durable })
  }
  const line = `PostgreSQL tests are SKIPPED: ${programs.absent}. Set LATCHKEY_TEST_POSTGRES_URL to run them.`
  if (process.env.LATCHKEY_TEST_REQUIRE_POSTGRES) throw new Error(line)
  process.stderr.write(`\n!!! ${line}\n\n`)
  return programs
}

/**
 * A PostgreSQL that is too old for us, which the tests cannot install: `LATCHKEY_TEST_OLD_POSTGRES` names the folder of a package with
 * its programs. Throws when it is named and does not start.
 */
export async function oldPostgresForTests(): Promise<TestPostgres | AbsentPostgres> {
  const folder = process.env.LATCHKEY_TEST_OLD_POSTGRES
  if (!folder) {
    const absent = 'LATCHKEY_TEST_OLD_POSTGRES names no package with an old PostgreSQL'
    process.stderr.write(`\n!!! Tests against an old PostgreSQL are SKIPPED: ${absent}.\n\n`)
    return { absent }
  }
  const programs = programsOf(folder)
  if ('absent' in programs) throw new Error(programs.absent)
  return startServer({ programs: programs.folder, account: programs.account, durable: false })
}

/**
 * A special server of its own, which the caller stops. `certificate` is the file of its certificate. Throws when there are no programs
 * of PostgreSQL.
 */
export async function specialPostgres(
  kind: PostgresKind,
): Promise<{ url: string; certificate: string | null; stop(): Promise<void> }> {
  const programs = findPostgresPrograms()
  if ('absent' in programs) throw new Error(programs.absent)
  const order = { programs: programs.folder, account: programs.account, durable: false, kind }
  const { keeper, report } = await startKeeper(order)
  const url = `postgres://postgres@127.0.0.1:${report.port}/postgres`
  return { url, certificate: report.certificate, stop: () => endKeeper(keeper) }
}

/**
 * A server of its own that syncs like a production server. `restart` ends it at once, as a crash would, and starts it again on its
 * data and its port. Throws when there are no programs of PostgreSQL.
 */
export async function restartablePostgres(): Promise<TestPostgres & { restart(): Promise<void> }> {
  const programs = findPostgresPrograms()
  if ('absent' in programs) throw new Error(programs.absent)
  const { keeper, report } = await startKeeper({
    programs: programs.folder,
    account: programs.account,
    durable: true,
  })
  const server = await serverAt(`postgres://postgres@127.0.0.1:${report.port}/postgres`)
  return {
    ...server,
    stop: () => endKeeper(keeper),
    async restart() {
      const again = firstReport(keeper)
      keeper.stdin?.write('restart\n')
      const started = await again
      if ('failure' in started) throw new Error(started.failure)
    },
  }
}

async function startServer(order: KeeperOrder): Promise<TestPostgres> {
  const { keeper, report } = await startKeeper(order)
  const server = await serverAt(`postgres://postgres@127.0.0.1:${report.port}/postgres`)
  return { ...server, stop: () => endKeeper(keeper) }
}

/** Starts a server in a process that ends the server together with this process. */
export async function startKeeper(order: KeeperOrder) {
  const keeperFile = fileURLToPath(new URL('./postgres-keeper.ts', import.meta.url))
  const keeper = spawn(process.execPath, [keeperFile, JSON.stringify(order)], {
    // The keeper does not get our standard error: a reader that waits for its end would wait for the keeper, too. Problems come as a
    // report.
    stdio: ['pipe', 'pipe', 'ignore'],
    // It is in a process group of its own, so Ctrl-C in a terminal does not end it before it has cleaned up.
    detached: true,
  })
  keeper.unref()
  const report = await firstReport(keeper)
  if ('failure' in report) throw new Error(report.failure)
  return { keeper, report }
}

/** The next line that a keeper writes. */
export function firstReport(keeper: ChildProcess): Promise<KeeperReport> {
  return new Promise((resolve, reject) => {
    let text = ''
    keeper.stdout?.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
      const end = text.indexOf('\n')
      if (end >= 0) resolve(JSON.parse(text.slice(0, end)) as KeeperReport)
    })
    keeper.on('error', reject)
    keeper.on('exit', (code) => reject(new Error(`The PostgreSQL keeper ended early with code ${code}.`)))
  })
}

/** Ends the server of a keeper, and removes its data. */
export function endKeeper(keeper: ChildProcess): Promise<void> {
  if (keeper.exitCode !== null || keeper.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    keeper.on('exit', () => resolve())
    keeper.stdin?.end()
  })
}

async function serverAt(url: string): Promise<TestPostgres> {
  const [row] = await ask(url, 'SHOW server_version_num')
  return {
    url,
    version: Number(row?.server_version_num),
    freshDatabase: () => databaseFrom(url, 'template0'),
    migratedDatabase: async () => databaseFrom(url, await migratedTemplate(url)),
    stop: async () => {},
  }
}

async function databaseFrom(serverUrl: string, template: string): Promise<TestDatabase> {
  const name = `latchkey_test_${process.pid}_${randomBytes(6).toString('hex')}`
  // The template has no connections: copying one fails while somebody is connected to it.
  await ask(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${template}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return {
    url: url.href,
    drop: async () => {
      await ask(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    },
  }
}

/** The name of an empty database with the tables of these migrations; whoever asks first makes it. */
async function migratedTemplate(serverUrl: string): Promise<string> {
  const name = `latchkey_template_${await digestOfMigrations()}`
  const found = `SELECT 1 FROM pg_database WHERE datname = '${name}'`
  while ((await ask(serverUrl, found)).length === 0) {
    const { url, drop } = await databaseFrom(serverUrl, 'template0')
    await (await openStore(url)).close()
    const made = new URL(url).pathname.slice(1)
    try {
      await ask(serverUrl, `ALTER DATABASE ${made} WITH ALLOW_CONNECTIONS false`)
      await ask(serverUrl, `ALTER DATABASE ${made} RENAME TO ${name}`)
    } catch {
      // Another process was first, or a connection has not ended yet.
      await drop()
    }
  }
  return name
}

async function digestOfMigrations(): Promise<string> {
  const folder = new URL('../../src/store/migrations/', import.meta.url)
  const digest = createHash('sha256')
  for (const file of (await readdir(folder)).filter((entry) => entry.endsWith('.ts')).toSorted()) {
    digest.update(await readFile(new URL(file, folder)))
  }
  return digest.digest('hex').slice(0, 12)
}

/** Runs one statement on a connection of its own. */
export async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  // A lost connection rejects the query and emits an error as well; without a listener the error would end the process.
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}
