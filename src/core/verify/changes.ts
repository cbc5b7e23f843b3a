// Tests: test/authority/every-write.test.ts, test/authority/lost-answer.test.ts
import type { FoundationStore } from '../../store/foundation.ts'
import type { Clock, Instant } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import type { NewestLimits } from '../ledger/newest-limits.ts'
import type { Allowance, Revision } from '../types.ts'
import type { Facts } from './facts.ts'
import type { RecordRef } from './key-facts.ts'
import { type InForce, type Nodes, THIS_NODE } from './nodes.ts'
import type { RecordWrites, WithoutWrites } from './record-writes.ts'

/** The result of a change, and the nodes that apply it before its caller is answered. */
export interface Receipt<T> {
  written: T
  /** The number of nodes, and of those whose lease was waited out. Null when nobody was waited for. */
  inForce: InForce | null
  /** The time at which the change was in force; null without other nodes, where that is at once. */
  at: Instant | null
}

/** Whether the caller is answered only when every node applies the change. That is so unless the caller chose not to wait. */
export type Wait = 'all' | 'none'

/** The only way to write the records that memory holds: keys, users and workspaces. */
export interface Changes {
  /**
   * Writes, makes memory forget the record, here and on all other nodes, and only then returns. It forgets whether or not the write
   * succeeds, because a connection that breaks during the commit leaves open whether the change was made.
   */
  make<T extends Revision | { revision: Revision }>(
    record: RecordRef,
    write: (records: RecordWrites) => Promise<T>,
    wait?: Wait,
  ): Promise<Receipt<T>>
  /**
   * Waits for changes that were made without waiting, all up to this revision, unless the caller chose not to wait. So a call with
   * many changes waits once.
   */
  settle(revision: Revision, wait?: Wait): Promise<Pick<Receipt<unknown>, 'inForce' | 'at'>>
  /**
   * Waits until this node applies all changes of any node, and until the others do, unless the caller chose not to wait for them. For an
   * answer which says that an earlier call has made a change: the node of that call may be waiting still, for this node, too.
   */
  settleAll(wait?: Wait): Promise<void>
}

/** Builds the way to write. */
export function createChanges({
  store,
  facts,
  limits,
  nodes,
  clock,
}: {
  store: RecordWrites & Pick<WithoutWrites<FoundationStore>, 'revision'>
  facts: Pick<Facts, 'forget'>
  /** Hears of the limits of each changed record. */
  limits: Pick<NewestLimits, 'note'>
  /** The other nodes; null when there can be none. */
  nodes: Pick<Nodes, 'inForce' | 'hasApplied'> | null
  clock: Clock
}): Changes {
  async function make<T extends Revision | { revision: Revision }>(
    record: RecordRef,
    write: (records: RecordWrites) => Promise<T>,
  ): Promise<{ written: T; revision: Revision }> {
    try {
      const written = await write(store)
      const revision = typeof written === 'number' ? written : written.revision
      facts.forget(record, revision)
      if (hasAllowance(written)) {
        const { limits: caps, boosts, includeByokInLimit } = written
        const allowance = { limits: caps, includeByokInLimit, ...(boosts && { boosts }) }
        limits.note({ account: record, allowance, revision })
      }
      return { written, revision }
    } catch (error) {
      facts.forget(record, changedNothing(error) ? 0 : null)
      throw error
    }
  }

  async function settle(
    revision: Revision,
    wait: Wait = 'all',
  ): Promise<Pick<Receipt<unknown>, 'inForce' | 'at'>> {
    if (nodes === null) return { inForce: THIS_NODE, at: null }
    if (wait === 'none') return { inForce: null, at: clock.now() }
    return { inForce: await nodes.inForce(revision), at: clock.now() }
  }

  return {
    async make(record, write, wait) {
      const { written, revision } = await make(record, write)
      return { written, ...(await settle(revision, wait)) }
    },
    settle,
    async settleAll(wait) {
      if (nodes === null) return
      const revision = await store.revision()
      if (!(await nodes.hasApplied(revision)))
        throw new Fault('store_unavailable', { internal: 'this node is behind the changes' })
      if (wait !== 'none') await nodes.inForce(revision)
    },
  }
}

/** True for a key, user or workspace. */
function hasAllowance(written: unknown): written is Allowance {
  return (
    typeof written === 'object' && written !== null && 'limits' in written && 'includeByokInLimit' in written
  )
}

/** True when the store has refused: then it has rolled back. Any other error may have come after the commit. */
function changedNothing(error: unknown): boolean {
  return error instanceof Fault && error.code !== 'store_unavailable' && error.code !== 'internal'
}
