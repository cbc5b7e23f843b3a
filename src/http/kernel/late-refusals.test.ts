import { expect, test } from 'bun:test'
import { MAX } from '../../core/ground/bounds.ts'
import { createLateRefusals } from './late-refusals.ts'

const BOUNDS = { ms: 30, apartMs: 2, each: 10, together: 100, unreadBytes: 2 * MAX.bodyBytes }
const LONG = MAX.bodyBytes + 1

/** A request with a body of this declared length, or of none. `wasLetGo` tells whether the server still keeps what comes of it. */
function large(declared: number | null) {
  const headers: Record<string, string> =
    declared === null ? { 'transfer-encoding': 'chunked' } : { 'content-length': `${declared}` }
  const sender = new AbortController()
  let isLetGo = false
  const body = new ReadableStream({
    cancel() {
      isLetGo = true
    },
  })
  const request = new Request('http://127.0.0.1/', {
    method: 'POST',
    headers,
    body,
    signal: sender.signal,
    duplex: 'half',
  })
  return { request, goAway: () => sender.abort(), wasLetGo: () => isLetGo }
}

const waitOf = (late: ReturnType<typeof createLateRefusals>, sender: string | null) =>
  late.wait(large(1_000).request, sender)

test('a refusal waits, and its place is free again afterwards', async () => {
  const late = createLateRefusals({ ...BOUNDS, each: 1 })
  for (let round = 0; round < 3; round += 1) {
    const startedAt = performance.now()
    const waiting = waitOf(late, 'ada')
    expect(waitOf(late, 'ada')).toBeUndefined()
    await waiting
    // Timers count whole milliseconds.
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(29)
  }
})

test('refusals of one sender end one after the other, and not more of them in a time, however many wait', async () => {
  const late = createLateRefusals({ ...BOUNDS, each: 50 })
  const startedAt = performance.now()
  const ended: number[] = []
  const waits = Array.from({ length: 50 }, () =>
    waitOf(late, null)?.then(() => ended.push(performance.now() - startedAt)),
  )
  await Promise.all(waits)
  const first = ended[0] ?? 0
  const tookMs = (ended.at(-1) ?? 0) - first
  process.stdout.write(`${ended.length} waits ended within ${Math.round(tookMs)} ms\n`)
  // Each waits longer than the one before. Timers count whole milliseconds, and a busy machine makes them late.
  for (const [n, ms] of ended.entries()) expect(ms).toBeGreaterThanOrEqual(29 + n * BOUNDS.apartMs)
  expect(ended).toEqual(ended.toSorted((one, other) => one - other))
})

test("another sender's refusal does not wait for these", async () => {
  const late = createLateRefusals({ ...BOUNDS, apartMs: 100 })
  const flood = Array.from({ length: 10 }, () => waitOf(late, null))
  const startedAt = performance.now()
  await waitOf(late, 'ada')
  expect(performance.now() - startedAt).toBeLessThan(100)
  await flood[0]
})

test('beyond a number of waiting refusals, of one sender or of all, the next is sent at once', () => {
  const late = createLateRefusals({ ...BOUNDS, ms: 5_000, each: 2, together: 3 })
  const waits = ['ada', 'ada', 'ada', 'bob', 'cyd'].map((sender) => waitOf(late, sender) !== undefined)
  expect(waits).toEqual([true, true, false, true, false])
})

test('a sender that goes away has its place no longer, and its request ends', async () => {
  const late = createLateRefusals({ ...BOUNDS, ms: 60_000, each: 1 })
  const { request, goAway } = large(null)
  const waiting = late.wait(request, 'ada')
  expect(waitOf(late, 'ada')).toBeUndefined()
  goAway()
  await waiting
  expect(waitOf(late, 'ada')).toBeDefined()
})

test('a sender that has gone before takes no place', () => {
  const late = createLateRefusals(BOUNDS)
  const { request, goAway } = large(1_000)
  goAway()
  expect(late.wait(request, 'ada')).toBeUndefined()
})

test('a body that the server would receive anyway is not kept during the wait', async () => {
  const late = createLateRefusals(BOUNDS)
  const { request, wasLetGo } = large(MAX.bodyBytes)
  const waiting = late.wait(request, null)
  expect(wasLetGo()).toBe(true)
  await waiting
})

test('longer bodies stay unread during the wait, so that no more of them comes, as far as there is memory', async () => {
  const late = createLateRefusals(BOUNDS)
  const bodies = [LONG, null, LONG, null].map(large)
  const waits = bodies.map(({ request }) => late.wait(request, 'ada'))
  expect(bodies.map(({ wasLetGo }) => wasLetGo())).toEqual([false, false, true, true])
  await Promise.all(waits)
  expect(bodies.map(({ wasLetGo }) => wasLetGo())).toEqual([true, true, true, true])
  const next = large(LONG)
  const waiting = late.wait(next.request, 'ada')
  expect(next.wasLetGo()).toBe(false)
  await waiting
})
