import type { Call } from './call.ts'

/** A condition on a change. */
export interface Matching {
  /** Make the change only while the record has this revision; otherwise 412 `revision_mismatch`. */
  ifRevision?: number | undefined
}

/** The condition as a header. A repeat of a conditional change that got through would be refused, so it is none to repeat. */
export function ifMatch({ ifRevision }: Matching = {}): Pick<Call, 'headers' | 'once'> {
  return ifRevision === undefined ? {} : { headers: { 'if-match': `"${ifRevision}"` }, once: true }
}
