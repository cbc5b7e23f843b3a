import type { Expected, Revision } from '../types.ts'
import { Fault } from './faults.ts'

/** Refuses a change with `revision_mismatch` when its precondition names revisions, and the record has another one. */
export function requireRevision(record: { revision: Revision }, expected: Expected['ifRevision']): void {
  if (expected?.includes(record.revision) === false) throw new Fault('revision_mismatch')
}
