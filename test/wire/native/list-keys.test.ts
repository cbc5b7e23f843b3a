import { describe, expect, test } from 'bun:test'
import { HOUR_MS } from '../../../src/core/ground/clock.ts'
import { failure, type Loose, type NativeApp, nativeApp, pointers } from './native-app.ts'

async function names(app: NativeApp, query: string, key?: string): Promise<string[]> {
  const answer = await app.call('GET', `/v2/keys?${query}`, key === undefined ? {} : { key })
  if (answer.status !== 200) throw new Error(answer.text)
  return answer.json.data.map(({ name }: { name: string }) => name)
}

/** Reads the whole list page by page. */
async function walk(app: NativeApp, query: string): Promise<Loose[][]> {
  const pages: Loose[][] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const next: string = cursor === '' ? '' : `&cursor=${cursor}`
    const answer = await app.call('GET', `/v2/keys?${query}${next}`)
    expect(answer.status).toBe(200)
    pages.push(answer.json.data)
    cursor = answer.json.nextCursor
  }
  return pages
}

describe('GET /v2/keys', () => {
  test('lists the newest first, 50 at a time, each the same object as when read alone', async () => {
    await using app = await nativeApp()
    for (let index = 0; index < 52; index += 1) {
      app.clock.advance(1000)
      await app.makeKey({ name: `k${index}`, limits: { daily: '1' } })
    }
    const first = (await app.call('GET', '/v2/keys')).json
    expect(first.data.length).toBe(50)
    expect(first.data[0].name).toBe('k51')
    const second = (await app.call('GET', `/v2/keys?cursor=${first.nextCursor}`)).json
    expect(second.data.map(({ name }: Loose) => name)).toEqual(['k1', 'k0', 'root'])
    expect(second.nextCursor).toBeNull()
    expect((await app.call('GET', `/v2/keys/${first.data[3].id}`)).json).toEqual(first.data[3])
  })

  test('every filter returns exactly the matching keys', async () => {
    await using app = await nativeApp()
    const { user: ada } = await app.makeUser({ username: 'ada' })
    const workspace = (await app.call('POST', '/v2/workspaces', { body: { name: 'W', slug: 'w' } })).json
    await app.makeKey({ name: 'elsewhere', workspaceId: workspace.id })
    await app.makeKey({ name: 'off', disabled: true })
    await app.makeKey({ name: 'later', notBefore: '2026-12-01T00:00:00Z' })
    await app.makeKey({ name: 'brief', expiresAt: '2026-11-22T12:30:00Z' })
    await app.makeKey({ name: 'boss', access: 'manage' })
    await app.makeKey({ name: 'Both Labels', labels: { env: 'prod', 'a.b': 'x:y' } })
    await app.makeKey({ name: 'one label', labels: { env: 'prod' } })
    const { key: dead } = await app.makeKey({ name: 'dead' })
    await app.call('DELETE', `/v2/keys/${dead.id}`)
    app.clock.advance(HOUR_MS)
    const cases: [query: string, expected: string[]][] = [
      [`workspaceId=${workspace.id}`, ['elsewhere']],
      [`ownerId=${ada.id}`, ['key of ada']],
      ['status=disabled', ['off']],
      ['status=not_yet_valid', ['later']],
      ['status=expired', ['brief']],
      ['status=revoked', ['dead']],
      ['access=manage', ['boss']],
      ['access=full', ['key of ada', 'root']],
      ['label=env:prod', ['one label', 'Both Labels']],
      ['label=env:prod&label=a.b:x:y', ['Both Labels']],
      ['label=env:other', []],
      ['search=lab', ['one label', 'Both Labels']],
      ['search=BOTH%20label', ['Both Labels']],
      ['search=nothing', []],
      ['expiresBefore=2026-11-22T12:30:00Z', []],
      ['expiresBefore=2026-11-22T12:30:00.001Z', ['brief']],
      [`status=active&ownerId=${ada.id}&access=full`, ['key of ada']],
      ['limit=2&access=use&status=active', ['one label', 'Both Labels']],
    ]
    for (const [query, expected] of cases) expect([query, await names(app, query)]).toEqual([query, expected])
    expect(await names(app, '')).not.toContain('dead')
    expect(await names(app, 'status=active')).not.toContain('brief')
  })

  test('a key can be found by its mask', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey({ name: 'found' })
    const [, start = '', end = ''] = /_(...)\.\.\.(...)$/.exec(key.mask) ?? []
    expect(await names(app, `search=${start}`)).toContain('found')
    expect(await names(app, `search=${encodeURIComponent(`${start} ${end}`)}`)).toContain('found')
  })

  test('unusedSince finds keys that were never used or last used before', async () => {
    await using app = await nativeApp()
    const { secret: early } = await app.makeKey({ name: 'early' })
    const { secret: late } = await app.makeKey({ name: 'late' })
    await app.makeKey({ name: 'never' })
    await app.verify(early)
    app.clock.advance(HOUR_MS)
    await app.verify(late)
    await app.latchkey.lastUsed.flush()
    const since = '2026-11-22T13:00:00.000Z'
    expect((await names(app, `unusedSince=${since}`)).filter((name) => name !== 'root')).toEqual([
      'never',
      'early',
    ])
    expect(await names(app, 'sort=lastUsedAt')).toEqual(['late', 'root', 'early', 'never'])
  })

  test('each order holds over pages of any size, with ties, and no key is repeated or missed', async () => {
    await using app = await nativeApp()
    const made: string[] = ['root']
    for (let index = 0; index < 13; index += 1) {
      if (index % 3 === 0) app.clock.advance(1000)
      const expiresAt = index % 2 === 0 ? `2027-01-0${1 + (index % 4)}T00:00:00Z` : null
      const { key, secret } = await app.makeKey({ name: `k${index}`, expiresAt })
      made.push(key.name)
      if (index % 4 !== 0) await app.spend(key.id, `${index % 3}.5`)
      if (index % 5 === 0) await app.verify(secret)
    }
    await app.latchkey.lastUsed.flush()
    await app.latchkey.usage.refreshSpentOrder()
    const value: Record<string, (key: Loose) => number> = {
      createdAt: (key) => -Date.parse(key.createdAt),
      lastUsedAt: (key) => -(key.lastUsedAt === null ? 0 : Date.parse(key.lastUsedAt)),
      expiresAt: (key) => (key.expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(key.expiresAt)),
      spent: (key) => -Number(key.usage.total),
    }
    for (const [sort, order] of Object.entries(value)) {
      for (const limit of [1, 4, 100]) {
        const listed = (await walk(app, `sort=${sort}&limit=${limit}`)).flat()
        expect(listed.map(({ name }) => name).toSorted()).toEqual(made.toSorted())
        const values = listed.map(order)
        expect([sort, values]).toEqual([
          sort,
          values.toSorted((one, other) => (one < other ? -1 : one > other ? 1 : 0)),
        ])
      }
    }
  })

  test('keys created between two pages neither repeat nor hide others', async () => {
    await using app = await nativeApp()
    for (let index = 0; index < 6; index += 1) await app.makeKey({ name: `k${index}` })
    const first = (await app.call('GET', '/v2/keys?limit=3')).json
    app.clock.advance(1000)
    await app.makeKey({ name: 'new' })
    const second = (await app.call('GET', `/v2/keys?limit=10&cursor=${first.nextCursor}`)).json
    const seen = [...first.data, ...second.data].map(({ name }: Loose) => name)
    expect(seen.toSorted()).toEqual(['k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'root'])
  })

  test('a changed cursor, or one of another list, order or filter, is refused', async () => {
    await using app = await nativeApp()
    for (let index = 0; index < 3; index += 1) await app.makeKey({ name: `k${index}`, labels: { env: 'a' } })
    const { nextCursor: cursor } = (await app.call('GET', '/v2/keys?limit=1&sort=spent')).json
    const flipped = cursor.slice(0, -3) + (cursor.at(-3) === 'A' ? 'B' : 'A') + cursor.slice(-2)
    const forged = Buffer.from('AAAAAAAAAAAA["0","x"]').toString('base64url')
    const refused = [
      `/v2/keys?sort=spent&cursor=${flipped}`,
      `/v2/keys?sort=spent&cursor=${forged}`,
      '/v2/keys?cursor=',
      '/v2/keys?cursor=!!!',
      `/v2/keys?cursor=${'A'.repeat(513)}`,
      `/v2/keys?cursor=${cursor}`,
      `/v2/keys?sort=expiresAt&cursor=${cursor}`,
      `/v2/keys?sort=spent&label=env:a&cursor=${cursor}`,
      `/v2/keys?sort=spent&status=active&cursor=${cursor}`,
      `/v2/users?cursor=${cursor}`,
      `/v2/workspaces?cursor=${cursor}`,
      `/v2/audit?cursor=${cursor}`,
    ]
    for (const path of refused) {
      const answer = await app.call('GET', path)
      expect([path, failure(answer), pointers(answer)]).toEqual([path, '400 input_invalid', ['query:cursor']])
    }
    expect((await app.call('GET', `/v2/keys?sort=spent&limit=2&cursor=${cursor}`)).status).toBe(200)
  })

  const wrong: [query: string, pointer: string][] = [
    ['limit=0', 'query:limit'],
    ['limit=101', 'query:limit'],
    ['limit=1.5', 'query:limit'],
    ['limit=', 'query:limit'],
    ['limit=1&limit=2', 'query:limit'],
    ['status=dead', 'query:status'],
    ['access=all', 'query:access'],
    ['sort=name', 'query:sort'],
    ['ownerId=x', 'query:ownerId'],
    ['workspaceId=default', 'query:workspaceId'],
    ['label=env', 'query:label'],
    ['label=Env:x', 'query:label'],
    ['label=a:1&label=b:1&label=c:1&label=d:1&label=e:1&label=f:1', 'query:label'],
    ['search=', 'query:search'],
    ['unusedSince=yesterday', 'query:unusedSince'],
    ['expiresBefore=2026-13-01T00:00:00Z', 'query:expiresBefore'],
    ['offset=10', 'query:offset'],
  ]
  test.each(wrong)('?%s is refused at %s', async (query, pointer) => {
    await using app = await nativeApp()
    const answer = await app.call('GET', `/v2/keys?${query}`)
    expect(failure(answer)).toBe('400 input_invalid')
    expect(pointers(answer)).toEqual([pointer])
  })

  test('a caller that may see only its own keys gets only those, and cannot request others', async () => {
    await using app = await nativeApp()
    const { user, secret } = await app.makeUser({ username: 'ada' })
    const { user: other } = await app.makeUser({ username: 'bob' })
    await app.makeKey({ name: 'second', ownerId: user.id })
    expect((await names(app, '', secret)).toSorted()).toEqual(['key of ada', 'second'])
    expect((await names(app, `ownerId=${user.id}`, secret)).length).toBe(2)
    const foreign = await app.call('GET', `/v2/keys?ownerId=${other.id}`, { key: secret })
    expect(failure(foreign)).toBe('404 user_not_found')
  })
})
