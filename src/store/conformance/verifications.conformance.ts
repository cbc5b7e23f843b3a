import assert from 'node:assert/strict'
import {
  addKey,
  digestNumber,
  eventOf,
  idOf,
  NOON,
  ROOT_USER,
  revokeKey,
  seed,
} from '../../../test/support/records.ts'
import { DAY_MS, HOUR_MS } from '../../core/ground/clock.ts'
import type { KeyId, UserId } from '../../core/types.ts'
import type { GatheredOutcomes, VerdictCounts } from '../../core/verify/outcome-records.ts'
import type { Store } from '../store.ts'
import { changesNothing, type It, recordUsage } from './case.conformance.ts'

const HOUR = NOON - (NOON % HOUR_MS)
const NOTHING: GatheredOutcomes = { hours: [], totals: [], refusals: [], uses: [] }

const record = (store: Store, gathered: Partial<GatheredOutcomes>) =>
  store.recordOutcomes({ ...NOTHING, ...gathered })
const hourOf = (keyId: KeyId, hour: number, counts: VerdictCounts) => ({ keyId, hour, counts })
const within = { from: HOUR - DAY_MS, to: HOUR + HOUR_MS }

/** `recordOutcomes`, `outcomesOfKey`, `outcomesOfAll`, `keyRisks`, `purgeOutcomes`. */
export function verificationTests(it: It): void {
  it('recordOutcomes > adds to the counts of a key by hour and code, also from many callers at once', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    const one = { hours: [hourOf(key.id, HOUR, { VALID: 2, EXPIRED: 1 })] }
    await Promise.all(Array.from({ length: 10 }, () => record(store, one)))
    await record(store, {
      hours: [hourOf(key.id, HOUR - HOUR_MS, { VALID: 1 }), hourOf(key.id, HOUR + HOUR_MS, { VALID: 1 })],
    })
    const { hours } = await store.outcomesOfKey({ keyId: key.id, ...within })
    assert.deepEqual(hours, [
      { start: HOUR - HOUR_MS, counts: { VALID: 1 } },
      { start: HOUR, counts: { VALID: 20, EXPIRED: 10 } },
    ])
  })

  it('recordOutcomes > is not a change: no revision, no audit entry', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    await changesNothing(store, () => record(store, { hours: [hourOf(key.id, HOUR, { VALID: 1 })] }))
  })

  it('recordOutcomes > counts equal refusals as one, whose last time moves forward and never back', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    const refusal = (at: number, ip: string | null, bound = 'key:daily') => ({
      refusals: [{ keyId: key.id, code: 'BUDGET_EXCEEDED' as const, bound, count: 2, at, ip }],
    })
    await record(store, refusal(NOON, '203.0.113.1'))
    await record(store, refusal(NOON - 5_000, '203.0.113.2'))
    await record(store, refusal(NOON + 1, null))
    await record(store, refusal(NOON + 2, null, 'user:monthly'))
    const { refusals } = await store.outcomesOfKey({ keyId: key.id, ...within })
    assert.deepEqual(refusals, [
      { keyId: key.id, code: 'BUDGET_EXCEEDED', bound: 'user:monthly', count: 2, at: NOON + 2, ip: null },
      {
        keyId: key.id,
        code: 'BUDGET_EXCEEDED',
        bound: 'key:daily',
        count: 6,
        at: NOON + 1,
        ip: '203.0.113.1',
      },
    ])
  })

  it('recordOutcomes > counts the uses of each secret, whose last time moves forward and never back', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    const use = (digest: number, at: number) => ({
      uses: [{ keyId: key.id, digest: digestNumber(digest), count: 3, at, ip: null }],
    })
    await record(store, use(1, NOON))
    await record(store, use(1, NOON - 1))
    await record(store, use(2, NOON - 9))
    const { uses } = await store.outcomesOfKey({ keyId: key.id, ...within })
    assert.deepEqual(
      uses.map(({ digest, count, at }) => [digest, count, at]),
      [
        [digestNumber(1), 6, NOON],
        [digestNumber(2), 3, NOON - 9],
      ],
    )
  })

  it('outcomesOfAll > has the totals with verdicts on unknown secrets, and the most refused keys', async (store) => {
    await seed(store)
    const [one, other, quiet] = [await addKey(store, 10), await addKey(store, 11), await addKey(store, 12)]
    await record(store, {
      totals: [{ hour: HOUR, counts: { VALID: 5, NOT_FOUND: 7 } }],
      hours: [
        hourOf(one.id, HOUR, { EXPIRED: 2 }),
        hourOf(one.id, HOUR - HOUR_MS, { DISABLED: 2, VALID: 1 }),
        hourOf(other.id, HOUR, { RATE_LIMITED: 9 }),
        hourOf(one.id, HOUR - 2 * HOUR_MS, { VALID: 6 }),
        hourOf(quiet.id, HOUR, { VALID: 3 }),
        hourOf(quiet.id, HOUR - 2 * DAY_MS, { EXPIRED: 99 }),
      ],
    })
    const asked = { ...within, failingFrom: HOUR - DAY_MS }
    const { hours, failing } = await store.outcomesOfAll(asked)
    assert.deepEqual(hours, [{ start: HOUR, counts: { VALID: 5, NOT_FOUND: 7 } }])
    assert.deepEqual(
      failing.map(({ id, refused, valid, name, mask }) => [id, refused, valid, name, mask]),
      [
        [other.id, 9, 0, other.name, other.secrets[0].mask],
        [one.id, 4, 7, one.name, one.secrets[0].mask],
      ],
    )
    const owned = await store.outcomesOfAll({ ...asked, ownerId: ROOT_USER })
    assert.deepEqual(owned.hours, [
      { start: HOUR - 2 * HOUR_MS, counts: { VALID: 6 } },
      { start: HOUR - HOUR_MS, counts: { VALID: 1, DISABLED: 2 } },
      { start: HOUR, counts: { VALID: 3, EXPIRED: 2, RATE_LIMITED: 9 } },
    ])
    assert.deepEqual(owned.failing, failing)
    const stranger = await store.outcomesOfAll({ ...asked, ownerId: idOf<UserId>(77) })
    assert.deepEqual(stranger, { hours: [], failing: [] })
  })

  it('keyRisks > counts the keys at risk, and lists find the same keys', async (store) => {
    await seed(store)
    const at = NOON + 100 * DAY_MS
    const limited = await addKey(store, 10, { limits: { daily: 100n }, expiresAt: at + 3 * DAY_MS })
    const old = await addKey(store, 11, { createdAt: NOON - DAY_MS })
    const gone = await addKey(store, 12)
    await revokeKey(store, gone.id)
    await addKey(store, 13, { limits: { total: 5n }, expiresAt: at + 30 * DAY_MS, createdAt: at })
    await store.recordUses([{ keyId: limited.id, at, count: 1 }])
    await recordUsage(store, [eventOf(limited.id, 'e', { amount: 80n, at, recordedAt: at })])
    const query = { at, unusedSince: at - 90 * DAY_MS, expiresBefore: at + 7 * DAY_MS }
    const risks = await store.keyRisks(query)
    const ids = async (filter: object) =>
      (await store.listKeys({ sort: 'createdAt', limit: 50, at, ...filter })).rows
        .map(({ key }) => key.id)
        .sort()
    const found = {
      unlimited: await ids({ unlimited: true }),
      neverExpires: await ids({ neverExpires: true }),
      unused: await ids({ unusedSince: query.unusedSince, createdBefore: query.unusedSince }),
      nearLimit: await ids({ nearLimit: true }),
      expiresSoon: await ids({ expiresBefore: query.expiresBefore, status: 'active' }),
    }
    assert.deepEqual(
      Object.fromEntries(Object.entries(found).map(([name, keys]) => [name, keys.length])),
      risks,
    )
    assert.deepEqual(found.nearLimit, [limited.id])
    assert.deepEqual(found.expiresSoon, [limited.id])
    assert.equal(found.unlimited.includes(old.id), true)
    assert.equal(found.unused.includes(old.id), true)
    assert.equal(found.unlimited.includes(gone.id), false)
    const strangers = await store.keyRisks({
      ...query,
      ownerId: idOf<UserId>(77),
      memberId: idOf<UserId>(77),
    })
    assert.deepEqual(Object.values(strangers), [0, 0, 0, 0, 0])
    assert.deepEqual(await store.keyRisks({ ...query, ownerId: ROOT_USER, memberId: ROOT_USER }), risks)
  })

  it('purgeOutcomes > deletes older counts, a bounded number at a time, and keeps the uses of secrets', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    const days = Array.from({ length: 30 }, (_, day) => HOUR - day * DAY_MS)
    await record(store, {
      hours: days.map((hour) => hourOf(key.id, hour, { VALID: 1 })),
      totals: days.map((hour) => ({ hour, counts: { VALID: 1 } })),
      refusals: [
        { keyId: key.id, code: 'EXPIRED', bound: '', count: 1, at: NOON - 20 * DAY_MS, ip: null },
        { keyId: key.id, code: 'DISABLED', bound: '', count: 1, at: NOON, ip: null },
      ],
      uses: [{ keyId: key.id, digest: digestNumber(1), count: 1, at: NOON - 20 * DAY_MS, ip: null }],
    })
    const before = HOUR - 14 * DAY_MS
    assert.equal(await store.purgeOutcomes(before, 10), 10)
    assert.equal(await store.purgeOutcomes(before, 10), 5)
    assert.equal(await store.purgeOutcomes(before, 10), 0)
    const all = { from: HOUR - 40 * DAY_MS, to: HOUR + DAY_MS }
    const left = await store.outcomesOfKey({ keyId: key.id, ...all })
    assert.deepEqual([left.hours.length, left.refusals.length, left.uses.length], [15, 1, 1])
    assert.equal((await store.outcomesOfAll({ ...all, failingFrom: HOUR })).hours.length, 15)
  })
}
