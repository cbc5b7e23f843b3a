import { expect, test } from 'bun:test'
import { createChangeTurns } from './change-turns.ts'

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

const BUSY = { userId: 'busy', keyId: 'k' }
const OTHER = { userId: 'other', keyId: 'k' }
const CHANGE_MS = 5
const CHANGES = 120

/** Makes many changes of one user, and says for which part of the time they ran. */
async function backlog(turns: ReturnType<typeof createChangeTurns>) {
  const begun = performance.now()
  let busyMs = 0
  await Promise.all(
    Array.from({ length: CHANGES }, (_, n) =>
      turns.run(BUSY, `record-${n}`, async () => {
        const from = performance.now()
        await sleep(CHANGE_MS)
        busyMs += performance.now() - from
      }),
    ),
  )
  return busyMs / (performance.now() - begun)
}

test('changes of one user follow each other while nobody else makes any', async () => {
  const share = await backlog(createChangeTurns(1))
  process.stdout.write(`alone, changes run for ${share.toFixed(2)} of the time\n`)
  expect(share).toBeGreaterThan(0.8)
})

test.each([1, 4])(
  'beside others, a backlog of changes runs for half of the time (%i at once)',
  async (atOnce) => {
    const turns = createChangeTurns(atOnce)
    let isOver = false
    const waits: number[] = []
    const others = (async () => {
      for (let n = 0; !isOver; n += 1) {
        await sleep(20)
        const from = performance.now()
        await turns.run(OTHER, `other-${n}`, () => sleep(CHANGE_MS))
        waits.push(performance.now() - from - CHANGE_MS)
      }
    })()
    const share = (await backlog(turns)) / Math.max(1, atOnce >> 1)
    isOver = true
    await others
    const median = waits.toSorted((one, other) => one - other)[waits.length >> 1] ?? 0
    process.stdout.write(
      `beside ${waits.length} others, changes run for ${share.toFixed(2)} of the time; others wait ${median.toFixed(1)} ms\n`,
    )
    expect(waits.length).toBeGreaterThan(10)
    expect(share).toBeLessThan(0.7)
    // The rest of the change that runs.
    expect(median).toBeLessThan(2 * CHANGE_MS)
  },
)

test('a user that makes its changes one by one never rests', async () => {
  const turns = createChangeTurns(1)
  const begun = performance.now()
  let busyMs = 0
  const timed = async () => {
    const from = performance.now()
    await sleep(CHANGE_MS)
    busyMs += performance.now() - from
  }
  for (let n = 0; n < 40; n += 1) {
    await turns.run(BUSY, `record-${n}`, timed)
    if (n % 10 === 0) await turns.run(OTHER, `other-${n}`, timed)
  }
  expect(busyMs / (performance.now() - begun)).toBeGreaterThan(0.8)
})

test('every change is made, whoever rests meanwhile', async () => {
  const turns = createChangeTurns(4)
  const made = new Set<string>()
  await Promise.all(
    Array.from({ length: 600 }, (_, n) =>
      turns.run({ userId: `user-${n % 3}`, keyId: `k${n % 5}` }, `record-${n % 7}`, async () => {
        await sleep(n % 3)
        made.add(`${n}`)
      }),
    ),
  )
  expect(made.size).toBe(600)
})
