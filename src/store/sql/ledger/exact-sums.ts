import { type RawBuilder, sql } from 'kysely'

// No sum may become too large to be written: otherwise one key's mistake would stop all keys that share its user or workspace. So money
// is summed in two columns: an amount below `CARRY`, and the number of carries. Counts, by which nothing is decided, stop at `CARRY`
// instead.

/** The columns of sums in their order. The corrected amounts are treated as counts, because nothing is decided by them. */
export const SUMS = ['amount', 'byok_amount', 'requests', 'corrected', 'byok_corrected'] as const

/** The amount of one carry; two amounts below it add up to less than 2^63. */
export const CARRY = 2n ** 62n

/** The largest integer. */
export const INTEGER_MAX: RawBuilder<unknown> = sql`9223372036854775807`

/** The column with the number of carries of a column of money; null for a count. */
export function carryOf(name: string): string | null {
  return name === 'amount' || name === 'byok_amount' ? `${name}_carry` : null
}

/** The columns together with the columns of their carries, for reading. */
export function withCarries(names: readonly string[]): string[] {
  return names.flatMap((name) => [name, carryOf(name) ?? []].flat())
}

/** The assignments of an UPDATE that add to sums. Each added amount of money must be between -{@link CARRY} and {@link CARRY}. */
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

/** A sum of money as one integer, for comparisons: exact up to the largest integer, and that integer beyond. */
export function boundedSum(table: string, name: 'amount' | 'byok_amount'): RawBuilder<unknown> {
  const [low, carry] = [sql.ref(`${table}.${name}`), sql.ref(`${table}.${name}_carry`)]
  return sql`case ${carry} when 0 then ${low} when 1 then ${low} + ${sql.raw(String(CARRY))} else ${INTEGER_MAX} end`
}

/** The sum from a column of money and its carries. */
export function readCarried(amount: bigint, carry: bigint): bigint {
  return carry * CARRY + amount
}

/** Amounts are split into quotient and remainder by this number, so that neither sum exceeds 64 bits. */
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

/** The sum from the columns of a row. */
export function readExactSum(row: Record<string, unknown>, name: string): bigint {
  const carries = (row[`${name}_carries`] ?? 0n) as bigint
  return (row[`${name}_high`] as bigint) * CUT + (row[`${name}_low`] as bigint) + carries * CARRY
}
