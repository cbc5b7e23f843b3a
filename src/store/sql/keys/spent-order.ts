import { sql } from 'kysely'
import type { LedgerEntry } from '../../../core/ledger/entries.ts'
import { entryEvent } from '../../../core/ledger/units.ts'
import type { SqlDatabase } from '../base/database.ts'
import { rowStep } from '../base/row-steps.ts'
import { boundedSum } from '../ledger/exact-sums.ts'

/**
 * Updates the order of lists by spent money. The keys that events change are noted here and moved in the indexes later, once for any
 * number of events: if each event moved its key, most of the written bytes would be these moves.
 */
export interface SpentOrder {
  /** Notes the keys whose sums entries have changed; called when the entries are written. */
  note(entries: readonly LedgerEntry[]): void
  /** See `LedgerStore.refreshSpentOrder`. */
  refresh(limit: number): Promise<number>
}

/** Builds the order of one process. It does not know yet which moves the previous process left undone. */
export function createSpentOrder(db: SqlDatabase): SpentOrder {
  const changed = new Set<string>()
  /** The last key of the one walk over all keys that finds the moves left undone; null when the walk is over. */
  let walkedTo: string | null = ''

  /** Moves some of the noted keys; returns how many. */
  async function moveSome(limit: number): Promise<number> {
    const ids = [...changed.keys().take(limit)].sort()
    if (ids.length === 0) return 0
    // A key that is noted from now on may have changed too late for the statement, so it is moved again.
    for (const id of ids) changed.delete(id)
    try {
      const move = moveKeys(
        db,
        ids.map((id) => [id]),
      )
      await db.runSteps([move], { errand: 'chore' })
    } catch (error) {
      for (const id of ids) changed.add(id)
      throw error
    }
    return ids.length
  }

  /** Reads the next keys of the walk, and notes those whose place in the order is outdated. */
  async function walk(from: string, limit: number): Promise<void> {
    const stretch = sql`select key_id, ${boundedSum('key_totals', 'amount')} as amount, listed_amount from key_totals where key_id > ${from} order by key_id limit ${BigInt(limit)}`
    const behind = await sql<{ key_id: string }>`
      select key_id from (${stretch}) as stretch where amount <> listed_amount`.execute(db.reader)
    const [end] = (
      await sql<{ key_id: string }>`
        select key_id from key_totals where key_id > ${from} order by key_id limit 1 offset ${BigInt(limit - 1)}`.execute(
        db.reader,
      )
    ).rows
    for (const row of behind.rows) changed.add(row.key_id)
    walkedTo = end?.key_id ?? null
  }

  return {
    note(entries) {
      for (const entry of entries) {
        const event = entryEvent(entry)
        if (event !== undefined) changed.add(event.keyId)
      }
    },
    async refresh(limit) {
      if (walkedTo !== null) await walk(walkedTo, limit)
      const moved = await moveSome(limit)
      return walkedTo === null ? moved : limit
    },
  }
}

const moveKeys = rowStep(
  { key_id: 'text' },
  [
    ({ cell, from }) => sql`
      update key_totals set listed_amount = ${boundedSum('key_totals', 'amount')}
      ${from} where key_totals.key_id = ${cell('key_id')}
      and key_totals.listed_amount <> ${boundedSum('key_totals', 'amount')}`,
  ],
  { table: 'key_totals', column: 'key_id' },
)
