import { describe, expect, test } from 'bun:test'
import type { Latchkey } from '../index.ts'
import type { Fetch } from '../transport/send.ts'
import { refusal, servedEach } from './served.test-support.ts'

const served = servedEach()

describe('a call whose answer is lost is repeated, and takes effect once', () => {
  /** Lets calls through to the server and loses the first answers. */
  function losing(count: number): Fetch & { calls: string[] } {
    const calls: string[] = []
    let left = count
    const lossy: Fetch = async (url, init) => {
      calls.push(`${init.method} ${new URL(url).pathname}`)
      const response = await fetch(url, init)
      if (left === 0) return response
      left -= 1
      await response.arrayBuffer()
      throw new TypeError('the connection was lost')
    }
    return Object.assign(lossy, { calls })
  }

  test('a key is created once, and its secret works although the first one was lost', async () => {
    const lossy = losing(1)
    const { key, secret } = await served.client({ fetch: lossy }).keys.create({ name: 'once' })
    expect(lossy.calls).toEqual(['POST /v2/keys', 'POST /v2/keys', `POST /v2/keys/${key.id}/rotate`])
    expect((await served.latchkey.verify({ key: secret })).valid).toBe(true)
    expect((await served.latchkey.keys.list({ search: 'once' }).page()).data).toHaveLength(1)
  })

  test('a rotation gives a secret that works although the first one was lost', async () => {
    const { key, secret: old } = await served.latchkey.keys.create({ name: 'turned' })
    const { secret } = await served.client({ fetch: losing(1) }).keys.rotate(key.id, { overlap: '1h' })
    expect((await served.latchkey.verify({ key: secret })).valid).toBe(true)
    expect((await served.latchkey.verify({ key: old })).valid).toBe(true)
  })

  test('with an idempotency key of the caller the retry returns no secret', async () => {
    const first = await served.latchkey.keys.create({ name: 'named' }, { idempotencyKey: 'mine' })
    const second = await served.latchkey.keys.create({ name: 'named' }, { idempotencyKey: 'mine' })
    expect(first.secret).toBeString()
    expect(second).toEqual({ key: first.key })
  })

  test('a hold, a charge, a settlement, a user, a revocation', async () => {
    const { key, secret } = await served.latchkey.keys.create({ limits: { total: '10' } })
    const held = await served.client({ fetch: losing(2) }).reservations.create({ keyId: key.id, amount: '4' })
    expect(held.budget).toMatchObject([{ reserved: '4' }])
    await served.client({ fetch: losing(1) }).reservations.settle(held.id, { amount: '3' })
    const verdict = await served.client({ fetch: losing(1) }).verify({ key: secret, charge: '1' })
    expect(verdict).toMatchObject({ valid: true, budget: [{ spent: '4', reserved: '0' }] })
    const person = { username: 'bob', email: 'bob@example.com', displayName: 'Bob' }
    await served.client({ fetch: losing(1) }).users.create(person)
    await served.client({ fetch: losing(1) }).keys.revoke(key.id)
    expect(await served.latchkey.verify({ key: secret })).toEqual({ valid: false, code: 'NOT_FOUND' })
  })

  test('a change of a record is not retried: somebody else may have changed it meanwhile', async () => {
    const { key } = await served.latchkey.keys.create({ name: 'a' })
    const { ownerId, workspaceId, revision } = key
    const changes: ((one: Latchkey) => Promise<unknown>)[] = [
      (one) => one.keys.update(key.id, { name: 'b' }),
      (one) => one.users.update(ownerId, { displayName: 'b' }),
      (one) => one.workspaces.update(workspaceId, { name: 'b' }),
      (one) => one.keys.revoke(key.id, { ifRevision: revision + 1 }),
    ]
    for (const change of changes) {
      const lossy = losing(1)
      await refusal(change(served.client({ fetch: lossy })))
      expect(lossy.calls).toHaveLength(1)
      let tries = 0
      const failing: Fetch = async () => {
        tries += 1
        return new Response('', { status: 503 })
      }
      expect(await refusal(change(served.client({ fetch: failing })))).toMatchObject({ status: 503 })
      expect(tries).toBe(1)
    }
  })
})
