import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { type TestApp, testApp } from '../test/support/app.ts'
import { addKey } from '../test/support/records.ts'
import type { Call } from './core/access/audit.ts'
import { MAX } from './core/ground/bounds.ts'
import { DAY_MS } from './core/ground/clock.ts'
import { Secret } from './core/ground/secret.ts'
import type { KeyId } from './core/types.ts'
import { housekeepingTasks, startHousekeeping, type Task } from './housekeeping.ts'
import type { Log } from './log/log.ts'

const SILENT: Log = { request() {}, event() {}, warning() {}, error() {} }

describe('housekeeping', () => {
  let app: TestApp
  let call: Call
  let keyId: KeyId
  beforeEach(async () => {
    app = await testApp()
    const principal = await app.latchkey.authenticate(new Secret(app.rootKey), undefined)
    call = { principal, requestId: null, ip: null }
    keyId = (await app.latchkey.keys.create(call, { access: 'use' })).view.key.id
  })
  afterEach(() => app.close())

  const tasks = () =>
    housekeepingTasks(app.latchkey, {
      eventRetentionMs: 90 * DAY_MS,
      auditRetentionMs: 365 * DAY_MS,
      deniedRetentionMs: 30 * DAY_MS,
    })

  async function report(count: number): Promise<void> {
    const at = app.clock.now()
    for (let first = 0; first < count; first += 1_000) {
      const events = Array.from({ length: Math.min(1_000, count - first) }, (_, index) => ({
        id: `${at}-${first + index}`,
        key: { id: keyId },
        amount: 1n,
        byokAmount: 0n,
        requests: 1,
        meta: {},
      }))
      await app.latchkey.usage.report(call, events)
    }
  }

  test('lists by spent follow the recorded sums', async () => {
    const other = (await app.latchkey.keys.create(call, { access: 'use' })).view.key.id
    const listed = async () => {
      const query = { sort: 'spent', limit: 10, at: app.clock.now() } as const
      return (await app.store.listKeys(query)).rows
        .map(({ key }) => key.id)
        .filter((id) => id === keyId || id === other)
    }
    expect(await listed()).toEqual([other, keyId])
    await report(1)
    await tasks().orderBySpent.work()
    expect(await listed()).toEqual([keyId, other])
  })

  test('requests get their turn while many keys are processed', async () => {
    const batches = 2
    const { ownerId, workspaceId } = (await app.latchkey.keys.get(call, { id: keyId })).key
    for (let made = 0; made < batches * MAX.spentOrderBatch; made += 1)
      await addKey(app.store, 1_000 + made, { ownerId, workspaceId })
    let turns = 0
    let done = false
    const turn = () => {
      turns += 1
      if (!done) setImmediate(turn)
    }
    setImmediate(turn)
    await tasks().orderBySpent.work()
    done = true
    // One request between every two batches.
    expect(turns).toBeGreaterThanOrEqual(batches - 1)
  })

  test('deletes events older than the retention, however many, and no others; sums stay', async () => {
    const many = MAX.ledgerBatch + 500
    const oldest = app.clock.now()
    await report(many)
    app.clock.advance(1)
    await report(2)
    const newer = app.clock.now()
    app.clock.advance(90 * DAY_MS - 1)
    await tasks().purgeEvents.work()
    expect(await app.store.findEvent(keyId, `${oldest}-0`)).not.toBeNull()
    app.clock.advance(1)
    await tasks().purgeEvents.work()
    expect(await app.store.findEvent(keyId, `${oldest}-0`)).toBeNull()
    expect(await app.store.findEvent(keyId, `${oldest}-${many - 1}`)).toBeNull()
    expect(await app.store.findEvent(keyId, `${newer}-0`)).not.toBeNull()
    const { spend } = await app.latchkey.keys.get(call, { id: keyId })
    expect(spend.total).toMatchObject({ amount: BigInt(many + 2), requests: many + 2 })
  })

  test('stores the end of every expired reservation, however many, so that a clock that is set back revives none', async () => {
    const many = MAX.ledgerBatch + 100
    const hold = (ttlMs: number) =>
      app.latchkey.reservations.reserve(call, { key: { id: keyId }, amount: 1n, ttlMs, requestId: null })
    await Promise.all(Array.from({ length: many }, () => hold(1_000)))
    await hold(60_000)
    app.clock.advance(1_000)
    await tasks().endReservations.work()
    expect(await app.store.findRunOut(app.clock.now(), 10)).toEqual([])
    app.clock.advance(-1_000)
    const open = await app.latchkey.reservations.list(call, { state: 'open', limit: 100 })
    expect(open.rows).toHaveLength(1)
    const { reserved } = await app.latchkey.keys.get(call, { id: keyId })
    expect(reserved.total).toBe(1n)
  })

  test('writes the last uses of keys, and deletes old answers', async () => {
    app.latchkey.lastUsed.note(keyId, app.clock.now())
    await tasks().flushUses.work()
    expect((await app.latchkey.keys.get(call, { id: keyId })).key.lastUsedAt).toBe(app.clock.now())
    await app.call('POST', '/v2/keys', { headers: { 'idempotency-key': 'a' }, body: {} })
    app.clock.advance(DAY_MS + 1)
    expect(await tasks().forgetAnswers.work()).toBe(1)
  })

  test('writes denied attempts, and keeps the audit log for as long as the settings say', async () => {
    const denied = async () =>
      (await app.store.listAudit({ limit: 100, outcome: 'denied' })).rows.map(({ count }) => count)
    const made = async () => (await app.store.listAudit({ limit: 100, outcome: 'done' })).rows.length
    const done = await made()
    const user = (
      await app.call('POST', '/v2/users', {
        body: { username: 'ada', email: 'ada@example.org', displayName: 'Ada', role: 'USER' },
      })
    ).json
    const { secret } = (await app.call('POST', '/v2/keys', { body: { ownerId: user.id } })).json
    for (let n = 0; n < 3; n += 1) await app.call('GET', '/v2/users', { key: secret })
    expect(await denied()).toEqual([])
    await tasks().flushDenials.work()
    expect(await denied()).toEqual([3])
    app.clock.advance(30 * DAY_MS)
    await tasks().purgeAudit.work()
    expect(await denied()).toEqual([3])
    app.clock.advance(1)
    await tasks().purgeAudit.work()
    expect([await denied(), await made()]).toEqual([[], done + 2])
    app.clock.advance(335 * DAY_MS)
    await tasks().purgeAudit.work()
    expect(await made()).toBe(0)
  })

  test('ends reservations within 30 seconds, and writes uses within one', () => {
    const { endReservations, flushUses } = tasks()
    expect(endReservations.everyMs).toBeLessThanOrEqual(30_000)
    expect(flushUses.everyMs).toBeLessThan(1_000)
  })
})

describe('repeated work', () => {
  test('continues after a failure, never runs twice at once, and stopping waits for running work', async () => {
    const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const errors: unknown[] = []
    const release = Promise.withResolvers<void>()
    let runs = 0
    let finished = false
    const task: Task = {
      everyMs: 1,
      async work() {
        runs += 1
        begun[runs - 1]?.resolve()
        if (runs === 1) throw new Error('the first time fails')
        await release.promise
        finished = true
      },
    }
    const housekeeping = startHousekeeping({ task }, { ...SILENT, error: (error) => errors.push(error) })
    await begun[1]?.promise
    const stopped = housekeeping.stop()
    release.resolve()
    await stopped
    expect([runs, finished, errors.length]).toEqual([2, true, 1])
  })
})
