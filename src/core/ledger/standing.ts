// Tests: test/money/locked-rows.test.ts, test/money/changing-records.long.test.ts
import type { KeyFacts } from '../verify/key-facts.ts'

/** The checks of a demand in the turn of the event loop in which it was made. */
interface Judged<Known> {
  /** Throws when the caller has lost the right to make it; a promise while memory lacks the caller. */
  judge(): Promise<unknown> | undefined
  /** The facts of the key in memory; a promise while it does not hold them. */
  find(): Known | Promise<Known | null>
  /** The reason why the key may not be used now, or null. */
  refuse(known: Known): unknown
}

/**
 * How often a call is made again because memory lacked its facts when its commit decided. Then the judgement of a moment before counts:
 * somebody changes a record (its name, for example) as fast as calls can be made, and they would be refused for that.
 */
const MADE_AGAIN_MAX = 1

/** Counts how often a call was made again. */
export interface Repeats {
  count: number
}

/** Whether the caller of a judgement that was passed would pass it now, without a read. */
export function passes(judge: Judged<unknown>['judge'], repeats: Repeats): boolean {
  try {
    const judging = judge()
    // Whoever judges again meets the failure of this read itself.
    judging?.catch(() => {})
    return judging === undefined || repeats.count >= MADE_AGAIN_MAX
  } catch {
    return false
  }
}

/**
 * Whether a demand that has waited for its commit would be made now as it was: nothing refuses its key by the facts of the moment, and
 * the same accounts pay. Their limits need no look here, because the commit compares them itself.
 */
export function isStanding<Known extends Pick<KeyFacts, 'key'>>(
  known: Known,
  { judge, find, refuse }: Judged<Known>,
  repeats: Repeats,
): boolean {
  if (!passes(judge, repeats)) return false
  const found = find()
  if (found instanceof Promise) {
    found.catch(() => {})
    return repeats.count >= MADE_AGAIN_MAX
  }
  return hasSamePayers(found, known) && refuse(found) === null
}

function hasSamePayers({ key: one }: Pick<KeyFacts, 'key'>, { key: other }: Pick<KeyFacts, 'key'>): boolean {
  return one.ownerId === other.ownerId && one.workspaceId === other.workspaceId
}
