import { afterEach, describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { Client } from 'pg'
import { postgresForTests, specialPostgres } from '../../../test/support/postgres.ts'
import { addKey, seed } from '../../../test/support/records.ts'
import { openStore } from '../open.ts'
import { StoreOpenError } from '../open-error.ts'
import { postgresFailure } from './driver.ts'

const postgres = await postgresForTests()
const hasOpenssl = spawnSync('openssl', ['version']).status === 0
if (!hasOpenssl)
  process.stderr.write('\n!!! The test of TLS to PostgreSQL is SKIPPED: there is no openssl.\n\n')
const cleanUp: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

async function opened(url: string) {
  const store = await openStore(url)
  cleanUp.push(() => store.close())
  return store
}

/** An empty database with a role of its own, and a connection of the owner. */
async function databaseWithRole() {
  if ('absent' in postgres) throw new Error(postgres.absent)
  const { url, drop } = await postgres.freshDatabase()
  const role = `role_${new URL(url).pathname.slice(-12)}`
  const admin = new Client({ connectionString: url })
  await admin.connect()
  await admin.query(`create role ${role} login password 'x'`)
  cleanUp.push(async () => {
    await admin.end()
    await drop()
    const server = new Client({ connectionString: postgres.url })
    await server.connect()
    await server.query(`drop role ${role}`)
    await server.end()
  })
  const own = new URL(url)
  own.username = role
  own.password = 'x'
  return { url, ownUrl: own.href, role, admin }
}

describe.skipIf('absent' in postgres)('a PostgreSQL that cannot serve', () => {
  test('because it is a standby is refused at start', async () => {
    const standby = await specialPostgres('standby')
    cleanUp.push(standby.stop)
    await expect(openStore(standby.url)).rejects.toThrow('The server is a standby, which takes no writes.')
  })

  test('because its role may only read is refused at start', async () => {
    const { ownUrl, role, admin } = await databaseWithRole()
    await admin.query(`alter role ${role} set default_transaction_read_only = on`)
    await expect(openStore(ownUrl)).rejects.toThrow('default_transaction_read_only')
  })

  test('because its role lacks a right names the table and the right', async () => {
    const { url, ownUrl, role, admin } = await databaseWithRole()
    await (await openStore(url)).close()
    await admin.query(`grant select, insert, update, delete on all tables in schema public to ${role}`)
    await (await opened(ownUrl)).check()
    await cleanUp.pop()?.()
    await admin.query(`revoke update, delete on audit from ${role}`)
    const refused = openStore(ownUrl)
    await expect(refused).rejects.toBeInstanceOf(StoreOpenError)
    await expect(refused).rejects.toThrow('lacks rights on the table audit: update, delete.')
  })

  test('because a right is taken away later answers 503 and not an internal fault', async () => {
    const { url, ownUrl, role, admin } = await databaseWithRole()
    const first = await openStore(url)
    await seed(first)
    await first.close()
    await admin.query(`grant select, insert, update, delete on all tables in schema public to ${role}`)
    const store = await opened(ownUrl)
    await admin.query(`revoke insert on audit from ${role}`)
    await expect(addKey(store, 10)).rejects.toMatchObject({ code: 'store_unavailable' })
  })

  test('because it has become a standby is unavailable', async () => {
    const standby = await specialPostgres('standby')
    cleanUp.push(standby.stop)
    const client = new Client({ connectionString: standby.url })
    await client.connect()
    cleanUp.push(() => client.end())
    for (const statement of ['begin read write', 'create table x (y int)']) {
      const error = await client.query(statement).catch((reason: unknown) => reason)
      expect(postgresFailure(error)).toEqual({ kind: 'unavailable' })
      await client.query('rollback')
    }
  })
})

describe.skipIf('absent' in postgres)('a PostgreSQL with bounds of its own', () => {
  test('whose role cancels statements after a second can still be migrated by a longer migration', async () => {
    const { ownUrl, role, admin } = await databaseWithRole()
    await admin.query(`grant create on schema public to ${role}`)
    for (const bound of ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'])
      await admin.query(`alter role ${role} set ${bound} = '1s'`)
    await admin.query(`
      create function slow_audit() returns event_trigger language plpgsql as $$ begin
        if exists (select 1 from pg_event_trigger_ddl_commands() where object_identity = 'public.audit')
        then perform pg_sleep(1.3); end if;
      end $$`)
    await admin.query('create event trigger slow on ddl_command_end execute function slow_audit()')
    const store = await opened(ownUrl)
    expect(await store.revision()).toBe(0)
  })
})

describe.skipIf('absent' in postgres || !hasOpenssl)('TLS to PostgreSQL', () => {
  test('is used with a trusted certificate, and refused with an unknown one', async () => {
    const server = await specialPostgres('tls')
    cleanUp.push(server.stop)
    const known = `${server.url}?sslmode=verify-full&sslrootcert=${server.certificate}`
    const store = await opened(known)
    await seed(store)
    const client = new Client({ connectionString: server.url })
    await client.connect()
    const { rows } = await client.query(
      `select count(*)::int as plain from pg_stat_ssl join pg_stat_activity using (pid)
       where not ssl and application_name like 'latchkey%'`,
    )
    await client.end()
    expect(rows).toEqual([{ plain: 0 }])
    await expect(openStore(`${server.url}?sslmode=verify-full`)).rejects.toThrow(/self.signed certificate/)
  })
})
