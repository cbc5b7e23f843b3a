import { expect, test } from 'bun:test'
import { Client } from 'pg'
import { testApp } from '../support/app.ts'
import { faultyStore } from '../support/faulty-store.ts'
import { ask, postgresForTests } from '../support/postgres.ts'

// A hand-over makes the former owner of a key a witness of its secret, also for calls with it that wait for the store then. SQLite makes one
// change at a time, so only PostgreSQL can mix the steps of two.

const postgres = await postgresForTests()

test.skipIf('absent' in postgres)(
  'a policy of a witness that a waiting call learns of last is not cut beside that call',
  async () => {
    if ('absent' in postgres) return
    const database = await postgres.migratedDatabase()
    const faulty = await faultyStore(database.url)
    const app = await testApp({ store: faulty.store })
    const operator = new Client({ connectionString: database.url })
    await operator.connect()
    const made = async (path: string, body: object) => {
      const { status, json } = await app.call('POST', path, { body })
      expect(status).toBe(201)
      return json
    }
    const user = (username: string, role: string) =>
      made('/v2/users', { username, displayName: username, role })
    try {
      const [from, to, owner] = [await user('x', 'ADMIN'), await user('a', 'ADMIN'), await user('u', 'USER')]
      const team = await made('/v2/workspaces', { name: 'Team', slug: 'team' })
      const { key, secret } = await made('/v2/keys', { ownerId: from.id, access: 'manage' })

      const held = faulty.hold('createKey')
      const body = { ownerId: owner.id, workspaceId: team.id, permissions: ['secret.read'] }
      const creation = app.call('POST', '/v2/keys', { key: secret, body })
      await held.reached
      expect((await app.call('PATCH', `/v2/keys/${key.id}`, { body: { ownerId: to.id } })).status).toBe(200)
      // The creation has been judged when it waits for its workspace.
      await operator.query('begin')
      await operator.query('select id from workspaces where id = $1 for update', [team.id])
      held.open()
      await waiting(database.url, 1)
      const cut = app.call('PATCH', `/v2/users/${from.id}`, { body: { policy: { permissions: [] } } })
      const first = await Promise.race([cut.then(() => 'cut'), waiting(database.url, 2).then(() => 'waits')])
      await operator.query('rollback')
      expect([first, (await creation).status, (await cut).status]).toEqual(['waits', 201, 200])
    } finally {
      await operator.end()
      await app.close()
      await database.drop()
    }
  },
)

/** Resolves when this number of sessions wait for locks. */
async function waiting(url: string, count: number): Promise<void> {
  const sessions = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
  while ((await ask(url, sessions)).length < count);
}
