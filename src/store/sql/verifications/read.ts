import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { MAX } from '../../../core/ground/bounds.ts'
import { HOUR_MS, type Instant } from '../../../core/ground/clock.ts'
import type { Digest, KeyId, UserId } from '../../../core/types.ts'
import type {
  CountedInterval,
  FailingKey,
  KeyRefusal,
  SecretUse,
  VerdictCode,
} from '../../../core/verify/outcome-records.ts'
import type { KeyScope, VerificationStore } from '../../verifications.ts'
import { type SqlDatabase, snapshot, type Trx } from '../base/database.ts'
import { integer } from '../base/rows.ts'
import { NEVER } from '../base/tables.ts'
import { isHomeOf, requireReached } from '../people/sight.ts'
import { CODE_COLUMNS, KEY_CODES } from './record.ts'

type Asked<Name extends keyof VerificationStore> = Parameters<VerificationStore[Name]>[0]
type Answer<Name extends keyof VerificationStore> = ReturnType<VerificationStore[Name]>

/** See `VerificationStore.outcomesOfKey`. */
export function outcomesOfKey(
  db: SqlDatabase,
  { keyId, from, to, readerId }: Asked<'outcomesOfKey'>,
): Answer<'outcomesOfKey'> {
  return snapshot(db, async (trx) => {
    await requireReached(trx, keyId, readerId)
    const hours = await trx
      .selectFrom('key_hours')
      .selectAll()
      .where('key_id', '=', keyId)
      .where('hour', '>=', integer(from))
      .where('hour', '<', integer(to))
      .where(db.inTime(sql`key_hours.hour`))
      .orderBy('hour')
      .execute()
    const refusals = await trx
      .selectFrom('key_refusals')
      .selectAll()
      .where('key_id', '=', keyId)
      .where(db.inTime(sql`key_refusals.at`))
      .orderBy('at', 'desc')
      .orderBy('code')
      .orderBy('bound')
      .limit(MAX.refusalsShown)
      .execute()
    const uses = await trx
      .selectFrom('secret_uses')
      .selectAll()
      .where('key_id', '=', keyId)
      .where(db.inTime(sql`secret_uses.at`))
      .orderBy('at', 'desc')
      .orderBy('digest')
      .limit(MAX.refusalsShown)
      .execute()
    return {
      hours: hours.map(readHour),
      refusals: refusals.map(
        (row): KeyRefusal => ({
          keyId,
          code: row.code as VerdictCode,
          bound: row.bound,
          count: Number(row.refusals),
          at: Number(row.at),
          ip: row.ip,
        }),
      ),
      uses: uses.map(
        (row): SecretUse => ({
          keyId,
          digest: row.digest as Digest,
          count: Number(row.uses),
          at: Number(row.at),
          ip: row.ip,
        }),
      ),
    }
  })
}

/** See `VerificationStore.outcomesOfAll`. */
export function outcomesOfAll(db: SqlDatabase, query: Asked<'outcomesOfAll'>): Answer<'outcomesOfAll'> {
  return snapshot(db, async (trx) => {
    const hours =
      query.ownerId === undefined ? await allHours(db, trx, query) : await ownedHours(db, trx, query)
    const refused =
      query.ownerId === undefined ? await mostRefused(db, trx, query) : await ownedRefused(db, trx, query)
    return { hours, failing: await named(db, trx, refused) }
  })
}

interface Bounds {
  from: Instant
  to: Instant
}

async function allHours(db: SqlDatabase, trx: Trx, { from, to }: Bounds): Promise<CountedInterval[]> {
  const rows = await trx
    .selectFrom('verify_hours')
    .selectAll()
    .where('hour', '>=', integer(from))
    .where('hour', '<', integer(to))
    .where(db.inTime(sql`verify_hours.hour`))
    .orderBy('hour')
    .execute()
  const hours = new Map<Instant, CountedInterval>()
  for (const { hour, code, verdicts } of rows) {
    const start = Number(hour)
    const known = hours.get(start) ?? { start, counts: {} }
    hours.set(start, known)
    known.counts[code as VerdictCode] = Number(verdicts)
  }
  return [...hours.values()]
}

/** The keys of a scope, joined with the hours of each. */
function besideHours(db: SqlDatabase, scope: KeyScope, { from, to }: Bounds): RawBuilder<unknown> {
  const within = sql`key_hours.key_id = keys.id and key_hours.hour >= ${integer(from)} and key_hours.hour < ${integer(to)}`
  return sql`from keys ${db.besideEach(sql.table('key_hours'), within)} where ${sql.join([...scopeOf(scope), db.inTime(sql`key_hours.hour`)], sql` and `)}`
}

/** The conditions on keys that a scope sets. */
export function scopeOf({ ownerId, memberId }: KeyScope): RawBuilder<SqlBool>[] {
  return [
    ...(ownerId === undefined ? [] : [sql<SqlBool>`keys.owner_id = ${ownerId}`]),
    ...(memberId === undefined ? [] : [isHomeOf(sql.ref('keys.workspace_id'), memberId)]),
  ]
}

