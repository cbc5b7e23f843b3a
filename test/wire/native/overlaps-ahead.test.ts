import { afterAll, describe, expect, test } from 'bun:test'
import { DAY_MS, HOUR_MS } from '../../../src/core/ground/clock.ts'
import { housekeepingTasks } from '../../../src/housekeeping.ts'
import { dropDatabases, EMPTY_DATABASES } from '../../support/empty-databases.ts'
import { type NativeApp, nativeApp } from './native-app.ts'

const AHEAD_MS = 40 * DAY_MS
const NOON = '2026-11-22T12:00:00.000Z'
const RETENTION = { eventRetentionMs: 1, auditRetentionMs: null, deniedRetentionMs: 1 }

afterAll(dropDatabases)

const keepHouse = ({ latchkey }: NativeApp) => housekeepingTasks(latchkey, RETENTION).endOverlaps.work()

const codeOf = async (app: NativeApp, secret: string) => (await app.verify(secret)).code

const ends = async (app: NativeApp, id: string) =>
  (await app.store.listAudit({ action: 'key.end_overlap', targetId: id, limit: 10 })).rows

/** A key that was rotated with an overlap of an hour while the clock was 40 days ahead. Now it is noon. */
async function rotatedAhead(databaseUrl: string) {
  const app = await nativeApp({ databaseUrl })
  const { key, secret: old } = await app.makeKey()
  app.clock.advance(AHEAD_MS)
  const rotated = await app.call('POST', `/v2/keys/${key.id}/rotate`, { body: { overlap: '1h' } })
  app.clock.set(NOON)
  return { app, id: key.id as string, old, current: rotated.json.secret as string }
}

describe.each(EMPTY_DATABASES)('overlaps of a clock that was ahead, on %s', (_, emptyUrl, isAbsent) => {
  const it = test.skipIf(isAbsent)

  it('the old secret works for the overlap, and then for no clock any more', async () => {
    const { app, id, old, current } = await rotatedAhead(await emptyUrl())
    await using _app = app
    await keepHouse(app)
    app.clock.advance(HOUR_MS - 1)
    await keepHouse(app)
    expect(await codeOf(app, old)).toBe('VALID')
    app.clock.advance(1)
    await keepHouse(app)
    await keepHouse(app)
    expect([await codeOf(app, old), await codeOf(app, current)]).toEqual(['NOT_FOUND', 'VALID'])
    const [entry, ...others] = await ends(app, id)
    expect(others).toEqual([])
    expect(entry).toMatchObject({
      actorUserId: null,
      actorKeyId: null,
      reason: 'The clock was ahead at the rotation.',
    })
    app.clock.advance(-2 * DAY_MS)
    expect(await codeOf(app, old)).toBe('NOT_FOUND')
  })

  it('each of two overlaps ends at its own time, and a second node ends none again', async () => {
    const url = await emptyUrl()
    await using app = await nativeApp({ databaseUrl: url })
    const { key, secret: first } = await app.makeKey()
    const rotate = async (overlap: string) =>
      (await app.call('POST', `/v2/keys/${key.id}/rotate`, { body: { overlap } })).json.secret as string
    app.clock.advance(AHEAD_MS)
    const second = await rotate('1h')
    const third = await rotate('3h')
    app.clock.set(NOON)
    const others = url.startsWith('postgres')
      ? [await nativeApp({ databaseUrl: url, initialize: false })]
      : []
    const all = [app, ...others]
    const later = async (ms: number) => {
      for (const node of all) node.clock.advance(ms)
      await Promise.all(all.map(keepHouse))
    }
    const codes = () => Promise.all([first, second, third].map((secret) => codeOf(app, secret)))
    await later(0)
    await later(HOUR_MS)
    expect(await codes()).toEqual(['NOT_FOUND', 'VALID', 'VALID'])
    await later(2 * HOUR_MS)
    expect(await codes()).toEqual(['NOT_FOUND', 'NOT_FOUND', 'VALID'])
    for (const node of others) await node.close()
    expect(await ends(app, key.id)).toHaveLength(2)
  })

  it('a clock that is behind for a while, again and again, ends no overlap early', async () => {
    await using app = await nativeApp({ databaseUrl: await emptyUrl() })
    const { key, secret: old } = await app.makeKey()
    await app.call('POST', `/v2/keys/${key.id}/rotate`, { body: { overlap: '1h' } })
    for (let quarter = 0; quarter < 3; quarter += 1) {
      const rightly = app.clock.now()
      app.clock.set(rightly - AHEAD_MS)
      await keepHouse(app)
      app.clock.advance(HOUR_MS / 4)
      await keepHouse(app)
      app.clock.set(rightly + HOUR_MS / 4)
      await keepHouse(app)
    }
    expect(await codeOf(app, old)).toBe('VALID')
    app.clock.advance(HOUR_MS / 4)
    expect(await codeOf(app, old)).toBe('NOT_FOUND')
    expect(await ends(app, key.id)).toEqual([])
  })

  it('an overlap that somebody has ended, and the secrets of a revoked key, are left alone', async () => {
    const { app, id } = await rotatedAhead(await emptyUrl())
    await using _app = app
    const revoked = await app.makeKey()
    app.clock.advance(AHEAD_MS)
    await app.call('POST', `/v2/keys/${revoked.key.id}/rotate`, { body: { overlap: '1h' } })
    app.clock.set(NOON)
    await keepHouse(app)
    await app.call('DELETE', `/v2/keys/${id}/secrets/previous`)
    await app.call('DELETE', `/v2/keys/${revoked.key.id}`)
    app.clock.advance(HOUR_MS)
    expect(await app.latchkey.keys.endOverlapsAhead()).toBe(0)
    expect([await ends(app, id), await ends(app, revoked.key.id)].map(({ length }) => length)).toEqual([1, 0])
  })
})
