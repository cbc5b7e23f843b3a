import { afterAll, describe, expect, test } from 'bun:test'
import { AsyncLocalStorage } from 'node:async_hooks'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Kysely } from 'kysely'
import { openPostgres } from '../../src/store/postgres/open.ts'
import type { SqlDatabase } from '../../src/store/sql/base/database.ts'
import type { Tables } from '../../src/store/sql/base/tables.ts'
import { createSqlStore } from '../../src/store/sql/store.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import { testApp } from '../support/app.ts'
import { postgresForTests } from '../support/postgres.ts'
import { temporaryFolder } from '../support/server.ts'
import { GETS } from './read-operations.ts'
import { scene } from './scene.ts'

// Changes, and the messages between nodes, wait for nobody who only reads: no read of any dialect uses their connections. Whoever could read by
// them would hold up every revoke, because nothing bounds how often a caller reads.

const postgres = await postgresForTests()
const ENGINES: [name: string, open: () => Promise<SqlDatabase>][] = [
  ['SQLite', () => openSqlite(join(temporaryFolder(), 'latchkey.db'), () => {})],
]
if (!('absent' in postgres))
  ENGINES.push([
    'PostgreSQL',
    async () => openPostgres((await postgres.migratedDatabase()).url, { silent: true }),
  ])

test('the core and the dialects call no method of the protocol of the nodes', () => {
  const method =
    /\b(changesSince|joinNode|renewNode|acknowledge|findNodes|evictNode|compareChanges|acceptLosses)\b/g
  const sources = new URL('../../src/', import.meta.url).pathname
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  )
  const calls = (place: RegExp) =>
    files
      .filter((path) => place.test(path))
      .flatMap((path) => readFileSync(join(sources, path), 'utf8').match(method) ?? [])
  expect(calls(/^cluster\//).length).toBeGreaterThan(5)
  expect(calls(/^(core|http|rates)\//)).toEqual([])
})

/** The request for which the present work is done. */
const requests = new AsyncLocalStorage<string>()

/** The same database, which notes each statement by a connection that writes and the request that causes it. */
function watched(db: SqlDatabase) {
  const noted: string[] = []
  const noting = (name: string, on: Kysely<Tables>) =>
    on.withPlugin({
      transformQuery({ node }) {
        const request = requests.getStore()
        if (request !== undefined) noted.push(`${request}: ${name}`)
        return node
      },
      transformResult: async ({ result }) => result,
    })
  // Not the chores: a timer that a request has set may write the uses of keys while the next one reads.
  const { writer, membership } = db
  const own: SqlDatabase = {
    ...db,
    writer: noting('writer', writer),
    ...(membership && { membership: noting('membership', membership) }),
  }
  return { noted, own }
}

describe.each(ENGINES)('on %s', (_, open) => {
  const opened = open()
  const ready = opened.then(async (db) => {
    const { noted, own } = watched(db)
    return { noted, app: await testApp({ store: createSqlStore(own) }) }
  })
  afterAll(async () => (await ready).app.close())

  test('no read uses a connection that writes, or one of the nodes', async () => {
    const { noted, app } = await ready
    const body = { username: 'known', email: 'known@example.com', displayName: 'known' }
    expect((await app.call('POST', '/v2/users', { body })).status).toBe(201)
    const on = await scene((...request) => app.call(...request))
    for (const { name, method, path } of GETS) {
      for (const verb of [method, 'HEAD']) {
        const { status } = await requests.run(`${verb} ${name}`, () =>
          app.call(verb, path(on), { key: on.secret }),
        )
        expect([name, status]).toEqual([name, 200])
      }
    }
    expect(noted).toEqual([])
    const change = () => app.call('PATCH', `/v2/keys/${on.target.keyId}`, { body: { name: 'changed' } })
    expect((await requests.run('a change', change)).status).toBe(200)
    expect(noted).toContain('a change: writer')
  })
})
