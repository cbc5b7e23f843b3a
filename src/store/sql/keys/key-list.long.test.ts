import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { fillKeys } from '../../../../test/scale/fill-keys.ts'
import { NOON } from '../../../../test/support/records.ts'
import { MAX } from '../../../core/ground/bounds.ts'
import type { Cursor } from '../../../core/ground/page.ts'
import type { KeyQuery, KeySort } from '../../../core/keys/queries.ts'
import type { KeyId, UserId, WorkspaceId } from '../../../core/types.ts'
import { SQLITE_CAPABILITIES } from '../../sqlite/capabilities.ts'
import { connectSqlite, IN_TIME } from '../../sqlite/connection.ts'
import { connectionOn } from '../../sqlite/driver.ts'
import { engineHere } from '../../sqlite/engine.ts'
import { openSqlite } from '../../sqlite/open.ts'
import type { SqlDatabase } from '../base/database.ts'
import type { Tables } from '../base/tables.ts'
import { createSqlStore } from '../store.ts'
import { SCOPE_COLUMNS, SORT_COLUMNS } from './key-filters.ts'
import { listKeys } from './key-list.ts'

// Enough keys that each way of reading a page is taken: in order, sorted, in order until that takes too long.
const KEYS = 60_000
const SORTS: KeySort[] = ['createdAt', 'lastUsedAt', 'expiresAt', 'spent']

const folder = mkdtempSync(join(tmpdir(), 'latchkey-lists-'))
const path = join(folder, 'latchkey.db')
await (await openSqlite(path, unexpected)).close()
const fill = fillKeys(path, { keys: KEYS, at: NOON })
const database = new DatabaseSync(path, { readOnly: true })
database.function(IN_TIME, (_column) => 1)
const seen: { sql: string; parameters: readonly unknown[] }[] = []
const kysely = new Kysely<Tables>({
  dialect: connectionOn(engineHere(connectSqlite({ path, readOnly: true, journal: 'wal' }))).dialect,
  log({ query: { sql, parameters } }) {
    seen.push({ sql, parameters })
  },
})
const db: SqlDatabase = {
  writer: kysely,
  reader: kysely,
  runSteps: () => Promise.reject(new Error('Nothing is written here.')),
  runDecided: null,
  longReads: null,
  ...SQLITE_CAPABILITIES,
  requireOwnership() {},
  close: () => kysely.destroy(),
}

afterAll(async () => {
  await db.close()
  rmSync(folder, { recursive: true })
})

const SCOPES: Partial<KeyQuery>[] = [
  {},
  { ownerId: 'a0000000-0000-7000-8000-000000000007' as UserId },
  { workspaceId: 'b0000000-0000-7000-8000-000000000003' as WorkspaceId },
]

const ENABLED = 'k.disabled = 0 and k.owner_id not in (select id from users where disabled = 1)'

