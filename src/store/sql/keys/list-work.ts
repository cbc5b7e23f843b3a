import { MAX } from '../../../core/ground/bounds.ts'
import type { KeyFilter, KeyTableName } from './key-filters.ts'
import type { KeyIndex, ListStart } from './list-starts.ts'

/** The look-ups that lead from an entry of an index to a row: by its id, the index of ids leads to the number of a row of `keys`. */
const ROW_LOOK_UPS: Record<KeyIndex, Record<KeyTableName, number>> = {
  keys: { keys: 1, key_totals: 1 },
  key_totals: { keys: 2, key_totals: 1 },
  key_labels: { keys: 2, key_totals: 1 },
  ids: { keys: 2, key_totals: 1 },
}

/** How many rows of a list a page may read until it ends, however few keys it has: the more look-ups each costs, the fewer. */
export function rowsToRead(start: ListStart, filters: readonly KeyFilter[]): number {
  const lookUps = lookUpsOf(start, filters)
  return lookUps === 0 ? MAX.listRowsRead : Math.min(MAX.listRowsRead, Math.floor(MAX.listLookUps / lookUps))
}

/** The most look-ups that one row costs until it is known whether its key belongs to the page. */
function lookUpsOf({ index, others, scopeTable }: ListStart, filters: readonly KeyFilter[]): number {
  const asked = filters.filter(({ inIndex }) => !inIndex)
  const tables = new Set(asked.filter(({ withoutRow }) => !withoutRow).map(({ table }) => table))
  if (others.length > 0) tables.add(scopeTable)
  let lookUps = 0
  for (const table of tables) lookUps += ROW_LOOK_UPS[index][table]
  for (const filter of asked) lookUps += filter.lookUps ?? 0
  return lookUps
}
