// Tests: src/core/verify/facts.test.ts, test/authority/lost-answer.test.ts
/** Records whose last change is uncertain, because the answer to its commit was lost. */
export interface Doubts<Id> {
  /** Notes that one more change of the record may or may not have been made. */
  add(id: Id): void
  /** True while the record is in doubt. */
  has(id: Id): boolean
  isAny(): boolean
  /**
   * Starts to end the present doubts, unless that has begun already: they end once the store says that none of their changes can be
   * committed any more. While the store does not answer they stay, until somebody asks again.
   */
  settle(): void
}

/** Builds the list of doubts. `onSettled` is called with each record whose doubt may be over. */
export function createDoubts<Id>(
  store: { settled(): Promise<void> },
  onSettled: (id: Id) => void,
): Doubts<Id> {
  /** How many changes of each record are in doubt. */
  const doubted = new Map<Id, number>()
  let settling: Promise<void> | null = null

  async function settleKnown(): Promise<void> {
    const known = [...doubted]
    const settled = await store.settled().then(
      () => true,
      () => false,
    )
    settling = null
    if (!settled) return
    for (const [id, count] of known) {
      const left = (doubted.get(id) ?? 0) - count
      if (left > 0) doubted.set(id, left)
      else doubted.delete(id)
      onSettled(id)
    }
  }

  return {
    add(id) {
      doubted.set(id, (doubted.get(id) ?? 0) + 1)
    },
    has: (id) => doubted.has(id),
    isAny: () => doubted.size > 0,
    settle() {
      if (settling === null && doubted.size > 0) settling = settleKnown()
    },
  }
}
