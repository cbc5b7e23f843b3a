import { afterEach, expect, test } from 'bun:test'
import { type TestApp, testApp } from '../../../test/support/app.ts'
import { createShortReads, workingFor } from './short-reads.ts'

let app: TestApp | null = null
afterEach(async () => {
  await app?.close()
  app = null
})

const caller = (userId: string) => ({ userId, keyId: 'k' })

/** Short reads that end one after the other, and the names of those that have ended. */
function scene(atOnce: number) {
  const inTurn = createShortReads(atOnce)
  const ended: string[] = []
  const read = (name: string) =>
    inTurn(async () => {
      await new Promise((resolve) => setImmediate(resolve))
      ended.push(name)
      return name
    })
  return { ended, read }
}

test('callers take turns, also those whose work has waited for something in between', async () => {
  const { ended, read } = scene(2)
  const many = Array.from({ length: 200 }, () => workingFor(caller('greedy'), () => read('greedy')))
  const nobodys = Array.from({ length: 200 }, () => read('nobody'))
  const one = await workingFor(caller('honest'), async () => {
    await new Promise((resolve) => setImmediate(resolve))
    return read('honest')
  })
  expect([one, ended.length < 20]).toEqual(['honest', true])
  await Promise.all([...many, ...nobodys])
  expect(ended).toHaveLength(401)
})

test('a read that fails makes room for the next, and fails for its caller alone', async () => {
  const inTurn = createShortReads(1)
  const failing = inTurn(() => Promise.reject(new Error('no such luck')))
  const next = inTurn(async () => 'read')
  await expect(failing).rejects.toThrow('no such luck')
  expect(await next).toBe('read')
})

test('a user that reads as much at a time as it can delays no read and no change of somebody else', async () => {
  app = await testApp()
  const { call } = app
  const as = async (username: string) => {
    const { id } = (await call('POST', '/v2/users', { body: { username, displayName: username } })).json
    const made = (await call('POST', '/v2/keys', { body: { ownerId: id, access: 'full' } })).json
    await call('GET', '/v2/keys/self', { key: made.secret })
    return { key: made.secret as string, path: `/v2/keys/${made.key.id}` }
  }
  const [eve, bob] = [await as('eve'), await as('bob')]
  const acts = [
    ['a read', () => call('GET', bob.path, { key: bob.key })],
    ['a change', () => call('PATCH', bob.path, { key: bob.key, body: { name: 'n' } })],
  ] as const
  for (const [name, act] of acts) {
    let answered = 0
    const many = Array.from({ length: 400 }, async () => {
      await call('GET', eve.path, { key: eve.key })
      answered += 1
    })
    // By then most of the others have begun and wait for their reads.
    while (answered < 100) await new Promise((resolve) => setImmediate(resolve))
    expect((await act()).status).toBe(200)
    const meanwhile = answered - 100
    await Promise.all(many)
    process.stdout.write(
      `${name} beside 400 reads of another user: ${meanwhile} of these were answered before\n`,
    )
    expect(meanwhile).toBeLessThan(100)
  }
})
