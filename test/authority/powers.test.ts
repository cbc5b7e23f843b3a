import { describe, expect, test } from 'bun:test'
import { firstGain } from './powers-gain.ts'

const RUNS = Number(process.env.LATCHKEY_TEST_POWER_HISTORIES ?? 60)

describe('the powers that a caller can gain', () => {
  test('never exceed those of the first granter, through any chain of calls', async () => {
    const { gained, tally, replay } = await firstGain(RUNS)
    if (gained.length > 0) process.stdout.write(`${replay}\n`)
    process.stdout.write(`powers: ${JSON.stringify(tally)}\n`)
    expect(gained).toEqual([])
    expect(tally.allowed).toBeGreaterThan(RUNS)
    expect(tally.refused).toBeGreaterThan(RUNS)
    expect(tally.secretsMost).toBeGreaterThan(3)
  }, 120_000)
})
