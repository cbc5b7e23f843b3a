import assert from 'node:assert/strict'
import { idOf, NOON } from '../../../test/support/records.ts'
import type { KeyId } from '../../core/types.ts'
import type { StoredRate } from '../../core/verify/rates.ts'
import type { It } from './case.conformance.ts'

const KEY = idOf<KeyId>(7)
const OTHER = idOf<KeyId>(8)
const rate = (members: Partial<StoredRate> = {}): StoredRate => ({
  keyId: KEY,
  name: 'requests',
  limit: 1_000_000_000,
  windowMs: 2_678_400_000,
  wholeAt: NOON,
  beforeCut: null,
  ...members,
})

/** `readRates`, `writeRates` and `forgetRates`. */
export function rateTests(it: It): void {
  it('readRates > a key without stored limits has none', async (store) => {
    assert.deepEqual(await store.readRates(KEY), [])
  })

  it('writeRates > written states are read back by key; names are compared exactly', async (store) => {
    const beforeCut = { limit: 5, windowMs: 3_600_000, wholeAt: NOON + 7 }
    const written = [
      rate(),
      rate({ name: 'Requests', beforeCut }),
      rate({ name: 'ünï code 🗝' }),
      rate({ keyId: OTHER }),
    ]
    await store.writeRates(written)
    const read = await store.readRates(KEY)
    const byName = (one: StoredRate, two: StoredRate) => (one.name < two.name ? -1 : 1)
    assert.deepEqual(read.sort(byName), written.slice(0, 3).sort(byName))
    assert.deepEqual(await store.readRates(OTHER), [rate({ keyId: OTHER })])
  })

  it('writeRates > a later state replaces an earlier one, also when it is lower', async (store) => {
    const beforeCut = { limit: 9, windowMs: 1, wholeAt: NOON }
    await store.writeRates([rate({ wholeAt: NOON + 5, beforeCut })])
    await store.writeRates([rate({ wholeAt: NOON + 1, limit: 5 }), rate({ wholeAt: NOON + 2, limit: 7 })])
    assert.deepEqual(await store.readRates(KEY), [rate({ wholeAt: NOON + 2, limit: 7 })])
  })

  it('writeRates > writes more states than fit into one statement', async (store) => {
    const many = Array.from({ length: 500 }, (_, n) => rate({ keyId: idOf<KeyId>(100 + n), wholeAt: n }))
    await store.writeRates(many)
    for (const n of [0, 61, 499]) {
      assert.deepEqual(await store.readRates(idOf<KeyId>(100 + n)), [many[n]])
    }
  })

  it('forgetRates > deletes states without used units at the instant, a bounded number at a time', async (store) => {
    const at = [NOON - 2, NOON - 1, NOON, NOON + 1]
    await store.writeRates(at.map((wholeAt) => rate({ name: `whole at ${wholeAt}`, wholeAt })))
    const beforeCut = { limit: 9, windowMs: 1, wholeAt: NOON + 1 }
    await store.writeRates([rate({ name: 'cut', wholeAt: NOON - 9, beforeCut })])
    assert.equal(await store.forgetRates(NOON, 2), 2)
    assert.equal(await store.forgetRates(NOON, 2), 1)
    assert.equal(await store.forgetRates(NOON, 2), 0)
    assert.deepEqual(
      new Set((await store.readRates(KEY)).map(({ name }) => name)),
      new Set(['cut', `whole at ${NOON + 1}`]),
    )
    assert.equal(await store.forgetRates(NOON + 1, 5), 2)
  })
}