type HourColumns = Record<(typeof CODE_COLUMNS)[keyof typeof CODE_COLUMNS], bigint>

async function ownedHours(db: SqlDatabase, trx: Trx, query: KeyScope & Bounds): Promise<CountedInterval[]> {
  const sums = Object.values(CODE_COLUMNS).map(
    (column) => sql`cast(sum(${sql.ref(`key_hours.${column}`)}) as bigint) as ${sql.ref(column)}`,
  )
  const { rows } = await sql<HourColumns & { hour: bigint }>`
    select key_hours.hour as hour, ${sql.join(sums)} ${besideHours(db, query, query)}
    group by key_hours.hour order by key_hours.hour`.execute(trx)
  return rows.map(readHour)
}

interface Refused {
  key_id: string
  refused: bigint
  valid: bigint
}

/**
 * Reads the most refused keys of each hour through the index, so that the number of refused keys does not matter. For the keys that come
 * first, all hours are then added up, also those in which other keys were refused more often.
 */
async function mostRefused(
  db: SqlDatabase,
  trx: Trx,
  { failingFrom, to }: Asked<'outcomesOfAll'>,
): Promise<Refused[]> {
  const from = failingFrom - (failingFrom % HOUR_MS)
  const sums = new Map<string, bigint>()
  for (let hour = from; hour < to; hour += HOUR_MS) {
    const rows = await trx
      .selectFrom('key_hours')
      .select(['key_id', 'refused'])
      .where('hour', '=', integer(hour))
      .where('refused', '>', 0n)
      .where(db.inTime(sql`key_hours.hour`))
      .orderBy('refused', 'desc')
      .orderBy('key_id', 'desc')
      .limit(MAX.failingRead)
      .execute()
    for (const { key_id, refused } of rows) sums.set(key_id, (sums.get(key_id) ?? 0n) + refused)
  }
  const first = [...sums].map(([key_id, refused]) => ({ key_id, refused })).sort(byRefused)
  const ids = first.slice(0, MAX.failingShown).map(({ key_id }) => key_id)
  if (ids.length === 0) return []
  const { rows } = await sql<Refused>`
    select key_id, ${SUMS} from key_hours
    where ${sql.join([db.oneOf(sql`key_id`, ids), sql`hour >= ${integer(from)}`, sql`hour < ${integer(to)}`, db.inTime(sql`key_hours.hour`)], sql` and `)}
    group by key_id`.execute(trx)
  return rows.sort(byRefused)
}

const SUMS = sql`cast(sum(key_hours.refused) as bigint) as refused, cast(sum(key_hours.valid) as bigint) as valid`

async function ownedRefused(db: SqlDatabase, trx: Trx, query: Asked<'outcomesOfAll'>): Promise<Refused[]> {
  const bounds = { from: query.failingFrom - (query.failingFrom % HOUR_MS), to: query.to }
  const { rows } = await sql<Refused>`
    select keys.id as key_id, ${SUMS} ${besideHours(db, query, bounds)}
    group by keys.id having sum(key_hours.refused) > 0
    order by refused desc, key_id desc limit ${BigInt(MAX.failingShown)}`.execute(trx)
  return rows
}

function byRefused(one: Omit<Refused, 'valid'>, other: Omit<Refused, 'valid'>): number {
  if (one.refused !== other.refused) return one.refused > other.refused ? -1 : 1
  return one.key_id > other.key_id ? -1 : 1
}

/** Adds the names by which people know these keys. */
async function named(db: SqlDatabase, trx: Trx, refused: Refused[]): Promise<FailingKey[]> {
  if (refused.length === 0) return []
  const ids = refused.map(({ key_id }) => key_id)
  const rows = await trx
    .selectFrom('keys')
    .innerJoin('secrets', (join) =>
      join.onRef('secrets.key_id', '=', 'keys.id').on('secrets.expires_at', '=', NEVER),
    )
    .select(['keys.id', 'keys.name', 'keys.owner_id', 'secrets.mask'])
    .where(db.oneOf(sql`keys.id`, ids))
    .execute()
  const byId = new Map(rows.map((row) => [row.id, row]))
  return refused.flatMap(({ key_id, refused: count, valid }) => {
    const row = byId.get(key_id)
    if (row === undefined) return []
    const { name, mask, owner_id } = row
    return [
      {
        id: key_id as KeyId,
        name,
        mask,
        ownerId: owner_id as UserId,
        refused: Number(count),
        valid: Number(valid),
      },
    ]
  })
}

function readHour(row: HourColumns & { hour: bigint }): CountedInterval {
  const counts = KEY_CODES.flatMap((code) => {
    const count = Number(row[CODE_COLUMNS[code]])
    return count === 0 ? [] : [[code, count] as const]
  })
  return { start: Number(row.hour), counts: Object.fromEntries(counts) }
}
