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

/** Whether the caller of a judgement that was passed would pass it now, without a read. */
export function passes(judge: Judged<unknown>['judge']): boolean {
  try {
    const judging = judge()
    // Whoever judges again meets the failure of this read itself.
    judging?.catch(() => {})
    return judging === undefined
  } catch {
    return false
  }
}

/** Whether a demand that has waited for its commit would be made now as it was: by the same facts, which nothing refuses by now. */
export function isStanding<Known>(known: Known, { judge, find, refuse }: Judged<Known>): boolean {
  if (!passes(judge)) return false
  const found = find()
  if (found instanceof Promise) found.catch(() => {})
  return found === known && refuse(known) === null
}
