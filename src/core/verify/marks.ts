// Tests: src/core/verify/forgetting.test.ts
import type { Revision } from '../types.ts'

/** A record of which facts are made. */
interface Revised {
  id: string
  revision: Revision
}

/** Whether what was read of one record still stands. All facts that rest on the record share its mark, and the record. */
export interface Mark<Record extends Revised> {
  readonly record: Record
  stands: boolean
  /** How many facts carry it. */
  facts: number
  /** About how much memory the record takes. */
  readonly bytes: number
}

/** The marks of the records of one kind: to forget a record is one step, however many facts rest on it. */
export interface Marks<Record extends Revised> {
  /** The mark that new facts of the record carry, with the record in the revision that was read. */
  take(record: Record): Mark<Record>
  /** Some facts that carried the mark are gone. */
  release(mark: Mark<Record>): void
  /** From now on nothing stands that was read of the record before. */
  void(id: Record['id']): void
  /** About how much memory the records take that some facts rest on. */
  bytes(): number
}

/** Builds the marks; those that no facts carry any more are not kept. */
export function createMarks<Record extends Revised>(bytesOf: (record: Record) => number): Marks<Record> {
  const marks = new Map<Record['id'], Mark<Record>>()
  let bytes = 0

  function markOf(record: Record): Mark<Record> {
    const mark = { record, stands: true, facts: 0, bytes: bytesOf(record) }
    marks.set(record.id, mark)
    bytes += mark.bytes
    return mark
  }

  return {
    take(record) {
      const known = marks.get(record.id)
      // Another node may have changed it, and this read saw it before the news came: what was read of it before is older.
      if (known !== undefined && known.record.revision !== record.revision) known.stands = false
      const mark = known?.stands ? known : markOf(record)
      mark.facts += 1
      return mark
    },
    release(mark) {
      mark.facts -= 1
      if (mark.facts > 0) return
      bytes -= mark.bytes
      if (marks.get(mark.record.id) === mark) marks.delete(mark.record.id)
    },
    void(id) {
      const mark = marks.get(id)
      if (mark === undefined) return
      mark.stands = false
      marks.delete(id)
    },
    bytes: () => bytes,
  }
}
