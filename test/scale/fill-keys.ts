import { DatabaseSync } from 'node:sqlite'
import { Client } from 'pg'
import { DAY_MS, type Instant } from '../../src/core/ground/clock.ts'
import type { UsageEvent } from '../../src/core/ledger/entries.ts'
import type { Digest, KeyId, UserId, WorkspaceId } from '../../src/core/types.ts'
import { gramsOfText, placeOf } from '../../src/store/sql/keys/grams.ts'
import {
  addNumber,
  NUMBERS_IN_SET,
  type NumberSet,
  numberSet,
  writeSet,
} from '../../src/store/sql/keys/number-sets.ts'

/** The content of a filled database, for its readers. */
export interface KeyFill {
  keys: number
  /** The digest of the n-th key's secret. */
  digestOf(n: number): Digest
  /** A digest that no key has. */
  unknownDigest(n: number): Digest
  /** One of ten workspaces. */
  workspaceId: WorkspaceId
  /** One of a thousand owners. */
  ownerId: UserId
  /** The mask of one key. */
  mask: string
  /** A thousand new events of a thousand keys; another batch for each number. */
  events(batch: number, at: Instant): UsageEvent[]
}

const OWNERS = 1_000
const WORKSPACES = 10

/**
 * Writes keys straight into a database file that no process has open: in bulk, with the indexes built afterwards. That takes a minute
 * or two per million; the store's own calls would take an hour. Columns are named, so a later column with a default needs no change
 * here.
 */
export function fillKeys(path: string, { keys, at }: Filling): KeyFill {
  const database = new DatabaseSync(path)
  database.exec('pragma synchronous = off; pragma cache_size = -400000; pragma foreign_keys = off')
  endLog(database)
  database.exec('begin')
  const indexes = database
    .prepare(`select name, sql from sqlite_master where type = 'index' and sql is not null`)
    .all() as { name: string; sql: string }[]
  for (const { name } of indexes) database.exec(`drop index ${name}`)
  for (const statement of statements(SQLITE, { keys, at })) database.exec(statement)
  const insert = database.prepare('insert into key_grams (place, numbers) values (?, ?)')
  for (const { place, numbers } of gramRows(keys)) insert.run(place, numbers)
  for (const { sql } of indexes) database.exec(sql)
  database.exec('commit; pragma journal_mode = wal; pragma wal_checkpoint(truncate)')
  database.close()
  return fillOf(keys)
}

/** Without a log every page is written once, and the disk needs no room for a second copy. An interrupted fill has to begin anew. */
function endLog(database: DatabaseSync): void {
  try {
    database.exec('pragma journal_mode = delete; pragma journal_mode = off')
  } catch {
    // A closed connection of this process holds the log until its statements are collected. Then the fill takes longer.
  }
}

/** The same in a database of PostgreSQL, with the statistics that its server would collect a little later. */
export async function fillKeysOfPostgres(url: string, { keys, at }: Filling): Promise<KeyFill> {
  const client = new Client({ connectionString: url })
  await client.connect()
  // Foreign keys are not checked, and no commit waits for the disk.
  await client.query(
    "set session_replication_role = replica; set synchronous_commit = off; set maintenance_work_mem = '512MB'",
  )
  const { rows: indexes } = await client.query<{ name: string; definition: string }>(
    `select indexname as name, indexdef as definition from pg_indexes
     where schemaname = current_schema() and indexdef not like 'CREATE UNIQUE%'`,
  )
  for (const { name } of indexes) await client.query(`drop index ${name}`)
  for (const statement of statements(POSTGRES, { keys, at })) await client.query(statement)
  let batch: GramRow[] = []
  const insertBatch = async () => {
    const places = batch.map(({ place }) => place)
    const numbers = batch.map((row) => row.numbers)
    await client.query('insert into key_grams select * from unnest($1::bigint[], $2::text[])', [
      places,
      numbers,
    ])
    batch = []
  }
  for (const row of gramRows(keys)) {
    batch.push(row)
    if (batch.length === 2_000) await insertBatch()
  }
  await insertBatch()
  await client.query(
    `select setval(pg_get_serial_sequence('key_search', 'number'), (select max(number) from key_search))`,
  )
  for (const { definition } of indexes) await client.query(definition)
  await client.query('vacuum analyze')
  await client.end()
  return fillOf(keys)
}

interface Filling {
  keys: number
  at: Instant
}

