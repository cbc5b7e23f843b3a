import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Call } from '../../../src/core/access/audit.ts'
import { formatUsd, parseUsd } from '../../../src/core/money/money.ts'
import type { LimitWindow } from '../../../src/core/money/windows.ts'
import type { Digest } from '../../../src/core/types.ts'
import { type TestApp, testApp } from '../../support/app.ts'
import { callOf } from '../cast.ts'

type NativeLimits = { [W in LimitWindow]?: string }
type Wire = { limit?: number | null; limit_reset?: string | null }

/** One line of the table in docs/wire/openrouter.md: the effect of a request on a key, and the limits afterwards. */
interface Naming {
  created: Wire
  native: NativeLimits
  patch: Wire
  shown: Wire
  limits: NativeLimits
}

const NAMINGS: Record<string, Naming> = {
  'a number goes to the binding limit, which shows from then on although another binds': {
    created: {},
    native: { daily: '5', monthly: '50' },
    patch: { limit: 60 },
    shown: { limit: 60, limit_reset: 'daily' },
    limits: { daily: '60', monthly: '50' },
  },
  'null removes the binding limit and no other, and no limit shows': {
    created: {},
    native: { daily: '5', monthly: '50' },
    patch: { limit: null },
    shown: { limit: null, limit_reset: 'daily' },
    limits: { monthly: '50' },
  },
  'null where no limit shows names nothing': {
    created: {},
    native: {},
    patch: { limit: null },
    shown: { limit: null, limit_reset: null },
    limits: {},
  },
  'a window moves the binding limit in place of one that stood there': {
    created: {},
    native: { daily: '5', monthly: '50', total: '500' },
    patch: { limit_reset: 'monthly' },
    shown: { limit: 5, limit_reset: 'monthly' },
    limits: { monthly: '5', total: '500' },
  },
  'a window moves the named limit, however little others leave': {
    created: { limit: 100 },
    native: { daily: '1', weekly: '3' },
    patch: { limit_reset: 'weekly' },
    shown: { limit: 100, limit_reset: 'weekly' },
    limits: { daily: '1', weekly: '100' },
  },
  'the window of the limit itself changes nothing': {
    created: { limit: 7, limit_reset: 'weekly' },
    native: { daily: '1' },
    patch: { limit_reset: 'weekly' },
    shown: { limit: 7, limit_reset: 'weekly' },
    limits: { daily: '1', weekly: '7' },
  },
  'a window without a limit to move shows what stands there': {
    created: { limit_reset: 'daily' },
    native: { monthly: '9' },
    patch: { limit_reset: 'monthly' },
    shown: { limit: 9, limit_reset: 'monthly' },
    limits: { monthly: '9' },
  },
  'both move first and set the amount then': {
    created: { limit: 7, limit_reset: 'weekly' },
    native: { daily: '1', monthly: '9' },
    patch: { limit: 8, limit_reset: 'monthly' },
    shown: { limit: 8, limit_reset: 'monthly' },
    limits: { daily: '1', monthly: '8' },
  },
  'both with null leave no limit in either window': {
    created: { limit: 7, limit_reset: 'weekly' },
    native: { daily: '1', monthly: '9' },
    patch: { limit: null, limit_reset: 'monthly' },
    shown: { limit: null, limit_reset: 'monthly' },
    limits: { daily: '1' },
  },
  'null for the window means all time': {
    created: { limit: 7, limit_reset: 'weekly' },
    native: { daily: '1' },
    patch: { limit_reset: null },
    shown: { limit: 7, limit_reset: null },
    limits: { daily: '1', total: '7' },
  },
}

let app: TestApp
let call: Call
beforeAll(async () => {
  app = await testApp()
  call = await callOf(app, app.rootKey)
})
afterAll(() => app.close())

async function create(body: Wire, native: NativeLimits): Promise<Digest> {
  const { json } = await app.call('POST', '/api/v1/keys', { body: { name: 'k', ...body } })
  await setNative(json.data.hash, native)
  return json.data.hash
}

async function setNative(digest: Digest, native: NativeLimits): Promise<void> {
  const limits = Object.fromEntries(Object.entries(native).map(([window, text]) => [window, parseUsd(text)]))
  await app.latchkey.keys.update(call, { digest }, { patch: { limits } })
}

async function limitsOf(digest: Digest): Promise<NativeLimits> {
  const { key } = await app.latchkey.keys.get(call, { digest })
  return Object.fromEntries(Object.entries(key.limits).map(([window, amount]) => [window, formatUsd(amount)]))
}

for (const [name, { created, native, patch, shown, limits }] of Object.entries(NAMINGS)) {
  test(`PATCH of the shown limit: ${name}, and again when it is repeated`, async () => {
    const hash = await create(created, native)
    for (let time = 0; time < 2; time += 1) {
      const { json } = await app.call('PATCH', `/api/v1/keys/${hash}`, { body: patch })
      expect(json.data).toMatchObject({ ...shown, limit_remaining: shown.limit })
      expect(await limitsOf(hash)).toEqual(limits)
    }
  })
}

test.each([
  ['neither member', {}, true],
  ['nulls', { limit: null, limit_reset: null }, true],
  ['a window', { limit_reset: 'daily' }, false],
  ['an amount', { limit: 3 }, false],
] as const)(
  'a key made with %s tells by that whether a limit set elsewhere shows',
  async (_, body, shows) => {
    const hash = await create(body, { weekly: '2' })
    const { json } = await app.call('GET', `/api/v1/keys/${hash}`)
    expect(json.data.limit_reset === 'weekly').toBe(shows)
  },
)

test('a PATCH of the total limit hides a limit set elsewhere, and one of other members does not', async () => {
  const hash = await create({}, {})
  await app.call('PATCH', `/api/v1/keys/${hash}`, { body: { name: 'other', limit: null } })
  await setNative(hash, { weekly: '2' })
  const shown = async (of: Digest) => (await app.call('GET', `/api/v1/keys/${of}`)).json.data
  expect(await shown(hash)).toMatchObject({ limit: 2, limit_reset: 'weekly' })
  const bare = await create({}, {})
  await app.call('PATCH', `/api/v1/keys/${bare}`, { body: { limit_reset: null } })
  await setNative(bare, { weekly: '2' })
  expect(await shown(bare)).toMatchObject({ limit: null, limit_reset: null })
})

test.each([
  [0.1 + 0.2, 0.3],
  [1234 * 0.15e-6, 0.0001851],
  [5e-10, 0.000000001],
  [0, 0],
])(
  'the limit %p, which a program computed, is rounded to the nearest nano-dollar: %p',
  async (limit, shown) => {
    const hash = await create({}, {})
    const { json } = await app.call('PATCH', `/api/v1/keys/${hash}`, { body: { limit } })
    expect(json.data.limit).toBe(shown)
  },
)

test('a limit above 0 that would be rounded to 0, which allows nothing, is refused', async () => {
  const hash = await create({ limit: 3 }, {})
  const { status } = await app.call('PATCH', `/api/v1/keys/${hash}`, { body: { limit: 4e-10 } })
  const { json } = await app.call('GET', `/api/v1/keys/${hash}`)
  expect([status, json.data.limit]).toEqual([400, 3])
})
