import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Instant } from '../../core/clock.ts'
import type { KeyId, NanoUsd } from '../../core/types.ts'
import { LIMIT_WINDOWS, type LimitWindow, windowEnd, windowStart } from '../../core/windows.ts'
import type { AccountId, AccountState } from '../ledger.ts'
import type { Spend, WindowSpend } from '../store.ts'
import { type SqlDatabase, snapshot, type Trx } from './database.ts'
import { exactSum, readExactSum } from './exact-sums.ts'
import { readHold, readSums } from './ledger-rows.ts'
import { integer } from './rows.ts'

/** See `LedgerStore.readAccount`. Both are read as of one moment, so that a hold that is settled meanwhile counts once. */
export function readAccount(db: SqlDatabase, account: AccountId, at: Instant): Promise<AccountState> {
  return snapshot(db, async (trx) => {
    const spend = nothingSpent()
    const { rows } = await (account.kind === 'key'
      ? sumsOfKeys(sql`key_id = ${account.id}`, at)
      : sumsOfAccount(account, at)
    ).execute(trx)
    for (const row of rows) spend[row.win] = readSums(row)
    const holds = await trx
      .selectFrom('reservations')
      .select(['id', 'key_id', 'owner_id', 'workspace_id', 'amount', 'held_at', 'expires_at'])
      .where(HOLDER[account.kind], '=', account.id)
      .where(IS_OPEN)
      .execute()
    return { spend, holds: holds.map(readHold) }
  })
}

/** The reservations that are stored as open; written out, because only then are the indexes of just these rows used. */
export const IS_OPEN: RawBuilder<SqlBool> = sql<SqlBool>`reservations.state = 'open'`

const HOLDER = { key: 'key_id', user: 'owner_id', workspace: 'workspace_id' } as const

type KeyStanding = { spend: Spend; reserved: Record<LimitWindow, NanoUsd> }

/** See `LedgerStore.standingOf`. */
export async function standingOf(
  db: SqlDatabase,
  keyIds: KeyId[],
  at: Instant,
): Promise<Map<KeyId, KeyStanding>> {
  const standings = new Map(keyIds.map((id) => [id, { spend: nothingSpent(), reserved: nothingReserved() }]))
  if (keyIds.length === 0) return standings
  const ids = sql.join([...standings.keys()])
  await snapshot(db, async (trx) => {
    const sums = await sumsOfKeys(sql`key_id in (${ids})`, at).execute(trx)
    for (const row of sums.rows) {
      const standing = standings.get(row.key_id as KeyId)
      if (standing !== undefined) standing.spend[row.win] = readSums(row)
    }
    for (const row of await reservedBy(trx, ids, at)) {
      const reserved = standings.get(row.key_id as KeyId)?.reserved
      if (reserved !== undefined)
        for (const window of LIMIT_WINDOWS) reserved[window] = readExactSum(row, window)
    }
  })
  return standings
}

// Nobody has bounded what open holds add up to, so the sums may be larger than the engine's integers.
async function reservedBy(trx: Trx, ids: RawBuilder<unknown>, at: Instant) {
  const sums = LIMIT_WINDOWS.map((window) => {
    const from = integer(windowStart(window, at))
    const end = windowEnd(window, at)
    const within =
      window === 'total' || end === null ? sql`true` : sql`held_at >= ${from} and held_at < ${integer(end)}`
    return exactSum(sql`case when ${within} then amount else 0 end`, window)
  })
  const { rows } = await sql<Record<string, bigint> & { key_id: string }>`
    select key_id, ${sql.join(sums)} from reservations
    where key_id in (${ids}) and ${IS_OPEN} and expires_at > ${integer(at)} group by key_id`.execute(trx)
  return rows
}

/** The windows that end: a key's sums of them stand in `spend`, those of `total` in `key_totals`. */
const CALENDAR_WINDOWS = ['daily', 'weekly', 'monthly'] as const satisfies readonly LimitWindow[]

interface Sums {
  key_id: string
  win: LimitWindow
  amount: bigint
  byok_amount: bigint
  requests: bigint
}

// The windows are compared in pairs rather than by two lists, so that each is one look-up in the primary key.
function sumsOfKeys(keys: RawBuilder<unknown>, at: Instant): RawBuilder<Sums> {
  return sql<Sums>`
    select key_id, 'total' as win, amount, byok_amount, requests from key_totals where ${keys}
    union all
    select key_id, win, amount, byok_amount, requests from spend
    where ${keys} and (win, start) in (values ${placesOf(CALENDAR_WINDOWS, at)})`
}

function sumsOfAccount({ kind, id }: AccountId, at: Instant): RawBuilder<Omit<Sums, 'key_id'>> {
  return sql`
    select win, amount, byok_amount, requests from account_spend
    where kind = ${kind} and account_id = ${id} and (win, start) in (values ${placesOf(LIMIT_WINDOWS, at)})`
}

function placesOf(windows: readonly LimitWindow[], at: Instant): RawBuilder<unknown> {
  return sql.join(
    windows.map((window) => sql`(${sql.lit(window)}, cast(${integer(windowStart(window, at))} as bigint))`),
  )
}

function nothingSpent(): Spend {
  const nothing = (): WindowSpend => ({ amount: 0n, byokAmount: 0n, requests: 0 })
  return { daily: nothing(), weekly: nothing(), monthly: nothing(), total: nothing() }
}

function nothingReserved(): Record<LimitWindow, NanoUsd> {
  return { daily: 0n, weekly: 0n, monthly: 0n, total: 0n }
}
