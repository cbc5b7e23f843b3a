import { afterAll, describe, expect, test } from 'bun:test'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../test/support/server.ts'
import { type EmbeddedLatchkey, Fault, formatUsd, type Opening, openLatchkey, usd } from './open-latchkey.ts'

// test/packaging/npm-package.long.test.ts runs the example on Bun and on Node, from the packed package.

const ROOT_KEY = 'the-root-key-of-the-embedding-test-0123456789'
const folder = temporaryFolder()
const open: EmbeddedLatchkey[] = []
let count = 0

afterAll(async () => {
  for (const each of open) await each.close()
  rmSync(folder, { recursive: true, force: true })
})

async function opened(more: Partial<Opening> = {}): Promise<EmbeddedLatchkey> {
  const latchkey = await openLatchkey({ path: ':memory:', rootKey: ROOT_KEY, ...more })
  open.push(latchkey)
  return latchkey
}

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work()
    return 'done'
  } catch (error) {
    return error instanceof Fault ? error.code : String(error)
  }
}

describe('the engine in this process', () => {
  test('returns a generated root key once, and accepts a given one', async () => {
    const own = await openLatchkey({ path: ':memory:', keyPrefix: 'acme' })
    open.push(own)
    expect(own.rootKey).toMatch(/^acme_[0-9A-Za-z]{49}$/)
    expect((await own.as(own.rootKey ?? '').whoami()).user.role).toBe('ROOT')
    const given = await opened()
    expect(given.rootKey).toBe(ROOT_KEY)
    expect(await codeOf(() => openLatchkey({ path: ':memory:', rootKey: 'short' }))).toBe('input_invalid')
    expect(await codeOf(() => openLatchkey({ path: ':memory:', keyPrefix: '-' }))).toBe('input_invalid')
  })

  test('answers without a promise when memory has the facts, and refuses the key after a revoke', async () => {
    const latchkey = await opened()
    const admin = latchkey.as(ROOT_KEY)
    const { secret, view } = await admin.keys.create({ access: 'use', permissions: ['documents.*'] })
    const question = { key: secret.reveal(), permissions: 'documents.read' }
    expect(await latchkey.verify(question)).toMatchObject({ valid: true })
    expect(latchkey.verify(question)).toMatchObject({ valid: true, code: 'VALID' })
    expect(latchkey.verify({ ...question, permissions: 'admin' })).toMatchObject({
      code: 'INSUFFICIENT_PERMISSIONS',
    })
    const racing = Array.from({ length: 20 }, () => latchkey.verify(question))
    await admin.keys.revoke({ id: view.key.id }, { reason: null })
    expect(await latchkey.verify(question)).toEqual({ valid: false, code: 'NOT_FOUND' })
    await Promise.all(racing)
    expect(await latchkey.verify(question)).toEqual({ valid: false, code: 'NOT_FOUND' })
  })

  test('a reopened file has all changes, also the last ones, and only one process can open it', async () => {
    const path = join(folder, 'kept.db')
    const first = await openLatchkey({ path, rootKey: ROOT_KEY })
    const admin = first.as(ROOT_KEY)
    const { secret, view } = await admin.keys.create({ access: 'use', limits: { total: usd('10') } })
    const spent = await first.verify({ key: secret.reveal(), charge: '2.5', meta: { model: 'small' } })
    expect(spent).toMatchObject({ valid: true })
    expect(String(await openLatchkey({ path, rootKey: ROOT_KEY }).catch(String))).toContain(
      'in use by another',
    )
    await first.close()
    const second = await opened({ path })
    expect(second.rootKey).toBeNull()
    const verdict = await second.verify({ key: secret.reveal() })
    expect(verdict.valid && verdict.budget.map(({ remaining }) => formatUsd(remaining))).toEqual(['7.5'])
    const kept = await second.as(ROOT_KEY).keys.get({ id: view.key.id })
    expect(kept.key.lastUsedAt).not.toBeNull()
  })

  test('concurrent calls never overspend a budget', async () => {
    const latchkey = await opened({ path: join(folder, 'budget.db') })
    const { secret } = await latchkey.as(ROOT_KEY).keys.create({ access: 'use', limits: { daily: usd('1') } })
    const verdicts = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        latchkey.verify(
          n % 2 === 0
            ? { key: secret.reveal(), charge: '0.05' }
            : { key: secret.reveal(), reserve: usd('0.05') },
        ),
      ),
    )
    const taken = verdicts.filter(({ valid }) => valid).length
    process.stdout.write(`embedded: 60 demands at once for room of 20, ${taken} taken\n`)
    expect(taken).toBe(20)
  })

  test('a repeated request id takes money once', async () => {
    const latchkey = await opened()
    const { secret } = await latchkey.as(ROOT_KEY).keys.create({ access: 'use', limits: { daily: usd('1') } })
    const ask = () => latchkey.verify({ key: secret.reveal(), charge: '0.4', requestId: 'one' })
    await ask()
    const again = await ask()
    expect(again.valid && [again.replayed, again.budget[0]?.remaining]).toEqual([true, usd('0.6')])
  })

  test('invalid input is refused with its place, and takes nothing', async () => {
    const latchkey = await opened()
    const { secret } = await latchkey.as(ROOT_KEY).keys.create({
      access: 'use',
      limits: { daily: usd('1') },
      rateLimits: [{ name: 'requests', limit: 10, windowMs: 60_000 }],
    })
    const key = secret.reveal()
    const wrong: Parameters<EmbeddedLatchkey['verify']>[0][] = [
      { key, charge: '-1' },
      { key, charge: -1n },
      { key, charge: '0.1234567891' },
      { key, charge: 2n ** 63n },
      { key, charge: '1', reserve: '1' },
      { key, reserve: '0' },
      { key, reserve: '1', ttlMs: 0.5 },
      { key, reserve: '1', ttlMs: 10 ** 12 },
      { key, charge: '1', requestId: '' },
      { key, charge: '1', meta: { name: 'x'.repeat(256) } },
      { key, charge: '1', meta: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`n${n}`, ''])) },
      { key, rateCosts: { requests: -1 } },
      { key, rateCosts: { requests: Number.NaN } },
      { key, permissions: 'and or' },
      { key, ip: 'nowhere' },
      { key, charge: '1', meta: { '': 'x' } },
      { key, charge: '1', meta: { prompt_tokens: 'many' } },
      // What a program without types can pass.
      ...[
        {},
        { key: null },
        { key: 7 },
        { key, permissions: ['a'] },
        { key, ip: 7 },
        { key, charge: 0.5 },
        { key, charge: '1', requestId: 7 },
        { key, charge: '1', meta: null },
        { key, reserve: '1', onExpiry: 'x' },
      ].map((question) => question as unknown as Parameters<EmbeddedLatchkey['verify']>[0]),
    ]
    for (const question of wrong) {
      count += 1
      expect([count, await codeOf(() => latchkey.verify(question))]).toEqual([count, 'input_invalid'])
    }
    const verdict = await latchkey.verify({ key, rateCosts: { requests: 0 } })
    expect(verdict.valid && [verdict.budget[0]?.spent, verdict.rateLimits[0]?.remaining]).toEqual([0n, 10])
    expect(await latchkey.verify({ key: 'x'.repeat(100_000) })).toEqual({ valid: false, code: 'NOT_FOUND' })
  })

  test('acts with the present rights of its secret, not with those from when it began', async () => {
    const latchkey = await opened()
    const root = latchkey.as(ROOT_KEY)
    const person = { username: 'user', email: 'user@example.com', displayName: 'User', role: 'USER' } as const
    const made = await root.users.create(person)
    const { secret, view } = await root.keys.create({ access: 'full', ownerId: made.id })
    const user = latchkey.as(secret.reveal())
    expect(await codeOf(() => user.users.create({ ...person, username: 'x', email: 'x@example.com' }))).toBe(
      'permission_denied',
    )
    expect((await user.keys.list({ sort: 'createdAt', limit: 10 })).rows).toHaveLength(1)
    await root.keys.revoke({ id: view.key.id }, { reason: null })
    expect(await codeOf(() => user.keys.list({ sort: 'createdAt', limit: 10 }))).toBe('credential_invalid')
    expect(await codeOf(() => latchkey.as('nobody').whoami())).toBe('credential_invalid')
  })
})
