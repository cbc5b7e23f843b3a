import { MAX } from '../../../core/ground/bounds.ts'
import { type PermissionExpression, parseExpression } from '../../../core/ground/permissions.ts'
import { type NanoUsd, parseUsd } from '../../../core/money/money.ts'
import { requestFault } from '../../kernel/places.ts'

/** The demands of one request on its key. */
export interface Demands {
  /** All of these are needed. */
  permissions: PermissionExpression[]
  /** Spent at once; null for no amount. */
  charge: NanoUsd | null
  /** Units to take from named rate limits, instead of one unit each. */
  costs: ReadonlyMap<string, number>
}

/** Demands as one place writes them, not read yet. */
export interface WrittenDemands {
  permissions: readonly string[]
  charges: readonly string[]
  costs: readonly string[]
}

/**
 * Reads the demands that one place of a request writes. An unreadable one is refused and never skipped, because a gateway's demand
 * must not get lost. A cost is at least 1, because a client could have written it. Throws `input_invalid` with the place.
 */
export function readDemands(written: WrittenDemands, placeOf: (name: string) => string): Demands {
  return {
    permissions: written.permissions.map((text) => readPermission(text, placeOf('permission'))),
    charge: greatest(written.charges.map((text) => readCharge(text, placeOf('charge')))),
    costs: readCosts(written.costs, placeOf('cost')),
  }
}

/**
 * The demands of several places together. A place can only add to the demands of the others, so a client that can write into one of
 * them cannot lower them: all permissions, the greatest charge, the greatest cost of each rate limit.
 */
export function together(places: readonly Demands[]): Demands {
  const costs = new Map<string, number>()
  for (const place of places) {
    for (const [name, cost] of place.costs) costs.set(name, Math.max(cost, costs.get(name) ?? 0))
  }
  return {
    permissions: places.flatMap(({ permissions }) => permissions),
    charge: greatest(places.map(({ charge }) => charge)),
    costs,
  }
}

/** All of the permissions as one expression; undefined when none is demanded. */
export function allOf(permissions: readonly PermissionExpression[]): PermissionExpression | undefined {
  const [first, ...others] = permissions
  if (first === undefined) return undefined
  return others.reduce((left, right) => ({ kind: 'and', left, right }), first)
}

function readPermission(text: string, place: string): PermissionExpression {
  try {
    return parseExpression(text)
  } catch (error) {
    throw requestFault(place, error instanceof Error ? error.message : 'Must be a permission expression.')
  }
}

function readCharge(text: string, place: string): NanoUsd {
  const amount = parseUsd(text)
  if (amount !== null) return amount
  throw requestFault(place, 'Must be an amount of USD from 0 to 1000000000 with at most 9 decimals.')
}

const COST = /^(\S+):(\d{1,10})$/

function readCosts(texts: readonly string[], place: string): Map<string, number> {
  const costs = new Map<string, number>()
  for (const part of texts.flatMap((text) => text.split(','))) {
    const [, encoded, units = ''] = COST.exec(part.trim()) ?? []
    const name = encoded === undefined ? null : decoded(encoded)
    const cost = Number(units)
    if (name === null || cost < 1 || cost > MAX.rateLimitUnits || costs.size >= MAX.rateLimitsPerKey) {
      throw requestFault(
        place,
        `Must be at most ${MAX.rateLimitsPerKey} of name:units, separated by commas, each of 1 to ${MAX.rateLimitUnits} units; percent-encode commas, spaces and what is not ASCII in names.`,
      )
    }
    costs.set(name, Math.max(cost, costs.get(name) ?? 0))
  }
  return costs
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

function greatest(amounts: readonly (NanoUsd | null)[]): NanoUsd | null {
  let most: NanoUsd | null = null
  for (const amount of amounts) if (amount !== null && (most === null || amount > most)) most = amount
  return most
}
