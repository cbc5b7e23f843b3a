import { type RawBuilder, type Selectable, type SqlBool, sql } from 'kysely'
import { MAX } from '../../../core/ground/bounds.ts'
import type { Instant } from '../../../core/ground/clock.ts'
import type { AccountId, AccountState, Hold, OpenHolds } from '../../../core/ledger/entries.ts'
import { noReserved, noSpend } from '../../../core/money/budgets.ts'
import type { NanoUsd } from '../../../core/money/money.ts'
import type { Spend } from '../../../core/money/spend.ts'
import { LIMIT_WINDOWS, type LimitWindow, windowEnd, windowStart } from '../../../core/money/windows.ts'
import type { KeyId, UserId } from '../../../core/types.ts'
import { type SqlDatabase, snapshot, type Trx } from '../base/database.ts'
import { integer } from '../base/rows.ts'
import { statement } from '../base/statement.ts'
import type { ReservationTable } from '../base/tables.ts'
import { readVersions } from './account-versions.ts'
import { exactSum, readExactSum, withCarries } from './exact-sums.ts'
import { readHold, readSums } from './ledger-rows.ts'

/** See `LedgerStore.readAccounts`. All reads see one moment, so that a hold that is settled meanwhile counts once. */
export function readAccounts(
  db: SqlDatabase,
  accounts: readonly AccountId[],
  at: Instant,
): Promise<AccountState[]> {
  return snapshot(db, (trx) => accountsIn(db, trx, { accounts, at }))
}

/** The same in an open transaction; many accounts take as many statements as one of each kind. */
export async function accountsIn(
  db: SqlDatabase,
  trx: Trx,
  { accounts, at }: { accounts: readonly AccountId[]; at: Instant },
): Promise<AccountState[]> {
  const versions = await readVersions(db, accounts, trx)
  const [first] = accounts
  if (accounts.length === 1 && first?.kind === 'key') {
    const state = await ofOneKey(db, trx, { id: first.id, at })
    if (state !== null) return [{ version: versions[0] ?? 0, ...state }]
  }
  const states = accounts.map((_, n) => ({
    version: versions[n] ?? 0,
    spend: noSpend(),
    holds: [] as Hold[],
  }))
  for (const kind of ['key', 'user', 'workspace'] as const) {
    const places = new Map(accounts.flatMap((each, n) => (each.kind === kind ? [[each.id, n] as const] : [])))
    if (places.size === 0) continue
    const stateOf = (id: string) => states[places.get(id as AccountId['id']) ?? -1]
    const { sums, holds, holder } = READS[kind]
    const ids = [...places.keys()]
    for (const row of (await sums(db, ids, startsAt(at)).execute(trx)).rows) {
      const state = stateOf(row.key_id)
      if (state !== undefined) state.spend[row.win] = readSums(row)
    }
    for await (const row of holds(db, trx, ids)) stateOf(row[holder])?.holds.push(readHold(row))
  }
  return states
}

/** The state of one key, as its first use needs it, by statements that are built once; null when it has many holds. */
async function ofOneKey(
  db: SqlDatabase,
  trx: Trx,
  { id, at }: { id: string; at: Instant },
): Promise<Omit<AccountState, 'version'> | null> {
  const spend = noSpend()
  for (const row of await sumsOfOneKey(db, trx, { id, ...startsAt(at) })) spend[row.win] = readSums(row)
  const holds = await holdsOfOneKey(db, trx, { id })
  return holds.length > FEW_HOLDS ? null : { spend, holds: holds.map(readHold) }
}

const FEW_HOLDS = 16

type Starts = Record<LimitWindow, bigint>

/** The reads of sums and holds, by kind of account. */
const READS = {
  key: {
    sums: (db: SqlDatabase, ids: string[], starts: Starts) => sumsOfKeys(db.oneOf(sql`key_id`, ids), starts),
    holds: holdsOf('key_id', 'reservations_newest_key_id'),
    holder: 'key_id',
  },
  user: {
    sums: sumsOfAccounts('user'),
    holds: holdsOf('owner_id', 'reservations_newest_owner_id'),
    holder: 'owner_id',
  },
  workspace: {
    sums: sumsOfAccounts('workspace'),
    holds: holdsOf('workspace_id', 'reservations_open_workspace'),
    holder: 'workspace_id',
  },
} as const

// There may be many holds: they are read in pieces, between which others have a turn. SQLite has to be told the index: for a workspace it
// would read every open hold there is.
function holdsOf(holder: 'key_id' | 'owner_id' | 'workspace_id', index: string) {
  return (db: SqlDatabase, trx: Trx, ids: string[]) =>
    trx
      .selectFrom(
        sql<HoldRow>`(select ${sql.join(HOLD_COLUMNS.map((name) => sql.ref(name)))}
          from ${db.readBy('reservations', index)} where ${db.oneOf(sql.ref(holder), ids)} and ${IS_OPEN})`.as(
          'holds',
        ),
      )
      .selectAll()
      .stream(MAX.holdsReadAtOnce)
}

/** See `LockedRows.countHolds`, in an open transaction. */
export async function countHoldsIn(
  db: SqlDatabase,
  trx: Trx,
  users: readonly UserId[],
): Promise<OpenHolds[]> {
  const { rows } = await sql<{ owner_id: string; open: bigint; first: bigint }>`
    select owner_id, count(*) as open, min(expires_at) as first
    from ${db.readBy('reservations', 'reservations_newest_owner_id')}
    where ${db.oneOf(sql`owner_id`, users)} and ${IS_OPEN}
    group by owner_id`.execute(trx)
  const counted = new Map(rows.map((row) => [row.owner_id, row]))
  return users.map((id) => {
    const row = counted.get(id)
    return row === undefined
      ? { count: 0, runsOutAt: Number.POSITIVE_INFINITY }
      : { count: Number(row.open), runsOutAt: Number(row.first) }
  })
}