/** Each filter, and the same in SQL that nobody has thought about. */
const FILTERS: [Partial<KeyQuery>, string][] = [
  [{ status: 'disabled' }, `not (${ENABLED})`],
  [{ status: 'expired' }, `${ENABLED} and k.expires_at <= ${NOON}`],
  [{ status: 'active' }, `${ENABLED} and k.expires_at > ${NOON}`],
  [{ access: 'manage' }, `k.access = 'manage'`],
  [{ access: 'use' }, `k.access = 'use'`],
  [{ externalUserId: 'customer-4903' }, `k.external_user_id = 'customer-4903'`],
  [{ externalUserId: 'wholesale' }, `k.external_user_id = 'wholesale'`],
  [{ externalUserId: 'nobody' }, '0'],
  [{ includeDisabled: false }, 'k.disabled = 0'],
  [{ labels: [{ name: 'env', value: 'prod' }] }, hasLabel('env', 'prod')],
  [{ labels: [{ name: 'team', value: 'team-7' }] }, hasLabel('team', 'team-7')],
  [{ labels: [{ name: 'era', value: 'old' }] }, hasLabel('era', 'old')],
  [
    {
      labels: [
        { name: 'env', value: 'dev' },
        { name: 'era', value: 'old' },
      ],
    },
    `${hasLabel('env', 'dev')} and ${hasLabel('era', 'old')}`,
  ],
  [{ search: 'lk' }, '1'],
  [{ search: 'LK Service17' }, hasPart('service17')],
  [{ search: 'leg' }, hasPart('leg')],
  [{ search: 'egion1 of' }, hasPart('egion1')],
  [{ search: 'on 16' }, hasPart('16')],
  [{ search: 's r o l 0 1 2 3 4' }, [...'srol01234'].map(hasPart).join(' and ')],
  [{ search: '_0' }, hasPart('_0')],
  [{ search: 'nothing' }, '0'],
  // More than are put in order, and all of them old.
  [{ search: 'ancient' }, hasPart('ancient')],
  [
    { search: 'ancient', access: 'use', labels: [{ name: 'env', value: 'dev' }] },
    `${hasPart('ancient')} and k.access = 'use' and ${hasLabel('env', 'dev')}`,
  ],
  // Few enough to be put in order, but too many to ask all of this of each.
  [
    {
      labels: [{ name: 'era', value: 'old' }],
      search: 'region',
      access: 'use',
      unusedSince: 1,
      status: 'active',
    },
    `${hasLabel('era', 'old')} and ${hasPart('region')} and k.access = 'use' and t.last_used_at < 1 and ${ENABLED} and k.expires_at > ${NOON}`,
  ],
  [{ unusedSince: 1 }, 't.last_used_at < 1'],
  [{ createdBefore: NOON - 5_000 }, `k.created_at < ${NOON - 5_000}`],
  [{ neverExpires: true }, 'k.expires_at = 9007199254740991'],
  [
    { unlimited: true },
    'k.limit_daily is null and k.limit_weekly is null and k.limit_monthly is null and k.limit_total is null',
  ],
  [{ unusedSince: NOON - 9_990_000 }, `t.last_used_at < ${NOON - 9_990_000}`],
  [{ expiresBefore: NOON }, `k.expires_at < ${NOON}`],
  [
    { search: 'region', unusedSince: 1, status: 'active' },
    `${hasPart('region')} and t.last_used_at < 1 and ${ENABLED} and k.expires_at > ${NOON}`,
  ],
]

