import { type RawBuilder, sql } from 'kysely'

/** Where amounts are cut in two, so that neither sum of the halves passes 64 bits. */
const CUT = 1_000_000_000n

/** Two columns that hold a sum of amounts of any size; read by {@link readExactSum} with the same name. */
export function exactSum(amount: RawBuilder<unknown>, name: string): RawBuilder<unknown> {
  const high = sql`cast(coalesce(sum((${amount}) / ${sql.lit(Number(CUT))}), 0) as bigint)`
  const low = sql`cast(coalesce(sum((${amount}) % ${sql.lit(Number(CUT))}), 0) as bigint)`
  return sql`${high} as ${sql.ref(`${name}_high`)}, ${low} as ${sql.ref(`${name}_low`)}`
}

/** The sum that the two columns of a row hold. */
export function readExactSum(row: Record<string, unknown>, name: string): bigint {
  return (row[`${name}_high`] as bigint) * CUT + (row[`${name}_low`] as bigint)
}
