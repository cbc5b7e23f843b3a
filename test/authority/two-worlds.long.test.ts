import { expect, test } from 'bun:test'
import type { Store } from '../../src/store/store.ts'
import { type CheckedDocument, checkedDocument } from '../support/openapi.ts'
import { type Draw, openWorld, requestFor, type Sent, type Texts, type World } from './two-worlds.ts'

// Non-interference: an observer gets the same answers, byte for byte, whatever the tenants do that it may not see.

const HISTORIES = Number(process.env.LATCHKEY_TEST_WORLDS ?? 6)
const REQUESTS = 80

/** GoodMem's dialect answers 403 for another user's key and 404 for an unknown one, and tells that a chosen id is taken. */
const TOLD_BY_CONTRACT = /^\/v1\/apikeys(\/\{id\})?$/
/** Answers about the server itself. */
const LEFT_OUT = /^\/(openapi|docs|readyz|livez|$)|init$/

/** The first answer that differs, if any, and the number of requests until then. */
async function firstDifference(histories: number, wrap?: (store: Store) => Store) {
  let requests = 0
  const statuses = new Map<number, number>()
  for (let seed = 1; seed <= histories; seed += 1) {
    const worlds = [await openWorld(wrap), await openWorld(wrap)] as const
    const { json } = await worlds[0].app.call('GET', '/openapi.json', { key: null })
    const document = checkedDocument(json)
    try {
      const draw = drawing(seed)
      const hiding = worlds.map((_, index) => drawing(1_000 * seed + index))
      for (let n = 0; n < REQUESTS; n += 1) {
        for (const [index, world] of worlds.entries())
          for (let acts = n === 0 ? 30 : 1; acts > 0; acts -= 1) await world.hide(hiding[index] ?? draw)
        const sent = requestOf(draw, document, worlds)
        const [one, other] = [await worlds[0].look(sent), await worlds[1].look(sent)]
        requests += 1
        statuses.set(one.status, (statuses.get(one.status) ?? 0) + 1)
        if (JSON.stringify(one) !== JSON.stringify(other))
          return { requests, difference: { sent, one, other } }
      }
    } finally {
      for (const { app } of worlds) await app.close()
    }
  }
  return { requests, statuses, difference: null }
}

function drawing(seed: number): Draw {
  let state = Math.imul(seed, 2_654_435_761) >>> 0 || 1
  return (end) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % end
  }
}

