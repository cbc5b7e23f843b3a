import { afterAll, beforeAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Call } from '../../../src/core/access/audit.ts'
import { DAY_MS } from '../../../src/core/ground/clock.ts'
import { LIMIT_WINDOWS, type Limits, type LimitWindow } from '../../../src/core/money/windows.ts'
import type { KeyId } from '../../../src/core/types.ts'
import { type TestApp, testApp } from '../../support/app.ts'
import { callOf } from '../cast.ts'

// Amounts of the model are whole cents, so it needs none of our arithmetic.
const NANO_PER_CENT = 10_000_000n

type Reset = 'daily' | 'weekly' | 'monthly' | null

type Step =
  | { kind: 'patch'; body: { limit?: number | null; limit_reset?: Reset } }
  | { kind: 'native'; window: LimitWindow; cents: number | null }
  | { kind: 'byok'; counted: boolean }
  | { kind: 'use'; cents: number; byokCents: number; daysAgo: number }
  | { kind: 'wait'; days: number }

const cents = fc.integer({ min: 0, max: 400 })
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 3 })
const reset = orNull(fc.constantFrom('daily', 'weekly', 'monthly'))
const amount = orNull(cents.map((value) => value / 100))
const patch = fc.record({ limit: amount, limit_reset: reset } as const, { requiredKeys: [] })

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: patch.map((body) => ({ kind: 'patch' as const, body })) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('native' as const),
      window: fc.constantFrom(...LIMIT_WINDOWS),
      cents: orNull(cents),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('byok' as const), counted: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('use' as const),
      cents,
      byokCents: cents,
      daysAgo: fc.integer({ min: 0, max: 40 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), days: fc.integer({ min: 0, max: 9 }) }),
  },
)

/** The expected state of the key, computed as slowly and plainly as possible. */
interface Model {
  limits: Map<LimitWindow, number>
  named: LimitWindow | null
  byokCounted: boolean
  uses: { cents: number; byokCents: number; at: number }[]
}

/** Sums every use whose day, week or month has the same name as today's. */
function consumed(model: Model, window: LimitWindow, now: number): number {
  return model.uses
    .filter(({ at }) => nameOf(window, at) === nameOf(window, now))
    .reduce((sum, use) => sum + use.cents + (model.byokCounted ? use.byokCents : 0), 0)
}

function nameOf(window: LimitWindow, at: number): string {
  const day = new Date(at)
  if (window === 'total') return 'always'
  if (window === 'monthly') return day.toISOString().slice(0, 7)
  // A week has the name of its Monday, which is found by walking back.
  if (window === 'weekly') while (day.getUTCDay() !== 1) day.setUTCDate(day.getUTCDate() - 1)
  return day.toISOString().slice(0, 10)
}

function remaining(model: Model, window: LimitWindow, now: number): number {
  return Math.max(0, (model.limits.get(window) ?? 0) - consumed(model, window, now))
}

/** The shown window: the named one, else the one with the least room, of equal ones the longest. */
function shownWindow(model: Model, now: number): LimitWindow {
  if (model.named !== null) return model.named
  const limited = LIMIT_WINDOWS.filter((window) => model.limits.has(window))
  const least = Math.min(...limited.map((window) => remaining(model, window, now)))
  return limited.filter((window) => remaining(model, window, now) === least).at(-1) ?? 'total'
}

/** The rules of docs/wire/openrouter.md in order: first the window, then the amount. */
function applyPatch(model: Model, body: { limit?: number | null; limit_reset?: Reset }, now: number): void {
  if (body.limit_reset !== undefined) {
    const from = shownWindow(model, now)
    const to = body.limit_reset ?? 'total'
    const moved = model.limits.get(from)
    if (moved !== undefined) {
      model.limits.delete(from)
      model.limits.set(to, moved)
    }
    model.named = to
  }
  if (body.limit === undefined) return
  const window = shownWindow(model, now)
  if (body.limit !== null) {
    model.limits.set(window, Math.round(body.limit * 100))
    model.named = window
  } else if (model.limits.delete(window)) model.named = window
}

