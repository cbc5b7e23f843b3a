import { expect, test } from 'bun:test'
import { createUnpacking } from './unpacking.ts'

const ADA = { userId: 'ada', keyId: 'k' }
const BOB = { userId: 'bob', keyId: 'l' }

/** Work that ends when the test says so. */
function works() {
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const work = (name: string) => () => {
    begun.push(name)
    return new Promise<void>((end) => ends.set(name, end))
  }
  const settled = () => new Promise((done) => setImmediate(done))
  const end = async (name: string) => {
    ends.get(name)?.()
    await settled()
  }
  return { begun, work, end, settled }
}

test('few bodies are unpacked at the same time, and users take turns', async () => {
  const { begun, work, end, settled } = works()
  const unpacking = createUnpacking(2)
  const many = Array.from({ length: 10 }, (_, n) => `a${n}`)
  const all = many.map((name) => unpacking.inTurn(ADA, work(name)))
  all.push(unpacking.inTurn(BOB, work('b')))
  await settled()
  expect(begun).toEqual(['a0', 'a1'])
  for (let ended = 0; ended < 3; ended += 1) await end(begun[ended] ?? '')
  expect(begun).toHaveLength(5)
  expect(begun).toContain('b')
  for (let ended = 3; ended < all.length; ended += 1) await end(begun[ended] ?? '')
  await Promise.all(all)
})

test('work that fails gives its place to the next', async () => {
  const unpacking = createUnpacking(1)
  const failing = unpacking.inTurn(ADA, () => Promise.reject(new Error('broken')))
  const next = unpacking.inTurn(ADA, () => Promise.resolve('done'))
  await expect(failing).rejects.toThrow('broken')
  expect(await next).toBe('done')
})