function requestOf(
  draw: Draw,
  { operations, resolve }: CheckedDocument,
  worlds: readonly [World, World],
): Sent {
  const [{ cast, workspaceIds }] = worlds
  const open = operations.filter(({ path }) => !LEFT_OUT.test(path))
  const operation = open[draw(open.length)] ?? operations[0]
  if (operation === undefined) throw new Error('The document has no operation.')
  const ends =
    /rotate|previous/.test(operation.path) || (operation.method === 'delete' && /keys/.test(operation.path))
  const own = [
    ...(ends ? [] : Object.values(cast.user.keys).map(({ id }): string => id)),
    ...worlds[0].spare.map(({ id }) => id),
  ]
  const foreign = TOLD_BY_CONTRACT.test(operation.path)
    ? []
    : worlds.flatMap(({ hidden }) => [...hidden.keyIds, ...hidden.names])
  const users = [cast.user.userId, cast.other.userId]
  const isPeople = operation.path.includes('members')
  const places = [
    workspaceIds.shared,
    workspaceIds.hidden,
    workspaceIds.left,
    'left',
    'default',
    'hidden',
    // Members of a workspace see each other there.
    ...(isPeople ? [] : [workspaceIds.team, 'team']),
  ]
  const ids = [...own, ...foreign]
  const texts: Texts = {
    ref: operation.path.includes('workspaces') ? places : ids,
    id: operation.path.includes('users') ? [...users, ...foreign] : ['e0', 'e1', ...ids],
    keyId: ids,
    ids: [ids.slice(0, 3)],
    hash: foreign.filter((name) => name.length === 64).concat('0'.repeat(64)),
    apiKeyId: [cast.user.keys.use.id],
    email: ['user@example.com', 'other@example.com', 'p1@example.com', 'p2@example.com'],
    ownerId: users,
    userId: users,
    workspaceId: places,
    workspace_id: places,
    label: ['env:prod', 'team:t1'],
    labels: [{ env: 'prod' }, { team: 't1' }],
    externalUserId: ['customer-0', 'customer-1'],
    search: ['project', 'p', '1'],
    groupBy: ['key', 'owner', 'workspace', 'label:env', 'meta:model', 'externalUserId'],
    from: ['2026-11-22'],
    to: ['2026-11-24'],
    cursor: ['x'],
    'idempotency-key': ['i1', 'i2'],
    'if-match': ['*'],
    requestId: ['r0', 'r1'],
    key: [cast.user.keys.use.secret, ...worlds[0].spare.map(({ secret }) => secret)],
    dryRun: [true],
    disabled: [false],
    allowedIps: [['127.0.0.1']],
    notBefore: ['2026-01-01T00:00:00Z'],
    expiresAt: ['2099-01-01T00:00:00Z'],
  }
  const { manage, full, use } = cast.user.keys
  const spare = worlds[0].spare.map(({ secret }) => secret)
  const isSelf = operation.path.includes('self')
  const secrets = isSelf
    ? spare
    : [
        manage.secret,
        manage.secret,
        full.secret,
        full.secret,
        use.secret,
        null,
        spare[draw(spare.length)] ?? null,
      ]
  return { secret: secrets[draw(secrets.length)] ?? null, ...requestFor(draw, operation, { texts, resolve }) }
}

test('observers get the same answers whatever the other tenants do', async () => {
  const { requests, statuses, difference } = await firstDifference(HISTORIES)
  expect(difference).toBeNull()
  process.stdout.write(
    `two worlds: ${requests} requests, ${[...(statuses ?? [])].map((each) => each.join(': ')).join(', ')}\n`,
  )
  expect(requests).toBe(HISTORIES * REQUESTS)
  expect(statuses?.get(200)).toBeGreaterThan(requests / 10)
}, 120_000)

/** Stores that forget a bound, as a mistake would. */
const MISTAKES: Record<string, (store: Store) => Partial<Store>> = {
  'lists have the keys of everybody': (store) => ({
    listKeys: ({ ownerId: _, within: _within, ...query }, by) => store.listKeys(query, by),
  }),
  "GoodMem's lists have the keys of everybody": (store) => ({
    listKeyTexts: ({ ownerId: _, within: _within, ...query }, form, by) =>
      store.listKeyTexts(query, form, by),
  }),
  'reports add up the usage of everybody': (store) => ({
    usageReport: ({ ownerId: _, memberId: _member, ...query }, by) => store.usageReport(query, by),
  }),
  'whoever was removed from a workspace still belongs to it': () => ({ isMember: async () => true }),
  'every member manages the workspace': () => ({ isManager: async () => true }),
  'keys of everybody at risk are counted': (store) => ({
    keyRisks: ({ ownerId: _, memberId: _member, ...query }, by) => store.keyRisks(query, by),
  }),
  'verdicts on the keys of everybody are counted': (store) => ({
    outcomesOfAll: ({ ownerId: _, memberId: _member, ...query }, by) => store.outcomesOfAll(query, by),
  }),
}

test.each(Object.entries(MISTAKES))(
  'the comparison finds a mistake: %s',
  async (_name, mistake) => {
    const wrap = (store: Store) => {
      const mistaken = mistake(store)
      return new Proxy(store, {
        get: (target, name) => Reflect.get(mistaken, name) ?? Reflect.get(target, name),
      })
    }
    const { difference } = await firstDifference(20, wrap)
    expect(difference).not.toBeNull()
  },
  120_000,
)