function expectedView(model: Model, now: number) {
  const window = shownWindow(model, now)
  const limit = model.limits.get(window)
  return {
    limit: limit === undefined ? null : limit / 100,
    limit_remaining: limit === undefined ? null : remaining(model, window, now) / 100,
    limit_reset: window === 'total' ? null : window,
    include_byok_in_limit: model.byokCounted,
  }
}

let app: TestApp
let call: Call
let steps = 0
let patches = 0

beforeAll(async () => {
  app = await testApp()
  call = await callOf(app, app.rootKey)
})
afterAll(async () => {
  await app.close()
  console.log(`shown limit: ${steps} steps, ${patches} of them PATCHes`)
})

test('the shown limit, its rest and the limits of other windows equal a slow reference', async () => {
  await fc.assert(
    fc.asyncProperty(patch, fc.array(step, { minLength: 1, maxLength: 12 }), async (first, rest) => {
      const created = await app.call('POST', '/api/v1/keys', { body: { name: 'p', ...first } })
      expect(created.status).toBe(201)
      const model: Model = { limits: new Map(), named: null, byokCounted: false, uses: [] }
      // On create null means the same as absent, so a key that is given neither names no window.
      const named = typeof first.limit === 'number' || typeof first.limit_reset === 'string'
      if (named) applyPatch(model, { limit: first.limit ?? null, limit_reset: first.limit_reset ?? null }, 0)
      const { hash } = created.json.data
      const key = await app.latchkey.keys.get(call, { digest: hash })
      await expectFollows(model, {
        hash,
        id: key.key.id,
        secret: created.json.key,
        answer: created.json.data,
      })
      for (const each of rest) {
        const answer = await play(each, model, { hash, id: key.key.id })
        await expectFollows(model, { hash, id: key.key.id, secret: created.json.key, answer })
      }
    }),
    { numRuns: 80 },
  )
}, 60_000)

/** Applies one step to the key and to the model; a PATCH returns its answer. */
async function play(each: Step, model: Model, { hash, id }: { hash: string; id: KeyId }) {
  steps += 1
  switch (each.kind) {
    case 'patch': {
      patches += 1
      const { status, json } = await app.call('PATCH', `/api/v1/keys/${hash}`, { body: each.body })
      expect(status).toBe(200)
      applyPatch(model, each.body, app.clock.now())
      return json.data
    }
    case 'native': {
      const amount = each.cents === null ? null : BigInt(each.cents) * NANO_PER_CENT
      await app.latchkey.keys.update(call, { id }, { patch: { limits: { [each.window]: amount } } })
      if (each.cents === null) model.limits.delete(each.window)
      else model.limits.set(each.window, each.cents)
      return null
    }
    case 'byok': {
      const body = { include_byok_in_limit: each.counted }
      await app.call('PATCH', `/api/v1/keys/${hash}`, { body })
      model.byokCounted = each.counted
      return null
    }
    case 'use': {
      const at = app.clock.now() - each.daysAgo * DAY_MS
      const amount = BigInt(each.cents) * NANO_PER_CENT
      const byokAmount = BigInt(each.byokCents) * NANO_PER_CENT
      const event = { id: `use-${steps}`, key: { id }, amount, byokAmount, requests: 1, at, meta: {} }
      await app.latchkey.usage.report(call, [event])
      model.uses.push({ cents: each.cents, byokCents: each.byokCents, at })
      return null
    }
    case 'wait':
      app.clock.advance(each.days * DAY_MS)
      return null
  }
}

async function expectFollows(
  model: Model,
  { hash, id, secret, answer }: { hash: string; id: KeyId; secret: string; answer: unknown },
): Promise<void> {
  const expected = expectedView(model, app.clock.now())
  if (answer !== null) expect(answer).toMatchObject(expected)
  expect((await app.call('GET', `/api/v1/keys/${hash}`)).json.data).toMatchObject(expected)
  expect((await app.call('GET', '/api/v1/key', { key: secret })).json.data).toMatchObject(expected)
  const { key } = await app.latchkey.keys.get(call, { id })
  const limits: Limits = Object.fromEntries(
    LIMIT_WINDOWS.filter((window) => model.limits.has(window)).map((window) => [
      window,
      BigInt(model.limits.get(window) ?? 0) * NANO_PER_CENT,
    ]),
  )
  expect(key.limits).toEqual(limits)
}
