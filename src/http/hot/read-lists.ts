import { MAX } from '../../core/ground/bounds.ts'
import type { Meta } from '../../core/ledger/meta.ts'
import { metaOfTags } from '../native/usage/usage-wire.ts'
import { NAMES_MAX, PERMISSION } from '../native/verify/permission-lists.ts'

// The lists of a verify, read as http/native/verify/verify-key.ts reads them. Null for a list of another form, valid or not.

/** A list of permissions as one expression; an empty text for an empty list. */
export function permissionsOf(list: readonly unknown[]): string | null {
  const areRight = list.every((name) => typeof name === 'string' && PERMISSION.test(name))
  return areRight && list.length <= NAMES_MAX ? list.join(' and ') : null
}

/** The costs of named rate limits. */
export function costsOf(list: readonly unknown[]): Map<string, number> | null {
  if (list.length > MAX.rateLimitsPerKey) return null
  const costs = new Map<string, number>()
  for (const item of list) {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return null
    const { name, cost = 1, ...others } = item as Record<string, unknown>
    if (Object.keys(others).length > 0 || !isText(name, MAX.rateLimitNameChars)) return null
    if (typeof cost !== 'number' || !Number.isSafeInteger(cost) || cost < 0 || cost > MAX.rateLimitUnits)
      return null
    if (costs.has(name)) return null
    costs.set(name, cost)
  }
  return costs
}

/** The meta of a charge. */
export function metaOf(tags: readonly unknown[]): Meta | null {
  if (tags.length > MAX.tagsPerRequest || !tags.every((tag) => isText(tag, MAX.tagChars))) return null
  const { meta, problems } = metaOfTags(tags)
  return problems.length === 0 ? meta : null
}

function isText(value: unknown, charsMax: number): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= charsMax
}
