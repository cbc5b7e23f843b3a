import { expect, test } from 'bun:test'
import { MAX } from '../../core/ground/bounds.ts'
import { createLateRefusals } from './late-refusals.ts'

const LARGE = MAX.bodyBytes

/** A request that declares a body of this length, or none. */
function requestOf(declared: number | null): Request {
  const headers: Record<string, string> =
    declared === null ? { 'transfer-encoding': 'chunked' } : { 'content-length': `${declared}` }
  return new Request('http://127.0.0.1/', { method: 'POST', headers, body: 'x' })
}

test('a refusal waits, and its place is free again afterwards', async () => {
  const late = createLateRefusals({ ms: 30, apartMs: 0, bytes: LARGE })
  for (let round = 0; round < 3; round += 1) {
    const startedAt = performance.now()
    const waiting = late.wait(requestOf(LARGE))
    expect(late.wait(requestOf(1))).toBeUndefined()
    await waiting
    // Timers count whole milliseconds.
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(29)
  }
})

test('refusals of bodies beyond the bound are sent at once; the bound counts bytes', () => {
  const late = createLateRefusals({ ms: 30, apartMs: 0, bytes: 2 * LARGE })
  const waits = (declared: number | null) => late.wait(requestOf(declared)) !== undefined
  const small = LARGE / 4
  const none: number | null = null
  expect([small, small, small, small, none, small].map(waits)).toEqual([true, true, true, true, true, false])
})

test('no more is counted for a body than the server keeps of it', () => {
  const late = createLateRefusals({ ms: 30, apartMs: 0, bytes: 2 * LARGE })
  const waits = (declared: number | null) => late.wait(requestOf(declared)) !== undefined
  expect([100 * LARGE, 100 * LARGE, 100 * LARGE].map(waits)).toEqual([true, true, false])
})

test('waits that begin at the same moment end one after the other, none after more than twice the time', async () => {
  const late = createLateRefusals({ ms: 40, apartMs: 2, bytes: 100 * LARGE })
  const startedAt = performance.now()
  const ended: number[] = []
  const waits = Array.from({ length: 30 }, () =>
    late.wait(requestOf(1_000))?.then(() => ended.push(performance.now() - startedAt)),
  )
  expect(waits.filter((wait) => wait !== undefined).length).toBeGreaterThanOrEqual(20)
  expect(waits.at(-1)).toBeUndefined()
  await Promise.all(waits)
  process.stdout.write(
    `${ended.length} waits ended within ${Math.round(Math.max(...ended) - (ended[0] ?? 0))} ms\n`,
  )
  expect(ended[0]).toBeGreaterThanOrEqual(39)
  expect(Math.max(...ended) - (ended[0] ?? 0)).toBeGreaterThan(30)
  const alone = performance.now()
  await late.wait(requestOf(1_000))
  expect(performance.now() - alone).toBeGreaterThanOrEqual(39)
})
