import { sql } from 'kysely'
import { MAX } from '../../../core/ground/bounds.ts'
import type { Instant } from '../../../core/ground/clock.ts'
import type { Page } from '../../../core/ground/page.ts'
import type { KeyQuery, ListedKey } from '../../../core/keys/queries.ts'
import { noReserved, noSpend } from '../../../core/money/budgets.ts'
import type { Key, User } from '../../../core/types.ts'
import { type SqlDatabase, snapshot, type Trx } from '../base/database.ts'
import { readUser } from '../base/rows.ts'
import { standingIn } from '../ledger/spend.ts'
import { requireManager } from '../people/sight.ts'
import { filtersOf } from './key-filters.ts'
import { type KeyRow, withSecrets } from './key-rows.ts'
import { planList } from './list-plan.ts'
import { cursorOf, type KeyPage, type Listing, lastToRead, pageOf, run } from './list-reads.ts'
import { newestFound, sortedPage } from './list-sorted.ts'
import { startAtLabel, startInOrder } from './list-starts.ts'
import { type KeySearch, searchKeys } from './search-index.ts'

/** See `KeyStore.listKeys`. */
export function listKeys(db: SqlDatabase, query: KeyQuery): Promise<Page<ListedKey>> {
  return snapshot(db, async (trx) => {
    await requireManager(trx, query)
    const { ids, next } = await findPage(db, trx, query)
    const keys = await withSecrets(db, trx, { rows: await rowsOf(db, trx, ids), at: query.at })
    return { rows: await asListed(db, trx, { keys, at: query.at }), next }
  })
}

/** Finds the keys of a page. */
export async function findPage(db: SqlDatabase, trx: Trx, query: KeyQuery): Promise<KeyPage> {
  const { search: text } = query
  const search = text === undefined ? null : await searchKeys(db, trx, { ...query, search: text })
  const filters = filtersOf(db, query, search)
  const plan = await planList(db, trx, { query, filters })
  return readPage(db, trx, { query, filters, plan })
}

/**
 * Reads the ids of a page's keys. If no filter has few matches, keys are read in the list's order, as many as `rowsToRead` says.
 * Then the page ends, however few it has, and the next one continues from there.
 */
async function readPage(db: SqlDatabase, trx: Trx, listing: Listing): Promise<KeyPage> {
  const { query, filters, plan } = listing
  const { limit, sort } = query
  if (plan.few !== null && plan.sortsFirst) return sortedPage(db, trx, { ...listing, source: plan.few })
  const found = filters.find((filter) => filter.search !== undefined)?.search
  const search = sort === 'createdAt' && plan.few === null && query.within === undefined ? found : undefined
  if (search !== undefined && !isDense(search, limit)) return newestFound(db, trx, { ...listing, search })
  const start =
    plan.label === null ? startInOrder(db, query, plan.scope) : startAtLabel(db, query, plan.label)
  const isDecided = start.others.length === 0 && filters.every(({ inIndex }) => inIndex)
  // A page of a list by offset has no cursor, so its client would take an early end for the end of the list. The time limit bounds it.
  if (isDecided || query.offset !== undefined)
    return pageOf(await run(db, trx, { ...listing, start }), sort, limit)
  const last = await lastToRead(trx, { ...listing, start })
  const keys = await run(db, trx, { ...listing, start, last })
  if (last === null || keys.length > limit) return pageOf(keys, sort, limit)
  if (plan.few !== null) return sortedPage(db, trx, { ...listing, source: plan.few })
  if (search !== undefined) return newestFound(db, trx, { ...listing, search })
  return { ids: keys.map(({ id }) => id), next: cursorOf(sort, last) }
}

/** True when a search finds so many keys that reading the list in its order fills a page faster than looking them up. */
function isDense({ share }: KeySearch, limit: number): boolean {
  return limit <= (share * MAX.listRowsRead) / 2
}

async function rowsOf(db: SqlDatabase, trx: Trx, ids: readonly string[]): Promise<KeyRow[]> {
  if (ids.length === 0) return []
  const totals = db.besideEach(sql.table('key_totals'), sql`key_totals.key_id = keys.id`)
  const { rows } = await sql<KeyRow>`
    select keys.*, key_totals.last_used_at, key_totals.request_count
    from keys ${totals} where ${db.oneOf(sql`keys.id`, ids)}`.execute(trx)
  const byId = new Map(rows.map((row) => [row.id, row]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

async function asListed(
  db: SqlDatabase,
  trx: Trx,
  { keys, at }: { keys: Key[]; at: Instant },
): Promise<ListedKey[]> {
  const standings = await standingIn(db, trx, { keyIds: keys.map((key) => key.id), at })
  const owners = await ownersOf(db, trx, keys)
  return keys.map((key) => {
    const standing = standings.get(key.id) ?? { spend: noSpend(), reserved: noReserved() }
    return { key, owner: owners.get(key.ownerId) ?? null, ...standing }
  })
}

async function ownersOf(db: SqlDatabase, trx: Trx, keys: Key[]): Promise<Map<string, User>> {
  const ids = [...new Set(keys.map((key) => key.ownerId))]
  if (ids.length === 0) return new Map()
  const rows = await trx
    .selectFrom('users')
    .selectAll()
    .where('deleted_at', 'is', null)
    .where(db.oneOf(sql`users.id`, ids))
    .execute()
  return new Map(rows.map((row) => [row.id, readUser(row)]))
}
