// Tests: src/core/verify/forgetting.test.ts
import type { Revision } from '../types.ts'

/** A record on which facts rest. */
interface Revised {
  id: string
  revision: Revision
}

/** Whether the data that was read of one record is still valid. All facts that rest on the record share its mark, and the record. */
export interface Mark<Record extends Revised> {
  readonly record: Record
  stands: boolean
  /** The number of facts that have it. */
  facts: number
  /** The approximate memory of the record. */
  readonly bytes: number
}

/** The marks of the records of one kind: a record is forgotten in one step, however many facts rest on it. */
export interface Marks<Record extends Revised> {
  /** The mark for new facts of the record, with the record in the revision that was read. */
  take(record: Record): Mark<Record>
  /** Notes that some facts with the mark are gone. */
  release(mark: Mark<Record>): void
  /** Makes everything invalid that was read of the record before. */
  void(id: Record['id']): void
  /** The revision of the record in which facts have it; undefined without facts. */
  revisionOf(id: Record['id']): Revision | undefined
  /** The approximate memory of the records on which facts rest. */
  bytes(): number
}

/** Builds the marks; marks without facts are dropped. */
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
      // Another node may have changed the record, and this read saw the change before the news of it; older data of the record is
      // invalid.
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
    revisionOf: (id) => marks.get(id)?.record.revision,
    bytes: () => bytes,
  }
}