/** The content of a database that was filled with this many keys. */
export function fillOf(keys: number): KeyFill {
  return {
    keys,
    digestOf: (n) => digestText(n, '0') as Digest,
    unknownDigest: (n) => digestText(n, 'f') as Digest,
    workspaceId: id('b', 3) as WorkspaceId,
    ownerId: id('a', 7) as UserId,
    mask: maskOf(Math.floor(keys / 2)),
    events: (batch, eventAt) => eventsOf(batch, { keys, at: eventAt }),
  }
}

/** The spellings that differ between the engines. */
interface Dialect {
  /** A number with leading zeros. */
  padded(number: string, digits: number): string
  /** The same in hexadecimal. */
  hex(number: string, digits: number): string
  /** 1 or 0. */
  flag(condition: string): string
}

const SQLITE: Dialect = {
  padded: (number, digits) => `printf('%0${digits}d', ${number})`,
  hex: (number, digits) => `printf('%0${digits}x', ${number})`,
  flag: (condition) => `(${condition})`,
}

const POSTGRES: Dialect = {
  padded: (number, digits) => `lpad(cast(${number} as text), ${digits}, '0')`,
  hex: (number, digits) => `lpad(to_hex(cast(${number} as bigint)), ${digits}, '0')`,
  flag: (condition) => `cast((${condition}) as int)`,
}

/** The engine itself makes the rows from the numbers below `keys`. */
function statements({ padded, hex, flag }: Dialect, { keys, at }: Filling): string[] {
  const numbers = (below: number) =>
    `with recursive numbers(n) as (select cast(0 as bigint) union all select n + 1 from numbers where n + 1 < ${below})`
  const idOf = (kind: string, n: string) => `'${kind}0000000-0000-7000-8000-' || ${padded(n, 12)}`
  const created = `${at} - (${keys} - n) * 1000`
  const revoked = flag('n % 10 = 9')
  const owner = idOf('a', `n % ${OWNERS}`)
  const workspace = idOf('b', `(n / 7) % ${WORKSPACES}`)
  // As random as digests are, so each look-up touches a page of its own.
  const digest = `${hex('(n * 2654435761) % 4294967296', 16)} || ${padded('n', 48)}`
  const never = Number.MAX_SAFE_INTEGER
  return [
    // Existing keys move behind the new ones in the search index; a server that runs later indexes them there.
    `update key_search set pending = 1, number = number + ${keys} + (select max(number) + 1 from key_search)`,
    'delete from key_grams',
    'delete from key_stretches',
    `${numbers(OWNERS)} insert into users (id, username, username_folded, email, email_folded, display_name, role, disabled, policy,
      created_at, revision, include_byok_in_limit)
      select ${idOf('a', 'n')}, 'user' || n, 'user' || n, 'u' || n || '@x.org', 'u' || n || '@x.org', 'User', 'USER',
        ${flag('n % 500 = 3')}, '{"permissions":null,"limits":{},"keyLifetimeMs":null}', n, n, 0 from numbers`,
    `${numbers(WORKSPACES)} insert into workspaces (id, slug, name, is_default, created_at, revision, include_byok_in_limit)
      select ${idOf('b', 'n')}, 'w' || n, 'W', ${flag('n = 0')}, n, n, 0 from numbers`,
    `${numbers(keys)} insert into keys (id, hash, name, access, disabled, owner_id, workspace_id, labels, permissions,
        limit_daily, limit_monthly, include_byok_in_limit, rate_limits, allowed_ips, expires_at, created_at,
        created_by_id, updated_by_id, revoked, revoked_at, revision, boosts, external_user_id)
      select ${idOf('c', 'n')}, ${digest}, ${nameText(keys)},
        case when n % 1000 = 5 then 'manage' else 'use' end, ${flag('n % 100 = 1')}, ${owner}, ${workspace},
        '{"env":"prod"}', '["documents.read"]', 1000000000, 50000000000, 0, '[]', '[]',
        case when n % 100 < 5 then ${at} + (n % 100 - 1) * ${DAY_MS} + n else ${never} end,
        ${created}, ${owner}, ${owner}, ${revoked}, case when ${revoked} = 1 then ${created} end, n, '{}',
        case when n % 4 = 1 then 'wholesale' when n % 4 = 3 then 'customer-' || (n % 5000) end from numbers`,
    `${numbers(keys)} insert into key_totals (key_id, owner_id, workspace_id, revoked, last_used_at, request_count, amount, byok_amount,
        requests, listed_amount)
      select ${idOf('c', 'n')}, ${owner}, ${workspace}, ${revoked},
        case when n % 3 = 0 then 0 else ${at} - (n * 7919) % 10000000 end, n % 1000, (n * 7919) % 1000000007, 0, n % 1000,
        (n * 7919) % 1000000007 from numbers`,
    `${numbers(keys)} insert into secrets (digest, key_id, ordinal, mask, key_prefix, is_foreign, created_at, expires_at)
      select ${digest}, ${idOf('c', 'n')}, 1, ${maskText(padded)}, 'lk_00000', 0, ${created}, ${never} from numbers
      order by (n * 2654435761) % 4294967296`,
    `${numbers(keys)} insert into key_labels (key_id, name, value, created_at) select ${idOf('c', 'n')}, label.name,
      case label.name when 'env' then case n % 3 when 0 then 'prod' when 1 then 'stage' else 'dev' end
        when 'era' then 'old' else 'team-' || (n % 1000) end, ${created}
      from numbers cross join (select 'env' as name union all select 'era' union all select 'team') as label
      where label.name <> 'era' or n < ${Math.floor(keys / 50)}`,
    `${numbers(keys)} insert into key_search (number, key_id, created_at, text, pending)
      select n, ${idOf('c', 'n')}, ${created}, ${nameText(keys)} || '\n' || ${maskText(padded)}, 0 from numbers`,
    // As many changes as there are keys, because the list estimates the number of keys by it.
    `update meta set value = ${keys} where name = 'revision' and value < ${keys}`,
    `update meta set value = 0 where name = 'search_behind'`,
    `${numbers(Math.ceil(keys / NUMBERS_IN_SET))} insert into key_stretches (stretch, newest, oldest)
      select n, ${at} - (${keys} - n * ${NUMBERS_IN_SET} - ${NUMBERS_IN_SET - 1}) * 1000, ${at} - (${keys} - n * ${NUMBERS_IN_SET}) * 1000
      from numbers`,
    `${numbers(keys)} insert into spend (key_id, win, start, amount, byok_amount, requests)
      select ${idOf('c', 'n')}, 'monthly', ${Date.UTC(2026, 10, 1)}, n, 0, 1 from numbers`,
  ]
}

