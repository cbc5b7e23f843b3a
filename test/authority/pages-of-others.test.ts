import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type TestApp, testApp } from '../support/app.ts'
import { type Cast, castOf } from '../wire/cast.ts'

// The records that a caller may not see change neither the pages that it gets nor their cursors, however many of them there are.

/** More than a page may read of them. */
const OTHERS = 2_000
const SHARED = { labels: { env: 'prod' }, access: 'use', externalUserId: 'customer', limits: { daily: '1' } }
const FILTERS = [
  'search=secret',
  'search=secret%20project&access=use',
  'search=s&label=env:prod',
  'label=env:prod',
  'label=env:prod&access=use',
  'label=env:prod&search=project&status=active',
  'externalUserId=customer&access=use',
  'status=active&externalUserId=customer',
  'access=use&neverExpires=true',
]
const SORTS = ['createdAt', 'lastUsedAt', 'expiresAt', 'spent']

let app: TestApp
let cast: Cast
/** The lists of each caller, named after it, before and after the others had so many keys. */
let before: Map<string, string[]>
let after: Map<string, string[]>
let seenByAdmin: { data: unknown[] }

beforeAll(async () => {
  app = await testApp()
  cast = await castOf(app)
  const { user, other, admin } = cast
  const made = async (path: string, body: object) => (await app.call('POST', path, { body })).json
  const { id: workspaceId } = await made('/v2/workspaces', { name: 'w', slug: 'w' })
  await made(`/v2/workspaces/${workspaceId}/members`, { userId: other.userId, standing: 'manager' })
  for (const name of ['one', 'two', 'three']) {
    await made('/v2/keys', { ...SHARED, name: `${name} secret project`, ownerId: user.userId })
    await made('/v2/keys', { ...SHARED, name: `${name} secret project`, ownerId: admin.userId, workspaceId })
    app.clock.advance(60_000)
  }
  const callers = new Map([
    ['a USER', { key: user.keys.manage.secret, more: '' }],
    ['a manager of a workspace', { key: other.keys.manage.secret, more: `&workspaceId=${workspaceId}` }],
  ])
  before = await listsOf(callers)
  const keys = Array.from({ length: OTHERS }, (_, n) => ({
    ...SHARED,
    secret: `sk-of-somebody-else-${n}`,
    name: `secret project ${n}`,
    ownerId: admin.userId,
  }))
  while (keys.length > 0) await made('/v2/keys/import', { keys: keys.splice(0, 500) })
  after = await listsOf(callers)
  seenByAdmin = (await app.call('GET', '/v2/keys?search=secret&limit=100')).json
}, 60_000)
afterAll(() => app.close())

/** The ids and the cursor of every page of every list. */
async function listsOf(callers: ReadonlyMap<string, { key: string; more: string }>) {
  const lists = new Map<string, string[]>()
  for (const [name, { key, more }] of callers)
    for (const filter of FILTERS)
      for (const sort of SORTS) {
        const pages: string[] = []
        let cursor: string | null = ''
        while (cursor !== null && pages.length < 10) {
          const next = cursor && `&cursor=${cursor}`
          const path = `/v2/keys?${filter}&sort=${sort}&limit=2${more}${next}`
          const { json }: { json: { data: { id: string }[]; nextCursor: string | null } } = await app.call(
            'GET',
            path,
            { key },
          )
          pages.push(`${json.data.map(({ id }) => id)} ${json.nextCursor}`)
          cursor = json.nextCursor
        }
        lists.set(`${name}, ${filter}, ${sort}`, pages)
      }
  return lists
}

test('an ADMIN sees the keys of all others', () => {
  expect(seenByAdmin.data).toHaveLength(100)
})

test.each(['a USER', 'a manager of a workspace'])(
  'pages and cursors do not depend on keys that the caller may not see: %s',
  (caller) => {
    const lists = [...before].filter(([name]) => name.startsWith(`${caller},`))
    expect(lists).toHaveLength(FILTERS.length * SORTS.length)
    for (const [name, pages] of lists) expect({ name, pages: after.get(name) }).toEqual({ name, pages })
    // Two of three keys are on the first page.
    for (const [name, pages] of lists) expect({ name, pages: pages.length }).toEqual({ name, pages: 2 })
  },
)

test('crossings of limits and their cursors do not depend on those of others', async () => {
  const { user, admin } = cast
  const limits = { daily: '1', weekly: '1', monthly: '1', total: '1' }
  const spend = async (ids: string[]) => {
    const events = ids.map((keyId) => ({ id: 'all', keyId, amount: '1' }))
    expect((await app.call('POST', '/v2/usage', { body: { events } })).json.accepted).toBe(ids.length)
  }
  const own = await app.call('POST', '/v2/keys', { body: { ownerId: user.userId, limits } })
  await spend([own.json.key.id])
  const pagesOf = async (key: string) => {
    const texts: string[] = []
    for (const query of ['limit=5', 'percent=80&limit=5', 'since=2026-11-22T00:00:00Z&limit=5']) {
      let next: string | null = ''
      for (let n = 0; n < 9 && next !== null; n += 1) {
        const { json, text } = await app.call('GET', `/v2/thresholds?${query}${next && `&cursor=${next}`}`, {
          key,
        })
        texts.push(text)
        next = json.nextCursor
      }
    }
    return texts
  }
  const alone = await pagesOf(user.keys.manage.secret)
  expect(alone.map((text) => JSON.parse(text).data.length)).toEqual([5, 5, 2, 4, 5, 5, 2])
  app.clock.advance(60_000)
  // Each of these crosses three thresholds of four windows.
  const keys = Array.from({ length: 450 }, (_, n) => ({
    secret: `sk-that-spends-all-${n}`,
    ownerId: admin.userId,
    limits,
  }))
  const { results } = (await app.call('POST', '/v2/keys/import', { body: { keys } })).json
  await spend(results.map(({ id }: { id: string }) => id))
  expect(await pagesOf(user.keys.manage.secret)).toEqual(alone)
  expect((await pagesOf(admin.keys.manage.secret)).length).toBeGreaterThan(alone.length)
}, 60_000)

test('the number of unused keys is right, however many others are unused', async () => {
  const { user, admin } = cast
  for (let left = 5_000; left > 0; left -= 500) {
    const keys = Array.from({ length: 500 }, (_, n) => ({
      secret: `sk-that-nobody-uses-${left + n}`,
      ownerId: admin.userId,
    }))
    expect((await app.call('POST', '/v2/keys/import', { body: { keys } })).json.created).toBe(500)
  }
  app.clock.advance(60_000)
  for (const name of ['x', 'y'])
    await app.call('POST', '/v2/keys', { body: { name, ownerId: user.userId, access: 'use' } })
  app.clock.advance(91 * 86_400_000)
  // The two keys that ask below count as used, and not only once a timer has written that.
  for (const { secret } of [user.keys.full, user.keys.manage])
    await app.call('GET', '/v2/keys?limit=1', { key: secret })
  await app.latchkey.lastUsed.flush()
  const { data } = (await app.call('GET', '/v2/keys?limit=100', { key: user.keys.full.secret })).json
  const since = app.clock.now() - 90 * 86_400_000
  const used = ({ lastUsedAt }: { lastUsedAt: string | null }) => Date.parse(lastUsedAt ?? '') >= since
  const { json } = await app.call('GET', '/v2/keys/health', { key: user.keys.manage.secret })
  expect(data.filter(used)).toHaveLength(2)
  expect(json.unused.count).toBe(data.length - 2)
}, 60_000)
