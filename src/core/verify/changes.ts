import { Fault } from '../ground/faults.ts'
import type { Revision } from '../types.ts'
import type { Facts } from './facts.ts'
import type { RecordRef } from './key-facts.ts'
import type { RecordWrites } from './record-writes.ts'

/** What became of a change, and how many nodes act by it before its caller is answered. */
export interface Receipt<T> {
  written: T
  nodes: number
}

/** The one way to write what memory must hear of: keys, users and workspaces. */
export interface Changes {
  /**
   * Writes, lets memory forget the record, and only then answers. It forgets whether or not the write succeeds, because a
   * connection that breaks during the commit leaves open whether the change was made.
   */
  make<T extends Revision | { revision: Revision }>(
    record: RecordRef,
    write: (records: RecordWrites) => Promise<T>,
  ): Promise<Receipt<T>>
}

/** Builds the way to write. */
export function createChanges({
  store,
  facts,
}: {
  store: RecordWrites
  facts: Pick<Facts, 'forget'>
}): Changes {
  return {
    async make(record, write) {
      try {
        const written = await write(store)
        facts.forget(record, typeof written === 'number' ? written : written.revision)
        return { written, nodes: NODES }
      } catch (error) {
        facts.forget(record, changedNothing(error) ? 0 : null)
        throw error
      }
    },
  }
}

// This process is the only one on its database (ADR 0005). More nodes will be waited for here, and nowhere else.
const NODES = 1

/** True when the store has said no: then it has rolled back. All else may have come after the commit. */
function changedNothing(error: unknown): boolean {
  return error instanceof Fault && error.code !== 'store_unavailable' && error.code !== 'internal'
}
