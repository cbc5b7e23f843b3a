/** Whether what was read of one record still stands. All facts that rest on the record share its mark. */
export interface Mark<Id> {
  readonly id: Id
  stands: boolean
  /** How many facts carry it. */
  facts: number
}

/** The marks of the records of one kind: to forget a record is one step, however many facts rest on it. */
export interface Marks<Id> {
  /** The mark that new facts of the record carry. */
  take(id: Id): Mark<Id>
  /** Some facts that carried the mark are gone. */
  release(mark: Mark<Id>): void
  /** From now on nothing stands that was read of the record before. */
  void(id: Id): void
}

/** Builds the marks; those that no facts carry any more are not kept. */
export function createMarks<Id>(): Marks<Id> {
  const marks = new Map<Id, Mark<Id>>()
  return {
    take(id) {
      const mark = marks.get(id) ?? { id, stands: true, facts: 0 }
      mark.facts += 1
      marks.set(id, mark)
      return mark
    },
    release(mark) {
      mark.facts -= 1
      if (mark.facts === 0 && marks.get(mark.id) === mark) marks.delete(mark.id)
    },
    void(id) {
      const mark = marks.get(id)
      if (mark === undefined) return
      mark.stands = false
      marks.delete(id)
    },
  }
}