/** One key in this many is among the oldest, or among the old ones. */
const OLDEST = 50
const OLD = 10
const nameText = (keys: number) =>
  `'service' || (n % 1000) || ' of region ' || (n % 17) || case when n * ${OLDEST} < ${keys} then ' legacy' else '' end ||
    case when n * ${OLD} < ${keys} then ' ancient' else '' end`
const maskText = (padded: Dialect['padded']) =>
  `'lk_' || ${padded('n % 1000', 3)} || '...' || ${padded('n / 1000 % 1000', 3)}`

interface GramRow {
  place: number
  numbers: string
}

/** The rows of the search index, 8,192 keys at a time. */
function* gramRows(keys: number): Generator<GramRow> {
  for (let first = 0; first < keys; first += NUMBERS_IN_SET) {
    const sets = new Map<number, NumberSet>()
    for (let n = first; n < Math.min(keys, first + NUMBERS_IN_SET); n += 1) {
      for (const gram of gramsOfText(`${nameOf(n, keys)}\n${maskOf(n)}`)) {
        const set = sets.get(gram) ?? numberSet()
        sets.set(gram, set)
        addNumber(set, n - first)
      }
    }
    for (const [gram, set] of sets)
      yield { place: placeOf(gram, first / NUMBERS_IN_SET), numbers: writeSet(set) }
  }
}

function nameOf(n: number, keys: number): string {
  return `service${n % 1_000} of region ${n % 17}${n * OLDEST < keys ? ' legacy' : ''}${n * OLD < keys ? ' ancient' : ''}`
}

function eventsOf(batch: number, { keys, at }: { keys: number; at: Instant }): UsageEvent[] {
  return Array.from({ length: 1_000 }, (_, index) => {
    const n = (batch * 1_000 + index * 977) % keys
    return {
      id: `event-${batch}-${index}`,
      keyId: id('c', n) as KeyId,
      ownerId: id('a', n % OWNERS) as UserId,
      workspaceId: id('b', Math.floor(n / 7) % WORKSPACES) as WorkspaceId,
      amount: 1_000n,
      byokAmount: 0n,
      requests: 1,
      at,
      recordedAt: at,
      reportedBy: null,
      meta: { model: 'large' },
    }
  })
}

function id(kind: string, n: number): string {
  return `${kind}0000000-0000-7000-8000-${String(n).padStart(12, '0')}`
}

function digestText(n: number, filler: string): string {
  const scattered = ((BigInt(n) * 2_654_435_761n) % 4_294_967_296n).toString(16).padStart(16, '0')
  return scattered + String(n).padStart(48, filler)
}

function maskOf(n: number): string {
  return `lk_${String(n % 1_000).padStart(3, '0')}...${String(Math.floor(n / 1_000) % 1_000).padStart(3, '0')}`
}
