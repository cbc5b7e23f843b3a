import { expect, test } from 'bun:test'
import { digestNumber, idOf, NOON } from '../../../test/support/records.ts'
import { MAX } from '../ground/bounds.ts'
import { HOUR_MS } from '../ground/clock.ts'
import type { KeyId } from '../types.ts'
import type { GatheredOutcomes } from './outcome-records.ts'
import { createOutcomes, type Tally } from './outcomes.ts'

const [KEY, OTHER] = [{ id: idOf<KeyId>(10) }, { id: idOf<KeyId>(11) }]

function rig() {
  const written: GatheredOutcomes[] = []
  const nowhere = () => Promise.reject(new Error('not read here'))
  const outcomes = createOutcomes({
    async recordOutcomes(gathered) {
      written.push(gathered)
    },
    outcomesOfKey: nowhere,
    outcomesOfAll: nowhere,
    keyRisks: nowhere,
    purgeOutcomes: nowhere,
  })
  /** Everything that was written since the last time, joined. */
  async function flushed(): Promise<GatheredOutcomes> {
    await outcomes.flush()
    const pieces = written.splice(0)
    return {
      hours: pieces.flatMap(({ hours }) => hours),
      totals: pieces.flatMap(({ totals }) => totals),
      refusals: pieces.flatMap(({ refusals }) => refusals),
      uses: pieces.flatMap(({ uses }) => uses),
    }
  }
  return { outcomes, written, flushed }
}

const from = (ip: string | null) => ({ clientIp: () => ip })

test('verdicts are counted by key, hour and code, and unknown secrets in the totals alone', async () => {
  const { outcomes, flushed } = rig()
  outcomes.note({ code: 'VALID', key: KEY }, NOON, '192.0.2.1')
  outcomes.note({ code: 'VALID', key: KEY }, NOON + 1, '192.0.2.1')
  outcomes.note({ code: 'EXPIRED', key: OTHER }, NOON + 2, undefined)
  outcomes.note({ code: 'NOT_FOUND' }, NOON + 3, undefined)
  outcomes.note({ code: 'VALID', key: KEY }, NOON + HOUR_MS, undefined)
  const { hours, totals } = await flushed()
  expect(hours).toEqual([
    { keyId: KEY.id, hour: NOON, counts: { VALID: 2 } },
    { keyId: OTHER.id, hour: NOON, counts: { EXPIRED: 1 } },
    { keyId: KEY.id, hour: NOON + HOUR_MS, counts: { VALID: 1 } },
  ])
  expect(totals).toEqual([
    { hour: NOON, counts: { VALID: 2, EXPIRED: 1, NOT_FOUND: 1 } },
    { hour: NOON + HOUR_MS, counts: { VALID: 1 } },
  ])
})

test('equal refusals are counted as one, with the last time and the last known address; other limits separately', async () => {
  const { outcomes, flushed } = rig()
  const rated = (name: string) => ({ code: 'RATE_LIMITED' as const, key: KEY, bound: { name } })
  outcomes.note(rated('requests'), NOON, '192.0.2.1')
  outcomes.note(rated('requests'), NOON + 5, undefined)
  outcomes.note(rated('tokens'), NOON + 6, '192.0.2.2')
  const spent = { account: { kind: 'workspace' }, window: 'daily' }
  outcomes.note({ code: 'BUDGET_EXCEEDED', key: KEY, bound: spent }, NOON + 7, undefined)
  const { refusals } = await flushed()
  const of = { keyId: KEY.id, code: 'RATE_LIMITED' as const }
  expect(refusals).toEqual([
    { ...of, bound: 'rate:requests', count: 2, at: NOON + 5, ip: '192.0.2.1' },
    { ...of, bound: 'rate:tokens', count: 1, at: NOON + 6, ip: '192.0.2.2' },
    { ...of, code: 'BUDGET_EXCEEDED', bound: 'workspace:daily', count: 1, at: NOON + 7, ip: null },
  ])
})

