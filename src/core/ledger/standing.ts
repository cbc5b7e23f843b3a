// Tests: test/money/locked-rows.test.ts

/** The checks of a demand in the turn of the event loop in which it was made. */
interface Judged<Known> {
  /** Throws when the caller has lost the right to make it; a promise while memory lacks the caller. */
  judge(): Promise<unknown> | undefined
  /** The facts of the key in memory; a promise while it does not hold them. */
  find(): Known | Promise<Known | null>
  /** The reason why the key may not be used now, or null. */
  refuse(known: Known): unknown
}

/** Whether a demand that has waited for its commit would be made now as it was: by the same facts, which nothing refuses by now. */
export function isStanding<Known>(known: Known, { judge, find, refuse }: Judged<Known>): boolean {
  try {
    const judging = judge()
    const found = find()
    // The demand will be made again, and meets the failures of these reads itself.
    for (const read of [judging, found]) if (read instanceof Promise) read.catch(() => {})
    return judging === undefined && found === known && refuse(known) === null
  } catch {
    return false
  }
}
