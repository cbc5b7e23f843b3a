import { sql } from 'kysely'
import { MAX } from '../../../core/ground/bounds.ts'
import type { SqlDatabase, Trx } from '../base/database.ts'
import type { KeySource } from './key-filters.ts'
import {
  cursorOf,
  idsThatMeet,
  type KeyPage,
  type KeyPlace,
  type Listing,
  pageOf,
  run,
} from './list-reads.ts'
import { isByAges, startAtFew, startAtIds } from './list-starts.ts'
import { lookUpsToSort, rowsToRead } from './list-work.ts'
import type { KeySearch } from './search-index.ts'
import { newestStretches } from './search-stretches.ts'

/** Sorts all keys of a source, and then looks through them in the list's order until the page is full. */
export function sortedPage(
  db: SqlDatabase,
  trx: Trx,
  listing: Listing & { source: KeySource },
): Promise<KeyPage> {
  const { source } = listing
  const filters = listing.filters.filter((filter) => !source.isExact || filter.source !== source)
  return lookThrough(db, trx, { ...listing, filters, end: null })
}

/**
 * The newest keys that a search finds, however many there are: the stretches of the search index are read, the one with the newest key
 * first, until there are enough keys. Only keys that are newer than every key of the remaining stretches are returned.
 */
export async function newestFound(
  db: SqlDatabase,
  trx: Trx,
  listing: Listing & { search: KeySearch },
): Promise<KeyPage> {
  const { query, search } = listing
  const filters = listing.filters.filter((filter) => filter.search === undefined)
  // Without other conditions nearly every proposed key belongs on the page.
  const enough = filters.length === 0 && listing.plan.scope === null ? 2 * (query.limit + 1) : MAX.listSorted
  const { stretches, rest } = await newestStretches(db, trx, { search, after: query.after, enough })
  const from = sql`from ${search.keysIn(stretches)} as searched`
  const source: KeySource = { from, keyId: 'key_id', isExact: true, hasAge: true }
  const end = rest === null ? null : { value: rest + 1n, id: LOWEST_ID }
  return lookThrough(db, trx, { ...listing, filters, source, end })
}

const LOWEST_ID = '00000000-0000-0000-0000-000000000000'

/** A sorted source. Behind `end` it may not have all keys, unless that is null. */
type Sorted = Listing & { source: KeySource; end: KeyPlace | null }

/** The numbers of keys that are looked up at a time: a page is mostly full after few of them. */
const FIRST_KEYS = 250
const MORE_KEYS = 1_000

/** The other filters are asked only for keys that the page has come to, and for no more than {@link rowsToRead}. */
async function lookThrough(db: SqlDatabase, trx: Trx, listing: Sorted): Promise<KeyPage> {
  const { query, filters, source, end } = listing
  const start = startAtFew(db, query, source)
  const isScoped = !isByAges(query, source)
  if (filters.length === 0 && isScoped)
    return endedAt(await run(db, trx, { ...listing, start, last: end }), listing)
  const sortedBy = lookUpsToSort(query, source, listing.plan.fewKeys)
  const limit = rowsToRead(startAtIds(db, query, { ids: [], isScoped }), filters, sortedBy)
  const places = await run(db, trx, { ...listing, filters: [], start, last: end, limit })
  const found: KeyPlace[] = []
  const skipped = query.offset ?? 0
  for (let from = 0; from < places.length && found.length <= skipped + query.limit; ) {
    const some = places.slice(from, from + (from === 0 ? FIRST_KEYS : MORE_KEYS))
    from += some.length
    const byIds = startAtIds(db, query, { ids: some.map(({ id }) => id), isScoped })
    const meeting = await idsThatMeet(db, trx, { filters, start: byIds })
    found.push(...some.filter(({ id }) => meeting.has(id)))
  }
  const lookedUpTo = places.length < limit ? end : (places.at(-1) ?? end)
  return endedAt(found.slice(skipped), { ...listing, end: lookedUpTo })
}

/** A page of the keys that were found up to a place; null for all. */
function endedAt(found: readonly KeyPlace[], { query, end }: Pick<Sorted, 'query' | 'end'>): KeyPage {
  if (end === null || found.length > query.limit) return pageOf(found, query.sort, query.limit)
  return { ids: found.map(({ id }) => id), next: cursorOf(query.sort, end) }
}
