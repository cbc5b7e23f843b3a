import type { ChildProcess } from 'node:child_process'
import { Client } from 'pg'
import { endKeeper, firstReport, STANDBY_NAME, startKeeper } from './postgres.ts'
import { findPostgresPrograms } from './postgres-programs.ts'

/** A primary and a standby that follows it. */
export interface PostgresPair {
  /** The database on the primary. */
  primaryUrl: string
  /** The same database on the standby, which accepts no writes before it is promoted. */
  standbyUrl: string
  /** Disconnects the standby from the primary, so that it falls behind. Possible only when commits do not wait for it. */
  cutStandby(): Promise<void>
  /** Kills the primary, as the loss of its machine would; resolves when it is gone. */
  killPrimary(): Promise<void>
  /** Makes the standby the primary. */
  promote(): Promise<void>
  stop(): Promise<void>
}

/** The tests lose answers of commits and not the disk: the operating system keeps what a killed server has written. */
const SETTINGS = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'on' }
const DATABASE = 'latchkey'
const TRIES = 600
const TRY_MS = 50

/**
 * Starts both. When they are synchronous, a commit is answered once the standby has it, too. Throws when there are no programs of
 * PostgreSQL.
 */
export async function postgresPair({ synchronous }: { synchronous: boolean }): Promise<PostgresPair> {
  const programs = findPostgresPrograms()
  if ('absent' in programs) throw new Error(programs.absent)
  const order = { programs: programs.folder, account: programs.account, durable: true, settings: SETTINGS }
  const keepers: ChildProcess[] = []
  const primary = await startKeeper(order)
  keepers.push(primary.keeper)
  const primaryUrl = urlAt(primary.report.port)
  await run(urlAt(primary.report.port, 'postgres'), `create database ${DATABASE} template template0`)
  const copyOf = { url: primaryUrl, data: primary.report.data }
  const standby = await startKeeper({ ...order, kind: 'standby', copyOf })
  keepers.push(standby.keeper)
  const standbyUrl = urlAt(standby.report.port)
  if (synchronous) {
    await run(primaryUrl, `alter system set synchronous_standby_names = '${STANDBY_NAME}'`)
    await run(primaryUrl, 'select pg_reload_conf()')
  }
  const state = synchronous ? 'sync' : 'async'
  await until(
    primaryUrl,
    `select 1 from pg_stat_replication where sync_state = '${state}' and state = 'streaming'`,
  )
  return {
    primaryUrl,
    standbyUrl,
    async cutStandby() {
      await run(standbyUrl, `alter system set primary_conninfo = ''`)
      await run(standbyUrl, 'select pg_reload_conf()')
      await until(standbyUrl, 'select 1 where not exists (select from pg_stat_wal_receiver)')
    },
    async killPrimary() {
      const killed = firstReport(primary.keeper)
      primary.keeper.stdin?.write('kill\n')
      await killed
    },
    async promote() {
      await run(standbyUrl, 'select pg_promote()')
      await until(standbyUrl, 'select 1 where not pg_is_in_recovery()')
      // A commit that waits for a standby would wait for ever.
      await run(standbyUrl, `alter system set synchronous_standby_names = ''`)
      await run(standbyUrl, 'select pg_reload_conf()')
    },
    async stop() {
      for (const keeper of keepers.reverse()) await endKeeper(keeper)
    },
  }
}

function urlAt(port: number, database = DATABASE): string {
  return `postgres://postgres@127.0.0.1:${port}/${database}`
}

async function until(url: string, statement: string): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    if ((await run(url, statement)) > 0) return
    await new Promise((resolve) => setTimeout(resolve, TRY_MS))
  }
  throw new Error(`Never true on the server: ${statement}`)
}

async function run(url: string, statement: string): Promise<number> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(statement)).rows.length
  } finally {
    await client.end()
  }
}
