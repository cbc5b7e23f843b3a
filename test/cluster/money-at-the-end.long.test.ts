import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { Client } from 'pg'
import { postgresForTests, type TestDatabase } from '../support/postgres.ts'
import { nodeOf, startNode, type TestNode } from './nodes.ts'

// A node is in the middle of a commit of money when another node takes away a right on which the commit rests. Once that is answered, no
// money moves by it any more: whether the first node goes on at once, later, or was stopped and goes on much later.

const postgres = await postgresForTests()
const ROUNDS = 1
/** Longer than a commit waits for a row at once. */
const LOCKED_MS = 150

let database: TestDatabase
let nodes: TestNode[] = []
const clients: Client[] = []

beforeAll(async () => {
  if ('absent' in postgres) return
  database = await postgres.migratedDatabase()
  nodes = [await startNode(database.url), await startNode(database.url)]
  for (const _ of 'ab') {
    const client = new Client({ connectionString: database.url })
    await client.connect()
    clients.push(client)
  }
})

afterAll(async () => {
  for (const client of clients) await client.end()
  for (const node of nodes) {
    process.kill(node.pid, 'SIGCONT')
    await node.end('SIGKILL')
  }
  await database?.drop()
})

interface Case {
  payer: { id: string; secret: string; ownerId: string }
  caller: { id: string; secret: string; ownerId: string }
}

/** The calls at the other node that take a right away. */
const ENDS: Record<string, (ids: Case) => [method: string, path: string, body?: object]> = {
  'the caller is revoked': ({ caller }) => ['DELETE', `/v2/keys/${caller.id}`],
  'the caller is demoted': ({ caller }) => ['PATCH', `/v2/users/${caller.ownerId}`, { role: 'USER' }],
  'the key that pays is disabled': ({ payer }) => ['PATCH', `/v2/keys/${payer.id}`, { disabled: true }],
  'the owner of that key is disabled': ({ payer }) => [
    'PATCH',
    `/v2/users/${payer.ownerId}`,
    { disabled: true },
  ],
}

async function user(role: string): Promise<string> {
  const username = crypto.randomUUID()
  const made = await nodeOf(nodes, 0).call('POST', '/v2/users', { username, displayName: role, role })
  return made.json.id
}

async function key(role: string, body: object): Promise<{ id: string; secret: string; ownerId: string }> {
  const ownerId = await user(role)
  const { json } = await nodeOf(nodes, 0).call('POST', '/v2/keys', { ownerId, ...body })
  return { id: json.key.id, secret: json.secret, ownerId }
}

function charge(node: TestNode, { payer, caller }: Case, amount: string) {
  const authorization = `Bearer ${caller.secret}`
  const headers = { authorization, 'content-type': 'application/json' }
  const body = JSON.stringify({ key: payer.secret, charge: amount })
  return fetch(`${node.url}/v2/verify`, { method: 'POST', headers, body }).then((answer) => answer.json())
}

const [operator, looker] = [() => clients[0] as Client, () => clients[1] as Client]

async function untilOneWaits(): Promise<void> {
  const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
  while ((await looker().query(waiting)).rows.length === 0) await Bun.sleep(1)
}

const spent = async ({ payer }: Case) =>
  (await nodeOf(nodes, 1).call('GET', `/v2/keys/${payer.id}`)).json.usage.total

/** Takes the right away at the second node while the first one commits a charge; returns what was spent at the answer, and in the end. */
async function race(end: (typeof ENDS)[string], how: 'goes on' | 'is stopped'): Promise<[string, string]> {
  const [first, second] = [nodeOf(nodes, 0), nodeOf(nodes, 1)]
  const ids: Case = {
    payer: await key('USER', { access: 'use', limits: { total: '20' } }),
    caller: await key('ADMIN', { access: 'manage' }),
  }
  await charge(first, ids, '1')
  await operator().query('begin')
  await operator().query('select * from key_totals where key_id = $1 for update', [ids.payer.id])
  const moving = charge(first, ids, '5')
  await untilOneWaits()
  if (how === 'is stopped') {
    process.kill(first.pid, 'SIGSTOP')
    await operator().query('rollback')
  }
  const answering = second.call(...end(ids)).then(async ({ status }) => {
    expect(status).toBe(200)
    return spent(ids)
  })
  if (how === 'goes on') {
    await Bun.sleep(LOCKED_MS)
    await operator().query('rollback')
  }
  const atTheAnswer = await answering
  if (how === 'is stopped') process.kill(first.pid, 'SIGCONT')
  await moving
  return [atTheAnswer, await spent(ids)]
}

describe.skipIf('absent' in postgres)('once it is answered at another node that', () => {
  for (const [what, end] of Object.entries(ENDS)) {
    for (const how of ['goes on', 'is stopped'] as const) {
      test(`${what}, a commit moves no money any more, although its node ${how}`, async () => {
        for (let round = 0; round < ROUNDS; round += 1) {
          const [atTheAnswer, later] = await race(end, how)
          expect(later).toBe(atTheAnswer)
        }
      }, 60_000)
    }
  }
})
