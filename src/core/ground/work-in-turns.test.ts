import { expect, test } from 'bun:test'
import { Fault } from './faults.ts'
import { createWorkInTurns } from './work-in-turns.ts'

const WAIT_MS = 40
const at = (begin: () => void) => begin()
const by = (userId: string) => ({ userId, keyId: 'k' })
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error) => (error instanceof Fault ? error.code : String(error)),
  )

test('work behind some that hangs is given up in time, however much waits, and never begins', async () => {
  const inTurns = createWorkInTurns(2, at, WAIT_MS)
  const hung = Promise.withResolvers<string>()
  const hanging = [1, 2].map(() => inTurns(by('one'), () => hung.promise))
  let begun = 0
  const startedAt = performance.now()
  const codes = await Promise.all(
    Array.from({ length: 1_000 }, (_, n) =>
      codeOf(
        inTurns(by(`user ${n % 7}`), async () => {
          begun += 1
        }),
      ),
    ),
  )
  const tookMs = performance.now() - startedAt
  process.stdout.write(`1,000 behind two that hang: answered after ${tookMs.toFixed(0)} ms\n`)
  expect(new Set(codes)).toEqual(new Set(['store_unavailable']))
  expect(tookMs).toBeLessThan(20 * WAIT_MS)
  hung.resolve('late')
  expect(await Promise.all(hanging)).toEqual(['late', 'late'])
  expect(await inTurns(by('one'), async () => 'next')).toBe('next')
  expect(begun).toBe(0)
})

test('work whose turn has come is not given up, however long it takes', async () => {
  const inTurns = createWorkInTurns(1, at, WAIT_MS)
  const long = () => Bun.sleep(2 * WAIT_MS).then(() => 'done')
  const first = inTurns(by('one'), () => Bun.sleep(WAIT_MS / 2))
  const second = inTurns(by('two'), long)
  await first
  expect(await second).toBe('done')
})
