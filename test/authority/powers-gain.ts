import fc from 'fast-check'
import { type History, histories } from './powers-histories.ts'
import { type Forgets, play, type Tally } from './powers-rig.ts'

/** Plays random histories until one gains a power; returns the gained power, the number of attempts, and the way to play it again. */
export async function firstGain(
  runs: number,
  { forgets = () => false, gains = /./ }: { forgets?: Forgets; gains?: RegExp } = {},
): Promise<{ gained: string[]; tally: Tally; replay: string }> {
  const tally: Tally = { histories: 0, calls: 0, allowed: 0, refused: 0, secretsMost: 0 }
  let gained: string[] = []
  const property = fc.asyncProperty(histories, async (history: History) => {
    const found = (await play(history, tally, forgets)).filter((what) => gains.test(what))
    if (found.length > 0) gained = found
    return found.length === 0
  })
  const details = await fc.check(property, { numRuns: runs, endOnFailure: true })
  return { gained, tally, replay: `seed ${details.seed}: ${JSON.stringify(details.counterexample)}` }
}
