import { describe, expect, test } from 'bun:test'
import { simulate } from './simulation.ts'
import { MISTAKES } from './virtual-node.ts'

// The protocol of `src/cluster` in a world where messages are lost, late and doubled, nodes crash, pause and sleep, clocks drift and are
// set, and another database server takes over. `LATCHKEY_TEST_CLUSTER_SEEDS` runs more seeds, `LATCHKEY_TEST_CLUSTER_SEED` one.

const seeds = Number(process.env.LATCHKEY_TEST_CLUSTER_SEEDS ?? 300)
const only = process.env.LATCHKEY_TEST_CLUSTER_SEED
/** A mistake must be noticed within this number of seeds. */
const SEEDS_TO_NOTICE = 300

describe('the protocol of leases and revisions', () => {
  test('after a change is acknowledged, no node answers from older facts', () => {
    const all = { verifies: 0, changes: 0, chances: 0 }
    const broken: string[] = []
    for (const seed of only === undefined ? Array(seeds).keys() : [Number(only)]) {
      const outcome = simulate(seed)
      all.verifies += outcome.verifies
      all.changes += outcome.changes
      all.chances += outcome.chances
      if (outcome.broken !== null) broken.push(outcome.broken)
    }
    console.log(`${only === undefined ? seeds : 1} seeds: ${JSON.stringify(all)}`)
    expect(broken.slice(0, 3)).toEqual([])
    expect(all.chances).toBeGreaterThan(100)
  }, 600_000)

  test('the same seed gives the same run', () => {
    expect(simulate(7)).toEqual(simulate(7))
    expect(simulate(7)).not.toEqual(simulate(8))
  })

  test.each([...MISTAKES])('the planted mistake %s is noticed', (mistake) => {
    const found = [...Array(SEEDS_TO_NOTICE).keys()].find((seed) => simulate(seed, mistake).broken !== null)
    console.log(`${mistake}: noticed by seed ${found}`)
    expect(found).toBeDefined()
  })
})
