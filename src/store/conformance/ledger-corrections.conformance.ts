import assert from 'node:assert/strict'
import { eventOf, idOf, NOON, ROOT_KEY, ROOT_USER, seed } from '../../../test/support/records.ts'
import { correctionEvent } from '../../core/ledger/correcting.ts'
import type { Money, NewCorrection, UsageEvent } from '../../core/ledger/entries.ts'
import { metaObject } from '../../core/ledger/meta.ts'
import type { Store } from '../store.ts'
import { bySpending, type It, rejectsWith } from './case.conformance.ts'
import { type EntryOf, keyAccount, spendOf, used } from './ledger-case.conformance.ts'
import { compareAll, manyEvents } from './usage-model.conformance.ts'

const CALLERS = 20
const NOTHING: Money = { amount: 0n, byokAmount: 0n }

/** `commitLedger` of corrections, `findCorrectable`, `findCorrection`. */
export function ledgerCorrectionTests(it: It): void {
  it('commitLedger > a correction takes money back once, in the windows of its event, and only from the amount that it names', async (store) => {
    await seed(store)
    const month = 31 * 86_400_000
    const event = eventOf(ROOT_KEY, 'a', {
      amount: 10n,
      byokAmount: 4n,
      at: NOON - month,
      meta: { model: 'x' },
    })
    await store.commitLedger([used(event), used(eventOf(ROOT_KEY, 'b', { amount: 7n }))])
    const first = corrected(event, 'c1', { amount: 3n, byokAmount: 1n }, NOTHING)
    assert.deepEqual(await store.commitLedger([first, first]), ['written', 'duplicate'])
    assert.deepEqual(await store.commitLedger([first]), ['duplicate'])
    // One correction of an event that has changed meanwhile, and one of a missing event.
    const late = corrected(event, 'c2', { amount: 1n, byokAmount: 0n }, NOTHING)
    const unknown = corrected({ ...event, id: 'z' }, 'c3', { amount: 1n, byokAmount: 0n }, NOTHING)
    assert.deepEqual(await store.commitLedger([late]), ['duplicate'])
    assert.deepEqual(await store.commitLedger([unknown]), ['duplicate'])
    assert.deepEqual(await store.findCorrectable(ROOT_KEY, 'a'), {
      event,
      taken: { amount: 3n, byokAmount: 1n },
    })
    const { from: _, audit, ...shown } = first.correction
    assert.deepEqual(await store.findCorrection(ROOT_KEY, 'c1'), shown)
    assert.equal(await store.findCorrection(ROOT_KEY, 'c2'), null)
    assert.equal(await store.findCorrectable(ROOT_KEY, 'correction:c1'), null)
    const spend = await spendOf(store, keyAccount(ROOT_KEY))
    assert.deepEqual([spend.daily.amount, spend.total.amount, spend.total.byokAmount], [7n, 14n, 3n])
    assert.equal((await spendOf(store, keyAccount(ROOT_KEY), NOON - month)).daily.amount, 7n)
    assert.equal(spend.total.requests, 2)
    const [entry] = (await store.listAudit({ action: 'usage.correct', limit: 10 })).rows
    assert.deepEqual(
      [entry?.id, entry?.outcome, entry?.reason, entry?.after, entry?.revision],
      [audit.id, 'done', 'a mistake', { eventId: 'a' }, null],
    )
  })

  it('commitLedger > several corrections of one event in one commit each start from the amounts that the previous one left', async (store) => {
    await seed(store)
    const event = eventOf(ROOT_KEY, 'a', { amount: 10n })
    await store.commitLedger([used(event)])
    const part = { amount: 5n, byokAmount: 0n }
    const entries = [corrected(event, 'c1', part, NOTHING), corrected(event, 'c2', part, part)]
    assert.deepEqual(await store.commitLedger(entries), ['written', 'written'])
    assert.equal((await store.findCorrectable(ROOT_KEY, 'a'))?.taken.amount, 10n)
    const beyond = corrected(event, 'c3', { amount: 1n, byokAmount: 0n }, { amount: 10n, byokAmount: 0n })
    await rejectsWith('store_unavailable', store.commitLedger([beyond]))
    assert.equal((await spendOf(store, keyAccount(ROOT_KEY))).total.amount, 0n)
    assert.equal((await store.listAudit({ action: 'usage.correct', limit: 10 })).rows.length, 2)
  })

  it('commitLedger > of corrections that race for the rest of an event, one is written', async (store) => {
    await seed(store)
    const event = eventOf(ROOT_KEY, 'a', { amount: 10n })
    await store.commitLedger([used(event)])
    const outcomes = await Promise.all(
      Array.from({ length: CALLERS }, (_, n) =>
        store.commitLedger([corrected(event, `c${n}`, { amount: 10n, byokAmount: 0n }, NOTHING)]),
      ),
    )
    assert.equal(outcomes.filter(([outcome]) => outcome === 'written').length, 1)
    assert.equal((await spendOf(store, keyAccount(ROOT_KEY))).total.amount, 0n)
    console.log(`corrections that race: ${CALLERS} chances`)
  })

  it('commitLedger > with corrections, too, every report and sum equals the sum of all events, also when they are purged', async (store) => {
    const { events, keys } = await manyEvents(store)
    const corrections = await correctSome(store, events)
    const all = [...events, ...corrections]
    await compareAll(store, all, { keys })
    await comparesWithSums(store, all)
    for (;;) if ((await store.purgeEvents(NOON + 1, 60)) === 0) break
    await compareAll(store, all, { keys })
    console.log(`corrections: ${corrections.length} of ${events.length} events, in part or whole`)
  })

  it('commitLedger > a correction of sums beyond 2^62 is subtracted from their carries', async (store) => {
    await seed(store)
    const largest = 2n ** 62n - 1n
    const huge = ['a', 'b', 'c', 'd'].map((id) =>
      eventOf(ROOT_KEY, id, { amount: largest, meta: { model: 'x' } }),
    )
    await store.commitLedger(huge.map(used))
    let left = largest * 4n
    for (const [n, event] of huge.entries()) {
      const part = [1n, largest, largest - 1n, largest][n] ?? 0n
      await store.commitLedger([corrected(event, event.id, { amount: part, byokAmount: 0n }, NOTHING)])
      left -= part
      assert.equal((await spendOf(store, keyAccount(ROOT_KEY))).total.amount, left)
      assert.equal(await store.usedOfAllTime({ ownerId: ROOT_USER }), left)
    }
  })
}

