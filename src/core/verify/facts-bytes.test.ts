import { describe, expect, test } from 'bun:test'
import { testApp } from '../../../test/support/app.ts'
import { digestNumber, keyNumber, userNumber, workspaceNumber } from '../../../test/support/records.ts'
import { testSettings } from '../../../test/support/settings.ts'
import { addressMatcher } from '../ground/addresses.ts'
import { Secret } from '../ground/secret.ts'
import type { Key } from '../types.ts'
import { bytesOf, factsBytes } from './facts-bytes.ts'
import type { ReadyFacts } from './prepared.ts'

/** A text that nothing else holds, as the database hands it out. */
function textOf(length: number, n: number, wide = false): string {
  const text = `${n}-`.padEnd(length, wide ? 'ж' : 'x')
  return Buffer.from(text).toString()
}

function factsOf(n: number, members: Partial<Key>): ReadyFacts {
  const key = keyNumber(n, {
    id: textOf(36, n) as Key['id'],
    hash: Buffer.from(digestNumber(n)).toString() as Key['hash'],
    ...members,
  })
  const allowsAddress = key.allowedIps.length === 0 ? null : addressMatcher(key.allowedIps)
  const records = { owner: userNumber(n), workspace: workspaceNumber(n) }
  return { key, secret: key.secrets[0], ...records, allowsAddress, prepared: null }
}

/** The largest key that a caller can make. */
function largest(n: number, wide = false): ReadyFacts {
  const many = (count: number, length: number) =>
    Array.from({ length: count }, (_, index) => textOf(length, n * 1_000 + index, wide))
  return factsOf(n, {
    name: textOf(255, n, wide),
    externalUserId: textOf(255, n, wide),
    labels: Object.fromEntries(many(20, 255).map((name) => [name, textOf(255, n, wide)])),
    permissions: many(100, 128),
    allowedIps: Array.from({ length: 100 }, (_, index) => `2001:db8:${n.toString(16)}:${index}::/64`),
    rateLimits: many(10, 64).map((name) => ({ name, limit: 1_000_000, windowMs: 60_000 })),
  })
}

async function heapBytes(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    Bun.gc(true)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return process.memoryUsage().heapUsed
}

describe('the size of facts', () => {
  test.each([
    ['of the largest keys', 400, (n: number) => largest(n)],
    ['of the largest keys in another script', 200, (n: number) => largest(n, true)],
    [
      'of ordinary keys',
      3_000,
      (n: number) => factsOf(n, { name: textOf(20, n), permissions: [textOf(14, n)] }),
    ],
  ])('is about what memory holds: %s', async (what, count, make) => {
    const before = await heapBytes()
    const kept = Array.from({ length: count }, (_, n) => make(n))
    const measured = (await heapBytes()) - before
    const told = kept.reduce(
      (sum, facts) => sum + factsBytes(facts) + bytesOf(facts.owner) + bytesOf(facts.workspace),
      0,
    )
    const each = (bytes: number) => Math.round(bytes / count)
    process.stdout.write(`facts ${what}: ${each(measured)} bytes measured, ${each(told)} told\n`)
    expect(told).toBeGreaterThan(0.8 * measured)
    expect(told).toBeLessThan(2.5 * measured)
  })

  test('bounds the memory: facts beyond the bound are dropped, and every key can still be verified', async () => {
    const settings = testSettings({ bounds: { factsBytes: 200_000 } })
    const app = await testApp({ settings })
    const secrets: Secret[] = []
    for (let n = 0; n < 60; n += 1) {
      const labels = Object.fromEntries(Array.from({ length: 20 }, (_, l) => [`l${l}`, textOf(255, n)]))
      const { json } = await app.call('POST', '/v2/keys', { body: { access: 'use', labels } })
      secrets.push(new Secret(json.secret))
    }
    for (const secret of [...secrets, ...secrets])
      expect((await app.latchkey.verify({ secret })).code).toBe('VALID')
    expect(app.latchkey.facts.count()).toBeLessThan(40)
    expect(app.latchkey.facts.count()).toBeGreaterThan(5)
    await app.close()
  })
})
