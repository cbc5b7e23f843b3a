import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Cluster } from '../../src/cluster/cluster.ts'
import { createReach } from '../../src/cluster/reach.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { postgresForTests, type TestDatabase } from '../support/postgres.ts'

// A node has a lease and has not heard of a change yet, as in the moment between the change's commit and its news. By its memory the call may be
// made; its commit must find the change by itself.

const postgres = await postgresForTests()

let database: TestDatabase
/** A node that hears of nothing, and one that makes the changes. */
let deaf: TestApp
let other: TestApp
let applied = 0

const cluster: Cluster = {
  applied: () => applied,
  isFresh: () => true,
  isCutOff: () => false,
  reach: createReach(() => false),
  hasApplied: async () => true,
  follow() {},
  inForce: async () => ({ nodes: 2, lapsed: 0 }),
  state: () => ({ nodes: 2, revision: 0, lagMs: 0, leaseAgeMs: 0, isFresh: true, waiters: 0 }),
  observe() {},
  close: async () => {},
}

beforeAll(async () => {
  if ('absent' in postgres) return
  database = await postgres.migratedDatabase()
  deaf = await testApp({ databaseUrl: database.url, cluster })
  other = await testApp({ databaseUrl: database.url, initialize: false })
})

afterAll(async () => {
  await deaf?.close()
  await other?.close()
  await database?.drop()
})

async function made(path: string, body: object) {
  const { status, json, text } = await deaf.call('POST', path, { body })
  if (status !== 201) throw new Error(`POST ${path} answered ${status}: ${text}`)
  return json
}

async function owned(role: string, body: object) {
  const username = crypto.randomUUID()
  const { id: ownerId } = await made('/v2/users', { username, displayName: role, role })
  const { key, secret } = await made('/v2/keys', { ownerId, ...body })
  return { id: key.id, secret, ownerId }
}

type Owned = Awaited<ReturnType<typeof owned>>

const ENDS: Record<string, (ids: { payer: Owned; caller: Owned }) => [string, string, object?]> = {
  'the caller is revoked': ({ caller }) => ['DELETE', `/v2/keys/${caller.id}`],
  'the caller is demoted': ({ caller }) => ['PATCH', `/v2/users/${caller.ownerId}`, { role: 'USER' }],
  'the key that pays is disabled': ({ payer }) => ['PATCH', `/v2/keys/${payer.id}`, { disabled: true }],
  'the owner of that key is disabled': ({ payer }) => [
    'PATCH',
    `/v2/users/${payer.ownerId}`,
    { disabled: true },
  ],
}

describe.skipIf('absent' in postgres)('a node that has not heard yet that', () => {
  test.each(Object.entries(ENDS))('%s moves no money by it', async (_, end) => {
    const payer = await owned('USER', { access: 'use', limits: { total: '20' } })
    const caller = await owned('SERVICE', { access: 'manage' })
    const charge = () =>
      deaf.call('POST', '/v2/verify', { key: caller.secret, body: { key: payer.secret, charge: '1' } })
    expect((await charge()).json.code).toBe('VALID')
    applied = (await deaf.store.revision()) ?? 0
    const [method, path, body] = end({ payer, caller })
    const ended = await other.call(method, path, { key: deaf.rootKey, ...(body && { body }) })
    expect(ended.status).toBe(200)
    expect((await charge()).json.valid).not.toBe(true)
    const { json } = await other.call('GET', `/v2/keys/${payer.id}`, { key: deaf.rootKey })
    expect(json.usage.total).toBe('1')
  })
})