/** Corrects parts of some events, of some twice, in commits of uneven size; returns the events of the corrections. */
async function correctSome(store: Store, events: readonly UsageEvent[]): Promise<UsageEvent[]> {
  const entries: EntryOf<'correction'>[] = []
  for (const [n, event] of events.entries()) {
    if (n % 3 === 0 || event.amount + event.byokAmount === 0n) continue
    const whole = n % 5 === 0
    const first = { amount: event.amount / 3n, byokAmount: whole ? event.byokAmount : 0n }
    const rest = { amount: event.amount - first.amount, byokAmount: event.byokAmount - first.byokAmount }
    if (first.amount + first.byokAmount > 0n) entries.push(corrected(event, `${n}-1`, first, NOTHING))
    if (whole)
      entries.push(corrected(event, `${n}-2`, rest, first.amount + first.byokAmount > 0n ? first : NOTHING))
  }
  for (let from = 0, size = 1; from < entries.length; from += size, size = (size * 3) % 50) {
    const outcomes = await store.commitLedger(entries.slice(from, from + size))
    assert.ok(outcomes.every((outcome) => outcome === 'written'))
  }
  return entries.map(({ correction }) => correctionEvent(correction))
}

/** Compares the accounts, the order by spent money, and the activity with all events. */
async function comparesWithSums(store: Store, events: readonly UsageEvent[]): Promise<void> {
  const totals = new Map<UsageEvent['keyId'], bigint>()
  for (const { keyId, amount } of events) totals.set(keyId, (totals.get(keyId) ?? 0n) + amount)
  for (const [keyId, amount] of totals)
    assert.equal((await spendOf(store, keyAccount(keyId))).total.amount, amount)
  const all = [...totals.values()].reduce((sum, amount) => sum + amount, 0n)
  assert.equal(await store.usedOfAllTime(null), all)
  const days = { from: NOON - 100 * 86_400_000, to: NOON + 86_400_000 }
  for (const row of await store.activityReport({ ...days, byWorkspace: false, rowsMax: 10_000 })) {
    const own = events.filter(
      ({ at, meta }) =>
        at >= row.start && at < row.start + 86_400_000 && (metaObject(meta).model ?? '') === row.model,
    )
    assert.equal(
      row.amount,
      own.reduce((sum, { amount }) => sum + amount, 0n),
    )
  }
  await bySpending(store)
  const listed = (await store.listKeys({ sort: 'spent', limit: 6, at: NOON })).rows.map(
    ({ key }) => totals.get(key.id) ?? 0n,
  )
  assert.deepEqual(
    listed,
    [...listed].sort((one, other) => (one > other ? -1 : 1)),
  )
}

/** The entry of a correction. */
function corrected(event: UsageEvent, id: string, part: Money, from: Money): EntryOf<'correction'> {
  const { keyId, ownerId, workspaceId, at, meta } = event
  const record: NewCorrection['audit']['record'] = {
    action: 'usage.correct',
    target: { kind: 'key', id: keyId },
    before: null,
    after: { eventId: event.id },
    reason: 'a mistake',
  }
  numbers += 1
  const act = { at: NOON, userId: ROOT_USER, keyId: ROOT_KEY, requestId: null, ip: null, warrant: null }
  return {
    kind: 'correction',
    correction: {
      keyId,
      ownerId,
      workspaceId,
      id,
      eventId: event.id,
      ...part,
      at,
      meta,
      recordedAt: NOON,
      reportedBy: null,
      reason: 'a mistake',
      from,
      audit: { id: idOf(50_000 + numbers), act, record },
    },
  }
}

let numbers = 0