/** The columns of a hold. */
export const HOLD_COLUMNS = [
  'id',
  'key_id',
  'owner_id',
  'workspace_id',
  'amount',
  'held_at',
  'expires_at',
  'on_expiry',
] as const satisfies readonly (keyof ReservationTable)[]

/** The stored form of a hold. */
export type HoldRow = Selectable<Pick<ReservationTable, (typeof HOLD_COLUMNS)[number]>>

/** The reservations that are stored as open. The state is part of the SQL text, because only then are the partial indexes used. */
export const IS_OPEN: RawBuilder<SqlBool> = sql<SqlBool>`reservations.state = 'open'`

type KeyStanding = { spend: Spend; reserved: Record<LimitWindow, NanoUsd> }

/** See `LedgerStore.standingOf`. */
export function standingOf(db: SqlDatabase, keyIds: KeyId[], at: Instant): Promise<Map<KeyId, KeyStanding>> {
  return snapshot(db, (trx) => standingIn(db, trx, { keyIds, at }))
}

/** The same in an open transaction. */
export async function standingIn(
  db: SqlDatabase,
  trx: Trx,
  { keyIds, at }: { keyIds: readonly KeyId[]; at: Instant },
): Promise<Map<KeyId, KeyStanding>> {
  const standings = new Map(keyIds.map((id) => [id, { spend: noSpend(), reserved: noReserved() }]))
  if (keyIds.length === 0) return standings
  const ofKeys = db.oneOf(sql`key_id`, keyIds)
  const sums = await sumsOfKeys(ofKeys, startsAt(at)).execute(trx)
  for (const row of sums.rows) {
    const standing = standings.get(row.key_id as KeyId)
    if (standing !== undefined) standing.spend[row.win] = readSums(row)
  }
  for (const row of await reservedBy(trx, ofKeys, at)) {
    const reserved = standings.get(row.key_id as KeyId)?.reserved
    if (reserved !== undefined)
      for (const window of LIMIT_WINDOWS) reserved[window] = readExactSum(row, window)
  }
  return standings
}

// The sum of open holds has no bound, so it may exceed the engine's integers. A hold that is charged at its expiry counts until its end
// is written.
async function reservedBy(trx: Trx, ofKeys: RawBuilder<unknown>, at: Instant) {
  const sums = LIMIT_WINDOWS.map((window) => {
    const from = integer(windowStart(window, at))
    const end = windowEnd(window, at)
    const within =
      window === 'total' || end === null ? sql`true` : sql`held_at >= ${from} and held_at < ${integer(end)}`
    return exactSum(sql`case when ${within} then amount else 0 end`, window)
  })
  const { rows } = await sql<Record<string, bigint> & { key_id: string }>`
    select key_id, ${sql.join(sums)} from reservations
    where ${ofKeys} and ${IS_OPEN} and (expires_at > ${integer(at)} or on_expiry = 'settle')
    group by key_id`.execute(trx)
  return rows
}

/** The windows that end: a key's sums of them are in `spend`, those of `total` in `key_totals`. */
const CALENDAR_WINDOWS = ['daily', 'weekly', 'monthly'] as const satisfies readonly LimitWindow[]

interface Sums {
  key_id: string
  win: LimitWindow
  amount: bigint
  amount_carry: bigint
  byok_amount: bigint
  byok_amount_carry: bigint
  requests: bigint
}

const SUM_COLUMNS = sql.join(withCarries(['amount', 'byok_amount', 'requests']).map((name) => sql.ref(name)))

// Window and start are compared in pairs rather than by two lists, so that each is one look-up in the primary key.
function sumsOfKeys(keys: RawBuilder<unknown>, starts: Starts): RawBuilder<Sums> {
  return sql<Sums>`
    select key_id, 'total' as win, ${SUM_COLUMNS} from key_totals where ${keys}
    union all
    select key_id, win, ${SUM_COLUMNS} from spend
    where ${keys} and (win, start) in (values ${placesOf(CALENDAR_WINDOWS, starts)})`
}

const sumsOfOneKey = statement(
  ['id', 'daily', 'weekly', 'monthly', 'total'],
  (_, { id, ...starts }: Starts & { id: string }) => sumsOfKeys(sql`key_id = ${id}`, starts),
)

const holdsOfOneKey = statement(['id'], (trx, { id }: { id: string }) =>
  trx
    .selectFrom('reservations')
    .select(HOLD_COLUMNS)
    .where('key_id', '=', id)
    .where(IS_OPEN)
    .limit(FEW_HOLDS + 1),
)

function sumsOfAccounts(kind: 'user' | 'workspace') {
  return (db: SqlDatabase, ids: string[], starts: Starts) => sql<Sums>`
    select account_id as key_id, win, ${SUM_COLUMNS} from account_spend
    where kind = ${sql.lit(kind)} and ${db.oneOf(sql`account_id`, ids)}
      and (win, start) in (values ${placesOf(LIMIT_WINDOWS, starts)})`
}

function placesOf(windows: readonly LimitWindow[], starts: Starts): RawBuilder<unknown> {
  return sql.join(windows.map((window) => sql`(${sql.lit(window)}, cast(${starts[window]} as bigint))`))
}

function startsAt(at: Instant): Starts {
  const start = (window: LimitWindow) => integer(windowStart(window, at))
  return { daily: start('daily'), weekly: start('weekly'), monthly: start('monthly'), total: start('total') }
}
