import type { KeyQuery } from '@latchkey/client'
import { DAY_MS } from '../parts/day.ts'

/** The filters of the list of keys as they stand in the address, each a text; an absent one does not filter. */
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

/** What keys may want looking at for. */
export const RISKS = ['nearLimit', 'unlimited', 'neverExpires'] as const

// Moments that are derived from now keep still for a while, so that the same question is not a new one each second.
const STILL_MS = 5 * 60_000

/** The question to the API that the filters of an address stand for. What is no filter of ours is passed over. */
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
    // What was only just made is not unused yet.
    query.createdBefore = query.unusedSince
  }
  const risk = RISKS.find((each) => each === given('risk'))
  if (risk !== undefined) query[risk] = 'true'
  if (days('expires') > 0) {
    query.expiresBefore = new Date(still + days('expires') * DAY_MS).toISOString()
    // What has expired already is another list.
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
