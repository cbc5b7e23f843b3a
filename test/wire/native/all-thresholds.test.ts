import { expect, test } from 'bun:test'
import { failure, nativeApp, pointers } from './native-app.ts'

const at = (minute: number) => `2026-11-22T12:0${minute}:00.000Z`

test('GET /v2/thresholds lists the crossings of every record, for a SERVICE as well, page by page', async () => {
  await using app = await nativeApp()
  const service = (await app.makeUser({ username: 'service', role: 'SERVICE' })).secret
  const { user } = await app.makeUser({ username: 'ada', limits: { monthly: '10' } })
  const { key, secret } = await app.makeKey({ ownerId: user.id, limits: { daily: '5' } })
  await app.verify(secret, { charge: '2.5' })
  app.clock.advance(60_000)
  await app.verify(secret, { charge: '2.5' })
  const list = async (query = '', as = service) => {
    const answer = await app.call('GET', `/v2/thresholds?${query}`, { key: as })
    expect(answer.status).toBe(200)
    return answer.json.data
  }
  const all = await list()
  const window = { window: 'daily', start: '2026-11-22T00:00:00.000Z' }
  expect(all).toEqual([
    { scope: 'key', id: key.id, ...window, percent: 50, at: at(0) },
    { scope: 'key', id: key.id, ...window, percent: 80, at: at(1) },
    { scope: 'key', id: key.id, ...window, percent: 100, at: at(1) },
    {
      scope: 'user',
      id: user.id,
      window: 'monthly',
      start: '2026-11-01T00:00:00.000Z',
      percent: 50,
      at: at(1),
    },
  ])
  expect(await list(`since=${at(1)}`)).toEqual(all.slice(1))
  expect(await list('percent=50')).toEqual([all[0], all[3]])
  const paged: unknown[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const answer: { data: unknown[]; nextCursor: string | null } = (
      await app.call('GET', `/v2/thresholds?limit=1${cursor && `&cursor=${cursor}`}`, { key: service })
    ).json
    paged.push(...answer.data)
    cursor = answer.nextCursor
  }
  expect(paged).toEqual(all)
})

test('a USER sees only its own crossings and those of its keys', async () => {
  await using app = await nativeApp()
  const ada = await app.makeUser({ username: 'ada', limits: { daily: '1' } })
  const bob = await app.makeUser({ username: 'bob' })
  const hers = await app.makeKey({ ownerId: ada.user.id, limits: { total: '1' } })
  const his = await app.makeKey({ ownerId: bob.user.id, limits: { total: '1' } })
  for (const { secret } of [hers, his]) await app.verify(secret, { charge: '0.5' })
  const ids = async (key: string) =>
    (await app.call('GET', '/v2/thresholds', { key })).json.data.map(({ id }: { id: string }) => id)
  expect(await ids(ada.secret)).toEqual([hers.key.id, ada.user.id])
  expect(await ids(bob.secret)).toEqual([his.key.id])
  const use = (await app.makeKey({ ownerId: ada.user.id, access: 'use' })).secret
  expect(failure(await app.call('GET', '/v2/thresholds', { key: use }))).toBe('403 access_forbidden')
})

test('an invalid query is refused with its place', async () => {
  await using app = await nativeApp()
  const ask = async (query: string) => pointers(await app.call('GET', `/v2/thresholds?${query}`))
  expect(await ask('percent=60&since=yesterday&limit=0')).toEqual([
    'query:since',
    'query:percent',
    'query:limit',
  ])
  expect(await ask('cursor=abc')).toEqual(['query:cursor'])
})
