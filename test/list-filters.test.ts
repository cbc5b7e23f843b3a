import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { testApp } from './support/app.ts'

// A list that grows with all keys or all that ever happened must find what a filter asks for by an index. A new filter needs a row here.
// That the planners use these indexes is shown by the tests of plans: src/store/postgres/key-list-plans.long.test.ts,
// src/store/sql/ledger/query-plans.long.test.ts and `npm run test:scale:lists`.

/** By list and filter, the index that finds its records: `NAME(first columns)`; the same in both databases. */
const FOUND_BY: Record<string, Record<string, string>> = {
  '/v2/keys': {
    workspaceId: 'keys_created_at_workspace_id(workspace_id)',
    ownerId: 'keys_created_at_owner_id(owner_id)',
    status: 'keys_created_at(revoked, created_at)',
    access: 'keys_access(revoked, access)',
    externalUserId: 'keys_external_user(external_user_id)',
    label: 'key_labels_newest(name, value)',
    search: 'key_grams_place(place)',
    unusedSince: 'key_totals_last_used_at(revoked, last_used_at)',
    expiresBefore: 'keys_expires_at(revoked, expires_at)',
    createdBefore: 'keys_created_at(revoked, created_at)',
    unlimited: 'keys_unlimited(revoked, id)',
    neverExpires: 'keys_expires_at(revoked, expires_at)',
    nearLimit: 'crossings_reached(kind, win, start, percent)',
  },
  '/v2/reservations': {
    keyId: 'reservations_newest_key_id(key_id, state)',
    state: 'reservations_newest(state, held_at)',
  },
  '/v2/thresholds': {
    since: 'crossings_in_time(at)',
    percent: 'crossings_of_threshold(percent, at)',
  },
  '/v2/users': {
    role: 'users_by_role(role, created_at)',
    externalId: 'users_by_external_id(external_id, created_at)',
  },
  '/v2/workspaces': {},
  '/v2/workspaces/{ref}/members': {},
  '/v2/audit': {
    targetKind: 'audit_target_kind(target_kind, at)',
    targetId: 'audit_target_id(target_id, at)',
    actorUserId: 'audit_actor_user_id(actor_user_id, at)',
    requestId: 'audit_request_id(request_id, at)',
    action: 'audit_action(action, at)',
    outcome: 'audit_outcome(outcome, at)',
    from: 'audit_newest(at)',
    to: 'audit_newest(at)',
  },
  '/v1/apikeys': {},
  '/api/v1/keys': {
    include_disabled: 'keys_created_at(revoked, created_at)',
    workspace_id: 'keys_created_at_workspace_id(workspace_id)',
  },
}

/** Parameters that choose a page, and not records. */
const PAGES = new Set(['limit', 'cursor', 'sort', 'offset', 'maxResults', 'nextToken'])
const BEGINNINGS = ['cursor', 'offset', 'nextToken']

interface LooseOperation {
  parameters?: { name: string; in: string }[]
}

test('every filter of every list names its index', async () => {
  const app = await testApp()
  const { paths } = (await app.call('GET', '/openapi.json', { key: null })).json as {
    paths: Record<string, { get?: LooseOperation }>
  }
  await app.close()
  const lists = Object.entries(paths).flatMap(([path, { get }]) => {
    const names = (get?.parameters ?? []).filter((each) => each.in === 'query').map(({ name }) => name)
    return names.some((name) => BEGINNINGS.includes(name))
      ? [[path, names.filter((name) => !PAGES.has(name))] as const]
      : []
  })
  const table = Object.entries(FOUND_BY).map(([path, filters]) => [path, Object.keys(filters).toSorted()])
  expect(lists.map(([path, filters]) => [path, filters.toSorted()]).toSorted()).toEqual(table.toSorted())
  expect(lists.length).toBeGreaterThan(5)
})

test.each(['sqlite', 'postgres'])('%s has each of these indexes, beginning with these columns', (engine) => {
  const schema = readFileSync(
    new URL(`../src/store/migrations/${engine}.schema.txt`, import.meta.url),
    'utf8',
  ).replaceAll('"', '')
  const missing = Object.values(FOUND_BY)
    .flatMap((filters) => Object.values(filters))
    .filter((index) => !hasIndex(schema, index))
  expect(missing).toEqual([])
  expect(hasIndex(schema, 'keys_access(access)')).toBe(false)
  expect(hasIndex(schema, 'keys_of_nobody(id)')).toBe(false)
})

/** Whether the schema has an index, or a primary key, of this name that begins with these columns. */
function hasIndex(schema: string, index: string): boolean {
  const [, name = '', columns = ''] = /^(\w+)\((.*)\)$/.exec(index) ?? []
  const found = new RegExp(`\\b${name}\\b[^\\n(]*\\(([^)]*)\\)`, 'i').exec(schema)?.[1]?.toLowerCase()
  return found !== undefined && `${found},`.startsWith(`${columns},`)
}
