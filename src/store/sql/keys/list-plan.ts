import { type RawBuilder, sql } from 'kysely'
import { MAX } from '../../../core/ground/bounds.ts'
import type { KeyQuery } from '../../../core/keys/queries.ts'
import type { SqlDatabase, Trx } from '../base/database.ts'
import { statement } from '../base/statement.ts'
import {
  inIndexOrder,
  isOnlyOf,
  type KeyFilter,
  type KeySource,
  SCOPE_COLUMNS,
  SCOPE_NAMES,
  type ScopeName,
} from './key-filters.ts'

/** How the keys of a page are found. */
export interface ListPlan {
  /** The member, workspace or owner, whose index is read in the list's order; null for the index of all keys. */
  scope: ScopeName | null
  /** The label whose newest keys are read instead. */
  label: { name: string; value: string } | null
  /** A source of few keys that has all matches, to be sorted; null when no filter has so few. */
  few: KeySource | null
  /** How many keys it has; 0 without one. */
  fewKeys: number
  /** True when sorting these costs less than reading the list in its order. */
  sortsFirst: boolean
}

/** The cost of looking up one key among many, in rows that are read one after the other. */
const LOOKUP_COST = 4
/** The bound on counting matches to find the index with the fewest. */
const COUNTED_MAX = 20_000

/** A filter or a scope, and the rows that an index has for it. */
interface Candidate {
  from: RawBuilder<unknown>
  order?: readonly string[]
  source?: KeySource
  scope?: ScopeName
  label?: { name: string; value: string }
}

/** Chooses by counting the rows of each index, up to a bound. */
export async function planList(
  db: SqlDatabase,
  trx: Trx,
  { query, filters }: { query: KeyQuery; filters: readonly KeyFilter[] },
): Promise<ListPlan> {
  const scopes = SCOPE_NAMES.filter((name) => query[name] !== undefined)
  const [only = null] = scopes
  const sourced = filters.filter(({ source }) => source !== null)
  const unfiltered: ListPlan = { scope: only, label: null, few: null, fewKeys: 0, sortsFirst: false }
  // The rows of every other source are of all keys.
  if (query.within !== undefined) return { ...unfiltered, scope: query.within }
  if (sourced.length === 0 && scopes.length < 2) return unfiltered
  const candidates = [...scopes.map((scope) => ofScope(db, query, scope)), ...sourced.map(ofFilter)]
  const counts = await boundedCounts(db, trx, { candidates, bound: MAX.listSorted + 1 })
  const least = leastOf(candidates, counts)
  const fewKeys = counts.get(least) ?? 0
  if (fewKeys <= MAX.listSorted) {
    if (least?.source === undefined) return { ...unfiltered, scope: least?.scope ?? only }
    const sortsFirst = fewKeys <= (await sortableKeys(db, trx, query.limit))
    return { ...unfiltered, few: least.source, fewKeys, sortsFirst }
  }
  const ordered = candidates.filter(
    ({ scope, label }) => scope !== undefined || (label !== undefined && query.sort === 'createdAt'),
  )
  if (ordered.length < 2) return { ...unfiltered, label: ordered[0]?.label ?? null }
  const more = await boundedCounts(db, trx, { candidates: ordered, bound: COUNTED_MAX })
  const best = leastOf(ordered.toReversed(), more)
  return { ...unfiltered, scope: best?.scope ?? only, label: best?.label ?? null }
}

function ofScope(db: SqlDatabase, query: KeyQuery, scope: ScopeName): Candidate {
  const column = `keys.${SCOPE_COLUMNS[scope]}`
  const order = [column, 'keys.revoked', 'keys.created_at', 'keys.id']
  return { from: sql`from keys where ${isOnlyOf(db, query, { column, value: query[scope] })}`, order, scope }
}

function ofFilter({ source, label }: KeyFilter): Candidate {
  const { from = sql``, order } = source ?? {}
  return { from, ...(order && { order }), ...(source && { source }), ...(label && { label }) }
}

function leastOf(
  candidates: readonly Candidate[],
  counts: ReadonlyMap<Candidate | undefined, number>,
): Candidate | undefined {
  const countOf = (candidate: Candidate) => counts.get(candidate) ?? Number.POSITIVE_INFINITY
  return candidates.reduce<Candidate | undefined>(
    (best, each) => (best === undefined || countOf(each) < countOf(best) ? each : best),
    undefined,
  )
}

/**
 * The number of keys up to which sorting is cheaper than reading the list in its order. If m of `all` keys meet a condition, sorting
 * costs m look-ups, and reading in order costs about `limit * all / m` rows; this is the m at which both cost the same.
 */
async function sortableKeys(db: SqlDatabase, trx: Trx, limit: number): Promise<number> {
  // No engine counts rows quickly. Every key took at least one change, so the revision is never below their number.
  const [meta] = await lastRevision(db, trx, {})
  return Math.ceil(Math.sqrt((limit * Number(meta?.value ?? 0n)) / LOOKUP_COST))
}

const lastRevision = statement([], (trx) =>
  trx.selectFrom('meta').select('value').where('name', '=', 'revision'),
)

async function boundedCounts(
  db: SqlDatabase,
  trx: Trx,
  { candidates, bound }: { candidates: readonly Candidate[]; bound: number },
): Promise<Map<Candidate | undefined, number>> {
  const columns = candidates.map(({ from, order, source }, index) => {
    const known = source?.count
    const count =
      known === undefined
        ? sql`(select count(*) from (select 1 ${from} ${inIndexOrder(order)} limit ${BigInt(bound)}) as bounded)`
        : sql`cast(${BigInt(known)} as bigint)`
    return sql`${count} as ${sql.ref(`source_${index}`)}`
  })
  const { rows } = await sql<Record<string, bigint>>`
    select ${sql.join(columns)} where ${db.inTime(sql`0`)}`.execute(trx)
  return new Map(
    candidates.map((candidate, index) => [candidate, Number(rows[0]?.[`source_${index}`] ?? 0n)]),
  )
}
