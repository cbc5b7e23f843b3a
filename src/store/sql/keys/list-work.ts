import { MAX } from '../../../core/ground/bounds.ts'
import type { KeyQuery } from '../../../core/keys/queries.ts'
import { type KeyFilter, type KeySource, type KeyTableName, SORT_COLUMNS } from './key-filters.ts'
import type { KeyIndex, ListStart } from './list-starts.ts'

/** The look-ups that lead from an entry of an index to a row: by its id, the index of ids leads to the number of a row of `keys`. */
const ROW_LOOK_UPS: Record<KeyIndex, Record<KeyTableName, number>> = {
  keys: { keys: 1, key_totals: 1 },
  key_totals: { keys: 2, key_totals: 1 },
  key_labels: { keys: 2, key_totals: 1 },
  ids: { keys: 2, key_totals: 1 },
}

/**
 * How many rows of a list a page may read until it ends, however few keys it has: the more look-ups each costs, the fewer. `spent` are the
 * look-ups that it has made before; half of all are left to it in any case.
 */
export function rowsToRead(start: ListStart, filters: readonly KeyFilter[], spent = 0): number {
  const lookUps = lookUpsOf(start, filters)
  const left = Math.max(MAX.listLookUps - spent, MAX.listLookUps / 2)
  return lookUps === 0 ? MAX.listRowsRead : Math.min(MAX.listRowsRead, Math.floor(left / lookUps))
}

/** The look-ups that lead from the keys of a source to what the list is ordered by. */
export function lookUpsToSort(
  { sort }: KeyQuery,
  { rowsOf, readsRows, hasAge }: KeySource,
  keys: number,
): number {
  if (hasAge && sort === 'createdAt') return 0
  const table: KeyTableName = SORT_COLUMNS[sort].startsWith('keys.') ? 'keys' : 'key_totals'
  return keys * (rowsOf === table ? 1 : (readsRows ? 1 : 0) + ROW_LOOK_UPS.ids[table])
}

/**
 * The tables whose rows are needed to decide the filters. A list that is read in its order knows the column of the order without the row;
 * keys that are found by their ids do not.
 */
export function rowsNeeded(index: KeyIndex, filters: readonly KeyFilter[]): Set<KeyTableName> {
  const needing = filters.filter(
    ({ withoutRow, range }) => !withoutRow || (index === 'ids' && range !== undefined),
  )
  return new Set(needing.map(({ table }) => table))
}

/** The most look-ups that one row costs until it is known whether its key belongs to the page. */
function lookUpsOf({ index, others, scopeTable }: ListStart, filters: readonly KeyFilter[]): number {
  const asked = filters.filter(({ inIndex }) => !inIndex)
  const tables = rowsNeeded(index, asked)
  if (others.length > 0) tables.add(scopeTable)
  let lookUps = 0
  for (const table of tables) lookUps += ROW_LOOK_UPS[index][table]
  for (const filter of asked) lookUps += filter.lookUps ?? 0
  return lookUps
}
