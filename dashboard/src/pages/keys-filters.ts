import type { KeyQuery } from '@latchkey/client'
import { DAY_MS } from '../parts/day.ts'

/** The filters of the list of keys, as the address has them: texts; an absent one does not filter. */
export const FILTERS = [
  'search',
  'status',
  'access',
  'ownerId',
  'workspaceId',
  'label',
  'unused',
  'expires',
  'risk',
  'sort',
] as const

/** One of them. */
export type FilterName = (typeof FILTERS)[number]

/** The reasons to look at a key. */
const RISKS = ['nearLimit', 'unlimited', 'neverExpires'] as const

// Moments that depend on now are rounded, so that the same query does not change every second.
const STILL_MS = 5 * 60_000

/** The query of the API for the filters in an address. Unknown parameters are ignored. */
export function keyQueryOf(filters: URLSearchParams, now: number): KeyQuery {
  const still = Math.floor(now / STILL_MS) * STILL_MS
  const given = (name: FilterName) => filters.get(name)?.trim() || undefined
  const days = (name: 'unused' | 'expires') => Number.parseInt(given(name) ?? '', 10)
  const query: KeyQuery = { limit: 50 }
  for (const name of ['search', 'status', 'access', 'ownerId', 'workspaceId', 'sort'] as const) {
    const value = given(name)
    if (value !== undefined) Object.assign(query, { [name]: value })
  }
  const labels = given('label')
    ?.split(/\s*,\s*/)
    .map((pair) => pair.replace('=', ':'))
  if (labels !== undefined) query.label = labels
  if (days('unused') > 0) {
    query.unusedSince = new Date(still - days('unused') * DAY_MS).toISOString()
    // A key that was just made does not count as unused.
    query.createdBefore = query.unusedSince
  }
  const risk = RISKS.find((each) => each === given('risk'))
  if (risk !== undefined) query[risk] = 'true'
  if (days('expires') > 0) {
    query.expiresBefore = new Date(still + days('expires') * DAY_MS).toISOString()
    // Expired keys are in another list.
    query.status ??= 'active'
    query.sort ??= 'expiresAt'
  }
  const cursor = filters.get('cursor')
  if (cursor !== null) query.cursor = cursor
  return query
}

/** Whether any filter is set. */
export function isFiltered(filters: URLSearchParams): boolean {
  return FILTERS.some((name) => name !== 'sort' && (filters.get(name) ?? '') !== '')
}
