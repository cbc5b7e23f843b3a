import { DAY_MS, HOUR_MS } from '../../src/core/ground/clock.ts'
import { windowStart } from '../../src/core/money/windows.ts'
import { idOf, NOON } from './records.ts'

const FIRST = 100_000_000_000

/** The number of a user that owns a tenth of all keys. */
export const BUSY_OWNER = 199

/** The number of a workspace that has a tenth of all keys. */
export const BUSY_WORKSPACE = 43

/** The n-th id of a filled ledger, of any kind. */
export function filledId<Id extends string>(n: number): Id {
  return idOf(FIRST + n)
}

/**
 * Statements that fill a ledger with so many rows that no engine reads a whole table without need. They run on both engines; their
 * sums need not add up. There are 200 users, 50 workspaces and 20,000 keys, few of which were used.
 */
export function ledgerFill(): string[] {
  return [
    ...owners(),
    ...keys(),
    ...keySums(),
    ...accountSums(),
    ...details(),
    ...reservations(),
    `insert into account_versions (kind, account_id, version, limits_revision) select 'key', id, 1, 0 from keys`,
    `${numbers(40_000)} insert into usage_events (key_id, id, amount, byok_amount, requests, at, recorded_at, meta)
      select ${id('n % 4000')}, 'e' || n, 1, 0, 1, ${NOON} - n * 1000, ${NOON} - n * 1000, '{}' from numbers`,
    `${numbers(6_000)} insert into crossings (kind, account_id, win, start, percent, at)
      select 'key', ${id('n % 2000')}, 'daily', ${DAY_MS} * (n / 2000), 50, ${NOON} - n * 1000 from numbers`,
  ]
}

function numbers(below: number): string {
  return `with recursive numbers (n) as (select cast(0 as bigint) union all select n + 1 from numbers where n + 1 < ${below})`
}

function id(n: string): string {
  return `'00000000-0000-7000-8000-' || cast(${FIRST} + (${n}) as text)`
}

function owners(): string[] {
  return [
    `${numbers(200)} insert into users (id, username, username_folded, email, email_folded, display_name, role, disabled, policy, created_at, revision)
      select ${id('n')}, 'u' || n, 'u' || n, 'u' || n, 'u' || n, 'u', 'USER', 0, '{}', ${NOON}, 0 from numbers`,
    `${numbers(50)} insert into workspaces (id, slug, name, is_default, created_at, revision)
      select ${id('n')}, 'w' || n, 'w', 0, ${NOON}, 0 from numbers`,
  ]
}

function keys(): string[] {
  return [
    `${numbers(20_000)} insert into keys (id, hash, name, access, disabled, owner_id, workspace_id, labels, permissions,
        limit_daily, include_byok_in_limit, rate_limits, allowed_ips, expires_at, created_at, created_by_id, updated_by_id, revoked, revision)
      select ${id('n')}, 'h' || n, 'k', 'use', 0, ${id(`case when n % 10 = 9 then ${BUSY_OWNER} else n % 200 end`)}, ${id(`case when n % 10 = 3 then ${BUSY_WORKSPACE} else n % 50 end`)}, '{}', '[]',
        1000000, 0, '[]', '[]', 9007199254740991, ${NOON}, 'x', 'x', 0, 0 from numbers`,
    `insert into key_totals (key_id, owner_id, workspace_id, revoked, last_used_at, request_count, amount, byok_amount, requests)
      select id, owner_id, workspace_id, 0, 0, 0, 0, 0, 0 from keys`,
    `insert into key_labels (key_id, name, value, created_at) select id, 'env', 'prod', created_at from keys`,
  ]
}

const SUMS = 'amount, byok_amount, requests'

function keySums(): string[] {
  // Most rows are old: for a query that needs most of a table, reading all of it would be right.
  const day = `${windowStart('daily', NOON)} - ${25 * DAY_MS} * (n / 4000)`
  const hour = `${windowStart('daily', NOON)} - ${25 * DAY_MS + HOUR_MS} * (n / 4000)`
  const into = `insert into spend (key_id, win, start, ${SUMS})`
  return [
    `${numbers(40_000)} ${into} select ${id('n % 4000')}, 'daily', ${day}, 1, 0, 1 from numbers`,
    `${numbers(40_000)} ${into} select ${id('n % 4000')}, 'hourly', ${hour}, 1, 0, 1 from numbers`,
    ...(['weekly', 'monthly'] as const).map(
      (window) =>
        `${numbers(4_000)} ${into} select ${id('n')}, '${window}', ${windowStart(window, NOON)}, 1, 0, 1 from numbers`,
    ),
  ]
}

const ACCOUNTS = [
  { kind: 'user', many: 200 },
  { kind: 'workspace', many: 50 },
]

function accountSums(): string[] {
  return ACCOUNTS.flatMap(({ kind, many }) =>
    [
      { window: 'daily', length: 4 * DAY_MS, rows: 60 },
      { window: 'hourly', length: 4 * DAY_MS + HOUR_MS, rows: 60 },
      { window: 'monthly', length: 31 * DAY_MS, rows: 3 },
      { window: 'total', length: 0, rows: 1 },
    ].map(
      ({ window, length, rows }) =>
        `${numbers(many * rows)} insert into account_spend (kind, account_id, win, start, ${SUMS})
          select '${kind}', ${id(`n % ${many}`)}, '${window}',
            ${length === 0 ? '0' : `${windowStart(window === 'monthly' ? 'monthly' : 'daily', NOON)} - ${length} * (n / ${many})`}, 1, 0, 1 from numbers`,
    ),
  )
}

/** The metadata of events: more of them before the last month than in it. */
function details(): string[] {
  return [...ACCOUNTS, { kind: 'key', many: 400 }].flatMap(({ kind, many }) => [
    ...['model', 'env'].map(
      (name) => `${numbers(many * 120)} insert into meta_spend (kind, account_id, name, start, value, ${SUMS})
        select '${kind}', ${id(`n % ${many}`)}, '${name}', ${windowStart('daily', NOON)} - ${5 * DAY_MS} * (n / ${many}), 'v', 1, 0, 1
        from numbers`,
    ),
    `${numbers(many * 60)} insert into meta_values (kind, account_id, day, name, value, place)
      select '${kind}', ${id(`n % ${many}`)}, ${windowStart('daily', NOON)} - ${15 * DAY_MS} * (n / ${2 * many}), 'model',
        'v' || ((n / ${many}) % 2), 1 + (n / ${many}) % 2 from numbers`,
    `${numbers(many * 30)} insert into activity (kind, start, account_id, model, model_permaslug, endpoint_id, provider_name, ${SUMS},
        prompt_tokens, completion_tokens, reasoning_tokens)
      select '${kind}', ${windowStart('daily', NOON)} - ${15 * DAY_MS} * (n / ${many}), ${id(`n % ${many}`)}, 'm', '', '', 'p', 1, 0, 1, 1, 1, 1
      from numbers`,
  ])
}

function reservations(): string[] {
  const state = `case n % 20 when 0 then 'open' when 1 then 'expired' when 2 then 'released' else 'settled' end`
  return [
    `${numbers(40_000)} insert into reservations (id, key_id, owner_id, workspace_id, amount, held_at, expires_at, request_id, state,
        on_expiry)
      select ${id('n')}, ${id('n % 4000')}, ${id('n % 200')}, ${id('n % 50')}, 1, ${NOON} - n * 1000, ${NOON} - n * 1000 + 600000,
        'r' || n, ${state}, case n % 3 when 0 then 'settle' else 'release' end from numbers`,
  ]
}
