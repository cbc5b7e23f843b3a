import type { Revision } from '../core/types.ts'
import type { Change, Feed, Remembered } from '../store/nodes.ts'

/** How many changes are remembered: as many as one feed returns. */
const REMEMBERED = 1_000

/** The last changes that a node knows, to find out which of them an older database has lost. */
export interface Recollection {
  /** Takes the changes of a feed. */
  note(feed: Pick<Feed, 'revision' | 'changes'>): void
  /** A change of this node got this revision. */
  saw(revision: Revision): void
  remembered(): Remembered
  /** Whether every change is remembered, from before the first lost one up to the highest revision that was seen. */
  covers(lost: readonly Change[]): boolean
  /** Forgets all changes: the database may be used in its present state. */
  clear(): void
}

/** Builds an empty one. */
export function createRecollection(): Recollection {
  let changes: Change[] = []
  let seen: Revision = 0
  return {
    note(feed) {
      seen = Math.max(seen, feed.revision)
      const next = (changes.at(-1)?.revision ?? (feed.changes?.[0]?.revision ?? 0) - 1) + 1
      const heard = feed.changes?.filter(({ revision }) => revision >= next) ?? []
      const follows = feed.changes !== null && (heard.length === 0 || heard[0]?.revision === next)
      if (!follows) changes = []
      else if (heard.length > 0) changes = [...changes, ...heard].slice(-REMEMBERED)
    },
    saw(revision) {
      seen = Math.max(seen, revision)
    },
    remembered: () => ({ seen, changes }),
    covers(lost) {
      const [first, last] = [changes.at(0), changes.at(-1)]
      return last?.revision === seen && !lost.some(({ revision }) => revision === first?.revision)
    },
    clear() {
      changes = []
      seen = 0
    },
  }
}
