import { createVirtualDatabase } from './virtual-database.ts'
import { createVirtualNode, type Mistake, type VirtualNode } from './virtual-node.ts'
import { createTimeline, diceOf } from './virtual-world.ts'

/** The result of a run of the simulator. */
export interface Outcome {
  /** An answer from facts older than a change that was acknowledged before the question; null when there was none. */
  broken: string | null
  verifies: number
  changes: number
  /** The number of verifies after an acknowledged change of their key, which could have been wrong. */
  chances: number
}

const LASTS_MS = 12_000
const LEASE_MS = 1_000
const KEYS = ['a', 'b', 'c']

/**
 * Runs three nodes on one database for some seconds of virtual time, with every failure that the protocol must survive. The same seed
 * gives the same run.
 */
export function simulate(seed: number, mistake: Mistake | null = null): Outcome {
  const dice = diceOf(seed)
  const time = createTimeline()
  const database = createVirtualDatabase({
    time,
    dice,
    forgetsEvictions: mistake === 'evicted_and_went_on',
    forgetsRenewals: mistake === 'renewals_lost',
  })
  const nodes = ['one', 'two', 'three'].map((name) =>
    createVirtualNode({ name, time, dice, database, leaseMs: LEASE_MS, mistake }),
  )
  const acknowledged = new Map<string, number>()
  const outcome: Outcome = { broken: null, verifies: 0, changes: 0, chances: 0 }

  function verify(): void {
    const node = dice.pick(nodes)
    const key = dice.pick(KEYS)
    const atLeast = acknowledged.get(key) ?? 0
    const askedAtMs = time.nowMs()
    node.verify(key, (version) => {
      outcome.verifies += 1
      if (atLeast > 0) outcome.chances += 1
      if (version < atLeast)
        outcome.broken ??= `seed ${seed}: asked at ${askedAtMs.toFixed(1)} ms for ${key}, which was at ${atLeast}, ${nodes.indexOf(node)} answered ${version} at ${time.nowMs().toFixed(1)} ms`
    })
    time.after(dice.between(1, 15), verify)
  }

  function change(): void {
    const key = dice.pick(KEYS)
    dice.pick(nodes).change(key, (revision) => {
      outcome.changes += 1
      acknowledged.set(key, Math.max(acknowledged.get(key) ?? 0, revision))
    })
    time.after(dice.between(20, 400), change)
  }

  // A machine that sleeps while its clock is set back by as much cannot be told apart from one that did neither.
  const sleeps = dice.chance(0.5)
  function goWrong(): void {
    somethingGoesWrong(dice.pick(nodes))
    time.after(dice.between(200, 2_500), goWrong)
  }
  function somethingGoesWrong(node: VirtualNode): void {
    const what = dice.between(0, 7)
    if (what < 1) node.crash(dice.between(50, 2_000))
    else if (what < 2) node.pause(dice.between(50, 2_500), false)
    else if (what < 3) node.cutOff(dice.between(50, 3_000))
    else if (what < 4) {
      const downMs = dice.between(20, 800)
      for (const each of nodes) each.cutOff(downMs)
      database.recover()
    } else if (what < 6) {
      if (sleeps) node.pause(dice.between(50, 2_500), true)
      else node.setWallClock(dice.between(-3_000, 3_000))
    } else {
      // The failure of a server often also cuts the network to it.
      node.cutOff(dice.between(0, 2_000))
      database.failOver()
    }
  }

  time.after(0, verify)
  time.after(0, change)
  time.after(1_500, goWrong)
  time.run(LASTS_MS)
  return outcome
}
