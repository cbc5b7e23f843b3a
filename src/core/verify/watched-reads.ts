// Tests: src/core/verify/facts.test.ts

/** Tells whether these records stayed unchanged since a read began. */
export type Stood = (ids: readonly string[]) => boolean

/** Reads in progress collect the changes made meanwhile, so a slow read cannot bring back outdated facts. */
export interface WatchedReads {
  read<T>(work: (stood: Stood) => Promise<T>): Promise<T>
  /** Notes that a record has changed. */
  noteChange(id: string): void
  /** Notes that any record may have changed. */
  noteAll(): void
}

/** Stands for every record among the changes during a read. */
const EVERYTHING = '*'

/** Builds it. */
export function createWatchedReads(): WatchedReads {
  const underWay = new Set<Set<string>>()

  function noteChange(id: string): void {
    for (const changed of underWay) changed.add(id)
  }

  return {
    async read(work) {
      const changed = new Set<string>()
      underWay.add(changed)
      try {
        return await work((ids) => ![...ids, EVERYTHING].some((id) => changed.has(id)))
      } finally {
        underWay.delete(changed)
      }
    },
    noteChange,
    noteAll: () => noteChange(EVERYTHING),
  }
}