test('uses of a secret are counted, with the last of them', async () => {
  const { outcomes, flushed } = rig()
  const known = { key: KEY, secret: { digest: digestNumber(1) } }
  outcomes.passed(known, NOON, '192.0.2.1', null)
  outcomes.passed(known, NOON + 9, '192.0.2.9', null)
  expect((await flushed()).uses).toEqual([
    { keyId: KEY.id, digest: digestNumber(1), count: 2, at: NOON + 9, ip: '192.0.2.9' },
  ])
})

test('uses count the same with and without what the last one answered, also over hours and flushes', async () => {
  const known = { key: KEY, secret: { digest: digestNumber(1) } }
  const [alone, together] = [rig(), rig()]
  let last: Tally | null = null
  for (const at of [NOON, NOON + 10, NOON + HOUR_MS, 'flush', NOON + HOUR_MS + 5, NOON - 5, NOON] as const) {
    if (at === 'flush') expect(await together.flushed()).toEqual(await alone.flushed())
    else {
      alone.outcomes.passed(known, at, '192.0.2.1', null)
      last = together.outcomes.passed(known, at, from('192.0.2.1'), last)
    }
  }
  const rest = await together.flushed()
  expect(rest.uses).toMatchObject([{ count: 3 }])
  expect(rest).toEqual(await alone.flushed())
})

test('the address of a use is from at most half a second before it, and is looked up no more often', async () => {
  const { outcomes, flushed } = rig()
  const known = { key: KEY, secret: { digest: digestNumber(1) } }
  let asked = 0
  let last: Tally | null = null
  for (let ms = 0; ms <= 1_000; ms += 10) {
    const clientIp = () => {
      asked += 1
      return `192.0.2.${ms}`
    }
    last = outcomes.passed(known, NOON + ms, { clientIp }, last)
  }
  expect(asked).toBe(3)
  expect((await flushed()).uses).toMatchObject([{ count: 101, at: NOON + 1_000, ip: '192.0.2.1000' }])
  last = outcomes.passed(known, NOON + 1_001, from('192.0.2.201'), last)
  expect((await flushed()).uses).toMatchObject([{ count: 1, ip: '192.0.2.201' }])
})

test('an address that the caller names is recorded each time, and an unknown one is looked up again', async () => {
  const { outcomes, flushed } = rig()
  const known = { key: KEY, secret: { digest: digestNumber(1) } }
  let last = outcomes.passed(known, NOON, from(null), null)
  last = outcomes.passed(known, NOON, from('192.0.2.1'), last)
  expect(last.use?.ip).toBe('192.0.2.1')
  last = outcomes.passed(known, NOON, '192.0.2.2', last)
  last = outcomes.passed(known, NOON, '192.0.2.3', last)
  outcomes.passed(known, NOON, undefined, last)
  expect((await flushed()).uses).toMatchObject([{ count: 5, ip: '192.0.2.3' }])
})

test('each outcome is written once, and nothing is written when there is none', async () => {
  const { outcomes, written, flushed } = rig()
  await outcomes.flush()
  expect(written).toEqual([])
  outcomes.note({ code: 'VALID', key: KEY }, NOON, undefined)
  expect((await flushed()).totals).toHaveLength(1)
  expect((await flushed()).totals).toEqual([])
})

test('memory holds a bounded number of keys, writes them in pieces, and counts all of them in the totals', async () => {
  const { outcomes, written } = rig()
  const count = MAX.outcomesInMemory + 10
  for (let n = 0; n < count; n += 1)
    outcomes.note({ code: 'DISABLED', key: { id: idOf<KeyId>(n) } }, NOON, undefined)
  await outcomes.flush()
  const rows = written.map(({ hours, refusals, uses }) => hours.length + refusals.length + uses.length)
  expect(Math.max(...rows)).toBe(MAX.choreRows)
  expect(written.flatMap(({ hours }) => hours)).toHaveLength(MAX.outcomesInMemory)
  expect(written.flatMap(({ refusals }) => refusals)).toHaveLength(MAX.outcomesInMemory)
  expect(written.flatMap(({ totals }) => totals)).toEqual([{ hour: NOON, counts: { DISABLED: count } }])
})
