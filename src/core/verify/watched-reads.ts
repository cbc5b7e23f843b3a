// Tests: src/core/verify/facts.test.ts

/** Says whether these records stood unchanged since a read began. */
export type Stood = (ids: readonly string[]) => boolean

/** Reads under way collect what changes meanwhile, so that a slow read cannot bring back facts that are old by now. */
export interface WatchedReads {
  read<T>(work: (stood: Stood) => Promise<T>): Promise<T>
  /** A record has changed. */
  noteChange(id: string): void
  /** Any record may have changed. */
  noteAll(): void
}

/** What stands for every record in what has changed during a read. */
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
