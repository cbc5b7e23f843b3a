import { type RawBuilder, sql } from 'kysely'

// No sum may be too large to be written: then one key's mistake would stop all that share a user or workspace with it. So money
// is summed in two columns: less than `CARRY`, and how often that was carried over. Counts, which nothing is decided by, stay at
// `CARRY` instead.

/** The columns of sums in their order; what was taken back is a count for this purpose, as nothing is decided by it. */
export const SUMS = ['amount', 'byok_amount', 'requests', 'corrected', 'byok_corrected'] as const

/** How much of a sum of money is carried over at a time; two amounts below it add up to less than 2^63. */
export const CARRY = 2n ** 62n

/** The largest integer. */
export const INTEGER_MAX: RawBuilder<unknown> = sql`9223372036854775807`

/** The column that says how often {@link CARRY} was carried over from the sum in a column of money; null for a count's. */
export function carryOf(name: string): string | null {
  return name === 'amount' || name === 'byok_amount' ? `${name}_carry` : null
}

/** The columns with their carries, as they are read. */
export function withCarries(names: readonly string[]): string[] {
  return names.flatMap((name) => [name, carryOf(name) ?? []].flat())
}

/** The assignments of an UPDATE that add to sums. What is added of money must be less than {@link CARRY}, either way. */
export function addingTo(
  table: string,
  names: readonly string[],
  added: (name: string) => RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql.join(names.flatMap((name) => assignments(sql.ref(`${table}.${name}`), { table, name, added })))
}

function assignments(
  stored: RawBuilder<unknown>,
  { table, name, added }: { table: string; name: string; added: (name: string) => RawBuilder<unknown> },
): RawBuilder<unknown>[] {
  const carry = carryOf(name)
  const column = sql.ref(name)
  const limit = sql.raw(String(CARRY))
  if (carry === null) {
    return [
      sql`${column} = case when ${stored} > ${limit} - ${added(name)} then ${limit} else ${stored} + ${added(name)} end`,
    ]
  }
  const sum = sql`(${stored} + ${added(name)})`
  const carried = sql`case when ${sum} >= ${limit} then 1 when ${sum} < 0 then -1 else 0 end`
  return [
    sql`${column} = ${sum} - case when ${sum} >= ${limit} then ${limit} when ${sum} < 0 then -${limit} else 0 end`,
    sql`${sql.ref(carry)} = ${sql.ref(`${table}.${carry}`)} + ${carried}`,
  ]
}

/** A sum of money as one integer, for comparisons: exact, or the largest integer where it is larger. */
export function boundedSum(table: string, name: 'amount' | 'byok_amount'): RawBuilder<unknown> {
  const [low, carry] = [sql.ref(`${table}.${name}`), sql.ref(`${table}.${name}_carry`)]
  return sql`case ${carry} when 0 then ${low} when 1 then ${low} + ${sql.raw(String(CARRY))} else ${INTEGER_MAX} end`
}

/** The sum that a column of money and its carry hold. */
export function readCarried(amount: bigint, carry: bigint): bigint {
  return carry * CARRY + amount
}

/** Where amounts are cut in two, so that neither sum of the halves passes 64 bits. */
const CUT = 1_000_000_000n

/** Columns that hold a sum of amounts of any size; read by {@link readExactSum} with the same name. */
export function exactSum(
  amount: RawBuilder<unknown>,
  name: string,
  carry?: RawBuilder<unknown>,
): RawBuilder<unknown> {
  const total = (part: RawBuilder<unknown>) => sql`cast(coalesce(sum(${part}), 0) as bigint)`
  const high = sql`${total(sql`(${amount}) / ${sql.lit(Number(CUT))}`)} as ${sql.ref(`${name}_high`)}`
  const low = sql`${total(sql`(${amount}) % ${sql.lit(Number(CUT))}`)} as ${sql.ref(`${name}_low`)}`
  return carry === undefined
    ? sql`${high}, ${low}`
    : sql`${high}, ${low}, ${total(carry)} as ${sql.ref(`${name}_carries`)}`
}

/** The sum that the columns of a row hold. */
export function readExactSum(row: Record<string, unknown>, name: string): bigint {
  const carries = (row[`${name}_carries`] ?? 0n) as bigint
  return (row[`${name}_high`] as bigint) * CUT + (row[`${name}_low`] as bigint) + carries * CARRY
}