describe('lists of many keys', () => {
  for (const sort of SORTS) {
    test(`by ${sort}: every filter finds the keys of a plain query, near the start and far down`, async () => {
      let pages = 0
      let endedEarly = 0
      for (const [scopeIndex, scope] of SCOPES.entries()) {
        // Plain queries take their time, so each scope after the first gets every other filter.
        for (const [filter, condition] of FILTERS.filter((_, index) => index % (1 + scopeIndex) === 0)) {
          const query: KeyQuery = { sort, limit: 20, at: NOON, ...scope, ...filter }
          const expected = plainList(query, condition)
          const places = new Set([0, Math.floor(expected.length / 2), Math.max(0, expected.length - 25)])
          for (const from of places) {
            const before = expected[from - 1]
            const { ids, next, early } = await readOn(
              before === undefined ? query : { ...query, after: before },
            )
            expect(ids).toEqual(expected.slice(from, from + 20).map((row) => row.id))
            // A page that ended early has a next one, which may turn out to be empty.
            if (next === null) expect(from + 20).toBeGreaterThanOrEqual(expected.length)
            pages += 1
            endedEarly += early
          }
        }
      }
      console.log(`lists by ${sort}: ${pages} pages compared, ${endedEarly} more that ended early`)
      expect(pages).toBeGreaterThan(60)
    }, 60_000)

    test(`by ${sort}: a plain page is read from an index, without sorting`, async () => {
      for (const scope of SCOPES) {
        const first = await listKeys(db, { sort, limit: 20, at: NOON, ...scope })
        if (first.next === null) throw new Error('There is only one page.')
        const query = { sort, limit: 20, at: NOON, ...scope }
        for (const page of [query, { ...query, after: first.next }, { ...query, offset: 20 }]) {
          for (const plan of await plansOf(() => listKeys(db, page))) {
            expect(plan.filter((step) => /^SCAN (keys|key_totals|secrets)|TEMP B-TREE/.test(step))).toEqual(
              [],
            )
          }
        }
      }
    })

    test(`by ${sort}: a filter that many keys meet leaves the list in its order, without sorting`, async () => {
      const many: Partial<KeyQuery>[] = [
        { status: 'active' },
        { access: 'use' },
        { unusedSince: 1 },
        { search: 'lk' },
      ]
      for (const filter of many) {
        for (const plan of await plansOf(() => listKeys(db, { sort, limit: 20, at: NOON, ...filter }))) {
          expect(plan.filter((step) => step.includes('TEMP B-TREE'))).toEqual([])
        }
      }
    })

    test(`by ${sort}: a list within a workspace or an owner reads its own index, whatever else fits a filter`, async () => {
      const [table, column] = SORT_COLUMNS[sort].split('.')
      let read = 0
      for (const scope of ['workspaceId', 'ownerId'] as const) {
        const query = { sort, limit: 20, at: NOON, ...SCOPES.find((each) => scope in each) }
        for (const filter of [
          { status: 'active' },
          { createdBefore: NOON },
          { unusedSince: NOON },
        ] as const) {
          const plans = await plansOf(
            () => listKeys(db, { ...query, ...filter }),
            // Not the counts, which read the index of each filter.
            (statement) => /\border by\b/.test(statement) && !statement.includes(`as bounded`),
          )
          const walks = plans.flat().filter((step) => / INDEX keys?_\w+ \(/.test(step))
          for (const walk of walks) expect(walk).toContain(` ${table}_${column}_${SCOPE_COLUMNS[scope]} `)
          read += walks.length
        }
      }
      expect(read).toBeGreaterThan(3)
    })

    test(`by ${sort}: no filter reads every key`, async () => {
      for (const scope of SCOPES) {
        for (const [filter] of FILTERS) {
          for (const plan of await plansOf(() =>
            listKeys(db, { sort, limit: 20, at: NOON, ...scope, ...filter }),
          )) {
            expect(
              plan.filter((step) =>
                /^SCAN (keys|key_totals|key_labels|key_search|key_grams|secrets)(?!.* key_search_pending)/.test(
                  step,
                ),
              ),
            ).toEqual([])
          }
        }
      }
    })
  }
})

test('a page by offset does not end early, because it has no cursor', async () => {
  const query: KeyQuery = { sort: 'createdAt', limit: 20, at: NOON, includeDisabled: false }
  const expected = plainList(query, 'k.disabled = 0').map(({ id }) => id)
  for (const offset of [0, MAX.listRowsRead + 1, 40_000, expected.length - 5]) {
    const { rows } = await listKeys(db, { ...query, offset })
    expect(rows.map(({ key }) => key.id)).toEqual(expected.slice(offset, offset + 20) as KeyId[])
  }
})

describe('other reads of many keys', () => {
  const store = createSqlStore(db)

  test('each is a look-up in an index', async () => {
    const reads: (() => Promise<unknown>)[] = [
      () => store.findFacts({ digest: fill.digestOf(5) }, NOON),
      () => store.findKey({ digest: fill.digestOf(5) }, NOON),
      () => store.hasForeignSecrets(),
      () => store.resolveKeys([{ digest: fill.digestOf(5) }, { digest: fill.unknownDigest(5) }]),
      async () =>
        store.standingOf(
          (await listKeys(db, { sort: 'spent', limit: 20, at: NOON })).rows.map(({ key }) => key.id),
          NOON,
        ),
      () => store.listUsers({ limit: 5, role: 'USER' }),
      () => store.listUsers({ limit: 5, externalId: 'x', after: { value: 5, id: 'x' } }),
      () => store.listUsers({ limit: 5 }),
      () => store.findUser({ email: 'x' }),
      () => store.findUser({ username: 'x' }),
      () => store.listWorkspaces({ limit: 5 }),
      () => store.findWorkspace({ slug: 'x' }),
      () => store.listAudit({ limit: 5 }),
      () => store.listAudit({ limit: 5, from: 1, to: 2, after: { value: 5, id: 'x' } }),
      () => store.listAudit({ limit: 5, targetId: 'x' }),
      () => store.listAudit({ limit: 5, targetKind: 'key' }),
      () => store.listAudit({ limit: 5, action: 'x' }),
      () => store.listAudit({ limit: 5, outcome: 'denied' }),
      () => store.listAudit({ limit: 5, actorUserId: 'x' as UserId }),
      () => store.listAudit({ limit: 5, requestId: 'x' }),
      ...[{}, { percent: 80 }].flatMap((which) =>
        [{}, { since: 5 }, { after: { value: 5, id: 'key x daily 0 80' } }].map(
          (place) => () => store.listAllCrossings({ ...which, ...place, limit: 5 }),
        ),
      ),
    ]
    for (const read of reads) {
      const plans = await plansOf(read)
      expect(plans.length).toBeGreaterThan(0)
      for (const plan of plans) {
        expect(
          plan.filter((step) => /^SCAN (?!json_each|.*(CONSTANT| USING .*INDEX))|TEMP B-TREE/.test(step)),
        ).toEqual([])
      }
    }
  })

  test('the facts of a secret take four statements', async () => {
    expect(await plansOf(() => store.findFacts({ digest: fill.digestOf(5) }, NOON))).toHaveLength(4)
  })
})

function unexpected(reason: string): void {
  throw new Error(reason)
}

/** The engine's plan for every statement that a call runs, without those that only begin and end a transaction. */
async function plansOf(call: () => Promise<unknown>, isMeant = (_sql: string) => true): Promise<string[][]> {
  seen.length = 0
  await call()
  const statements = seen.filter(({ sql }) => !/^(begin|commit)/.test(sql) && isMeant(sql))
  return statements.map(({ sql, parameters }) => {
    const steps = database.prepare(`explain query plan ${sql}`).all(...(parameters as (string | bigint)[]))
    return steps.map((step) => String(step.detail))
  })
}

/** A page of 20 keys, over as many pages as it takes when they end early. */
async function readOn(query: KeyQuery): Promise<{ ids: string[]; next: Cursor | null; early: number }> {
  const ids: string[] = []
  for (let early = 0, asked = query; ; early += 1) {
    const { rows, next } = await listKeys(db, { ...asked, limit: 20 - ids.length })
    ids.push(...rows.map(({ key }) => key.id))
    if (ids.length === 20 || next === null) return { ids, next, early }
    if (early > KEYS / 1_000) throw new Error('The pages do not come to an end.')
    asked = { ...query, after: next }
  }
}

/** The whole list as the engine finds it when it looks at every key: the sort values and ids, in order. */
function plainList(query: KeyQuery, condition: string): { value: string; id: string }[] {
  const columns: Record<KeySort, string> = {
    createdAt: 'k.created_at',
    lastUsedAt: 't.last_used_at',
    expiresAt: 'k.expires_at',
    spent: 't.amount',
  }
  const column = columns[query.sort]
  const direction = query.sort === 'expiresAt' ? 'asc' : 'desc'
  const scope = [
    query.ownerId && `k.owner_id = '${query.ownerId}'`,
    query.workspaceId && `k.workspace_id = '${query.workspaceId}'`,
  ]
  const conditions = ['k.revoked = 0', condition, ...scope.filter(Boolean)].join(' and ')
  const rows = database
    .prepare(
      `select cast(${column} as text) as value, k.id as id from keys k join key_totals t on t.key_id = k.id
        where ${conditions} order by ${column} ${direction}, k.id ${direction}`,
    )
    .all()
  return rows.map((row) => ({ value: String(row.value), id: String(row.id) }))
}

function hasLabel(name: string, value: string): string {
  return `exists (select 1 from key_labels l where l.key_id = k.id and l.name = '${name}' and l.value = '${value}')`
}

/** Says that the name or the mask has this part; none of either has capitals. */
function hasPart(part: string): string {
  return `(instr(k.name, '${part}') > 0 or exists (select 1 from secrets s where s.key_id = k.id and instr(s.mask, '${part}') > 0))`
}
