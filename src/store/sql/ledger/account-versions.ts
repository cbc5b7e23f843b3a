import { type Kysely, sql } from 'kysely'
import { nameOf } from '../../../core/ledger/account.ts'
import type { AccountId } from '../../../core/ledger/entries.ts'
import type { Allowance, Revision } from '../../../core/types.ts'
import type { SqlDatabase, Trx } from '../base/database.ts'
import { integer } from '../base/rows.ts'
import type { Tables } from '../base/tables.ts'
import { amountTexts, boostsText, readAllowance, readBoosts } from '../people/allowance-rows.ts'

/** The version of an account from before it was locked. */
export interface VersionRow {
  version: number
  limitsRevision: Revision
}

/**
 * Locks accounts until the transaction ends, in one order for all callers, and increments their versions. Returns their former state by
 * name. Every change of an account's sums or holds must begin with this, so that the rows that it then reads do not change until
 * it has committed, and every other process learns that its copy is outdated. A change of limits locks, too, but leaves the version
 * (`step` 0): sums and holds stay as they are, and reading many holds again would take long.
 */
export async function lockAccounts(
  trx: Trx,
  accounts: readonly AccountId[],
  step: 0n | 1n = 1n,
): Promise<Map<string, VersionRow>> {
  const byName = new Map(accounts.map((account) => [nameOf(account), account]))
  const ordered = [...byName].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, account]) => account)
  // Rows are inserted, or locked and updated, one after the other in the order of the input.
  const { rows } = await sql<{ kind: string; account_id: string; version: bigint; limits_revision: bigint }>`
    insert into account_versions (kind, account_id, version, limits_revision)
    select given.kind, given.account_id, ${step}::bigint, 0
    from unnest(cast(${ordered.map(({ kind }) => kind)} as text[]), cast(${ordered.map(({ id }) => id)} as text[]))
      with ordinality as given (kind, account_id, place)
    order by given.place
    on conflict (kind, account_id) do update set version = account_versions.version + ${step}::bigint
    returning kind, account_id, version, limits_revision`.execute(trx)
  return new Map(
    rows.map((row) => [
      `${row.kind} ${row.account_id}`,
      { version: Number(row.version) - Number(step), limitsRevision: Number(row.limits_revision) },
    ]),
  )
}

/** See `LedgerStore.readVersions`; in an open transaction, or by itself. */
export async function readVersions(
  db: SqlDatabase,
  accounts: readonly AccountId[],
  trx: Kysely<Tables> = db.reader,
): Promise<number[]> {
  if (!db.locksRows || accounts.length === 0) return accounts.map(() => 0)
  const { rows } = await sql<{ kind: string; account_id: string; version: bigint }>`
    select kind, account_id, version from account_versions
    where kind in ('key', 'user', 'workspace') and ${db.oneOf(
      sql`account_id`,
      accounts.map(({ id }) => id),
    )}`.execute(trx)
  const versions = new Map(rows.map((row) => [`${row.kind} ${row.account_id}`, Number(row.version)]))
  return accounts.map((account) => versions.get(nameOf(account)) ?? 0)
}

/** An account whose record is changed, and its limits before and after. */
interface AllowanceChange {
  account: AccountId
  before: Allowance
  after: Allowance
}

/**
 * Runs the last part of a change of a record, which returns its revision. If limits change, every commit that was decided by the old
 * limits ends before it, and every later one sees the new limits.
 */
export async function withLimitsLocked<T extends Revision>(
  db: SqlDatabase,
  trx: Trx,
  { account, before, after, record }: AllowanceChange & { record: () => Promise<T> },
): Promise<T> {
  if (!db.locksRows || textOf(before) === textOf(after)) return record()
  // This lock comes before the one of the revision, for which all changes wait.
  await lockAccounts(trx, [account], 0n)
  const revision = await record()
  await trx
    .updateTable('account_versions')
    .set({ limits_revision: integer(revision) })
    .where('kind', '=', account.kind)
    .where('account_id', '=', account.id)
    .execute()
  return revision
}

function textOf({ limits, boosts = {}, includeByokInLimit }: Allowance): string {
  return `${JSON.stringify(Object.entries(amountTexts(limits)).sort())} ${boostsText(boosts)} ${includeByokInLimit}`
}

/** The present limits of accounts, from their records. Accounts without a record are missing. */
export async function allowancesIn(
  db: SqlDatabase,
  trx: Trx,
  accounts: readonly AccountId[],
): Promise<Map<string, Allowance>> {
  const found = new Map<string, Allowance>()
  const idsOf = (kind: AccountId['kind']) =>
    accounts.flatMap((account) => (account.kind === kind ? [account.id] : []))
  const keys = idsOf('key')
  if (keys.length > 0) {
    const ofKeys = trx.selectFrom('keys').select(['id', 'boosts', ...LIMIT_COLUMNS])
    for (const row of await ofKeys.where(db.oneOf(sql`id`, keys)).execute())
      found.set(`key ${row.id}`, { ...readAllowance(row), boosts: readBoosts(row.boosts) })
  }
  for (const [kind, table] of [
    ['user', 'users'],
    ['workspace', 'workspaces'],
  ] as const) {
    const ids = idsOf(kind)
    if (ids.length === 0) continue
    const rows = await trx
      .selectFrom(table)
      .select(['id', ...LIMIT_COLUMNS])
      .where(db.oneOf(sql`id`, ids))
      .execute()
    for (const row of rows) found.set(`${kind} ${row.id}`, readAllowance(row))
  }
  return found
}

const LIMIT_COLUMNS = [
  'limit_daily',
  'limit_weekly',
  'limit_monthly',
  'limit_total',
  'include_byok_in_limit',
] as const
