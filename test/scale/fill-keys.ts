import { DatabaseSync } from 'node:sqlite'
import type { Instant } from '../../src/core/ground/clock.ts'
import type { UsageEvent } from '../../src/core/ledger/entries.ts'
import type { Digest, KeyId, UserId, WorkspaceId } from '../../src/core/types.ts'

/** What a filled database holds, for those who read it. */
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
const DAY_MS = 86_400_000

/**
 * Writes keys straight into a database file that nobody has open: in bulk, with the indexes built afterwards, which takes
 * a minute per million where the store's own calls would take an hour. Columns are named, so that a later migration's
 * column with a default needs no change here.
 */
export function fillKeys(path: string, { keys, at }: { keys: number; at: Instant }): KeyFill {
  const database = new DatabaseSync(path)
  database.exec('pragma synchronous = off; pragma cache_size = -400000; pragma foreign_keys = off; begin')
  const indexes = database
    .prepare(`select name, sql from sqlite_master where type = 'index' and sql is not null`)
    .all() as { name: string; sql: string }[]
  for (const { name } of indexes) database.exec(`drop index ${name}`)
  for (const statement of statements(keys, at)) database.exec(statement)
  for (const { sql } of indexes) database.exec(sql)
  database.exec('commit; pragma wal_checkpoint(truncate)')
  database.close()
  return {
    keys,
    digestOf: (n) => digestText(n, '0') as Digest,
    unknownDigest: (n) => digestText(n, 'f') as Digest,
    workspaceId: id('w', 3) as WorkspaceId,
    ownerId: id('u', 7) as UserId,
    mask: maskOf(Math.floor(keys / 2)),
    events: (batch, eventAt) => eventsOf(batch, { keys, at: eventAt }),
  }
}

/** Rows are made by the engine itself, from the numbers below `keys`. */
function statements(keys: number, at: Instant): string[] {
  const numbers = (below: number) =>
    `with recursive numbers(n) as (select 0 union all select n + 1 from numbers where n + 1 < ${below})`
  const idOf = (kind: string, n: string) => `printf('${kind}0000000-0000-7000-8000-%012d', ${n})`
  const created = `${at} - (${keys} - n) * 1000`
  const revoked = `(n % 10 = 9)`
  const owner = idOf('u', `n % ${OWNERS}`)
  const workspace = idOf('w', `(n / 7) % ${WORKSPACES}`)
  // As random as digests are, so that looking one up touches a page of its own.
  const digest = `printf('%016x%048d', (n * 2654435761) % 4294967296, n)`
  return [
    `${numbers(OWNERS)} insert into users (id, username, username_folded, email, email_folded, display_name, external_id, role, disabled, policy,
      created_at, updated_at, deleted_at, revision, limit_daily, limit_weekly, limit_monthly, limit_total, include_byok_in_limit)
      select ${idOf('u', 'n')}, 'user' || n, 'user' || n, 'u' || n || '@x.org',
      'u' || n || '@x.org', 'User', null, 'USER', n % 500 = 3, '{"permissions":null,"limits":{},"keyLifetimeMs":null}', n, null, null, n,
      null, null, null, null, 0
      from numbers`,
    `${numbers(WORKSPACES)} insert into workspaces (id, slug, name, description, is_default, created_by_id, created_at, updated_at, deleted_at, revision,
      limit_daily, limit_weekly, limit_monthly, limit_total, include_byok_in_limit)
      select ${idOf('w', 'n')}, 'w' || n, 'W', null, n = 0, null, n, null, null, n,
      null, null, null, null, 0
      from numbers`,
    `${numbers(keys)} insert into keys (id, hash, name, access, disabled, owner_id, workspace_id, external_user_id, labels, permissions, limit_daily,
      limit_weekly, limit_monthly, limit_total, include_byok_in_limit, openrouter_window, rate_limits, allowed_ips, not_before,
      expires_at, created_at, updated_at, created_by_id, updated_by_id, revoked, revoked_at, revoked_reason, revision, boosts)
      select ${idOf('k', 'n')}, ${digest},
      'service' || (n % 1000) || ' of region ' || (n % 17) || case when n < ${keys} / 50 then ' legacy' else '' end,
      case when n % 1000 = 5 then 'manage' else 'use' end, n % 100 = 1, ${owner}, ${workspace}, null,
      '{"env":"prod"}', '["documents.read"]', 1000000000, null, 50000000000, null, 0, null, '[]', '[]', null,
      case when n % 100 < 5 then ${at} + (n % 100 - 1) * ${DAY_MS} + n else ${Number.MAX_SAFE_INTEGER} end,
      ${created}, null, ${owner}, ${owner}, ${revoked}, case when ${revoked} then ${created} end, null, n, '{}' from numbers`,
    `${numbers(keys)} insert into key_totals select ${idOf('k', 'n')}, ${owner}, ${workspace}, ${revoked},
      case when n % 3 = 0 then 0 else ${at} - (n * 7919) % 10000000 end, n % 1000, (n * 7919) % 1000000007, 0, n % 1000, (n * 7919) % 1000000007
      from numbers`,
    `${numbers(keys)} insert into secrets select ${digest}, ${idOf('k', 'n')}, 1, printf('lk_%03d...%03d', n % 1000, n / 1000 % 1000),
      'lk_00000', 0, ${created}, ${Number.MAX_SAFE_INTEGER} from numbers`,
    `${numbers(keys)} insert into key_labels select ${idOf('k', 'n')}, 'env',
      case n % 3 when 0 then 'prod' when 1 then 'stage' else 'dev' end, ${created} from numbers`,
    `${numbers(keys)} insert into key_labels select ${idOf('k', 'n')}, 'team', 'team-' || (n % 1000), ${created} from numbers`,
    `${numbers(Math.floor(keys / 50))} insert into key_labels select ${idOf('k', 'n')}, 'era', 'old', ${created} from numbers`,
    ...[
      `'service' || (n % 1000)`,
      `'of'`,
      `'region'`,
      `'region' || (n % 17)`,
      `'lk'`,
      `printf('%03d', n % 1000)`,
    ].map(
      (term) =>
        `${numbers(keys)} insert or ignore into key_terms select ${idOf('k', 'n')}, ${term} from numbers`,
    ),
    `${numbers(keys)} insert or ignore into key_terms select ${idOf('k', 'n')}, printf('%03d', n / 1000 % 1000) from numbers`,
    `${numbers(Math.floor(keys / 50))} insert into key_terms select ${idOf('k', 'n')}, 'legacy' from numbers`,
    // As many changes as there are keys, which is what the list takes their number to be.
    `update meta set value = ${keys} where name = 'revision'`,
    `${numbers(keys)} insert into spend select ${idOf('k', 'n')}, 'monthly', ${Date.UTC(2026, 10, 1)}, n, 0, 1 from numbers`,
  ]
}

function eventsOf(batch: number, { keys, at }: { keys: number; at: Instant }): UsageEvent[] {
  return Array.from({ length: 1_000 }, (_, index) => {
    const n = (batch * 1_000 + index * 977) % keys
    return {
      id: `event-${batch}-${index}`,
      keyId: id('k', n) as KeyId,
      ownerId: id('u', n % OWNERS) as UserId,
      workspaceId: id('w', Math.floor(n / 7) % WORKSPACES) as WorkspaceId,
      amount: 1_000n,
      byokAmount: 0n,
      requests: 1,
      at,
      recordedAt: at,
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
