import { expect, test } from 'bun:test'
import { sharedScrapes } from './shared-scrapes.ts'

test('after a scrape the next one rests nine times as long, at most a second', async () => {
  const rests: number[] = []
  let now = 0
  const durations = [0, 20, 4_000, 3]
  const scrape = sharedScrapes(
    async () => {
      now += durations[rests.length] ?? 0
      return `${now}`
    },
    {
      nowMs: () => now,
      async pause(ms) {
        rests.push(ms)
      },
    },
  )
  const texts: string[] = []
  for (const _ of durations) texts.push(await scrape())
  await scrape()
  expect(texts).toEqual(['0', '20', '4020', '4023'])
  expect(rests.slice(0, 4)).toEqual([0, 180, 1_000, 27])
})
