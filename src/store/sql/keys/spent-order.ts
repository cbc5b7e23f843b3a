import { sql } from 'kysely'
import type { LedgerEntry } from '../../../core/ledger/entries.ts'
import { entryEvent } from '../../../core/ledger/units.ts'
import type { SqlDatabase } from '../base/database.ts'
import { rowStep } from '../base/row-steps.ts'
import { boundedSum } from '../ledger/exact-sums.ts'

/**
 * Lets the order of lists by what was spent follow the sums. What an event changes is noted here and moved in the indexes
 * later, once for however many events a key has had meanwhile: moved with each event, it would be most of what is written.
 */
export interface SpentOrder {
  /** Notes whose sums entries have changed; called when they are written. */
  note(entries: readonly LedgerEntry[]): void
  /** See `LedgerStore.refreshSpentOrder`. */
  refresh(limit: number): Promise<number>
}

/** Builds the order of one process. It knows nothing yet of what the process before it has left behind. */
export function createSpentOrder(db: SqlDatabase): SpentOrder {
  const changed = new Set<string>()
  /** The last key looked at on the one walk over all keys that finds what was left behind; null when it is over. */
  let walkedTo: string | null = ''

  /** Moves some of the keys noted; answers how many. */
  async function moveSome(limit: number): Promise<number> {
    const ids = [...changed.keys().take(limit)].sort()
    if (ids.length === 0) return 0
    // What is noted from now on may have come too late for the statement.
    for (const id of ids) changed.delete(id)
    try {
      const move = moveKeys(
        db,
        ids.map((id) => [id]),
      )
      await db.runSteps([move], 'chore')
    } catch (error) {
      for (const id of ids) changed.add(id)
      throw error
    }
    return ids.length
  }

  /** Looks at the next keys of the walk, and notes those that do not stand where they belong. */
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
