import { describe, expect, test } from 'bun:test'
import { chainOf, ledgerRig } from '../../../test/support/ledger-rig.ts'
import { addKey, eventOf, NOON, ROOT_KEY, readAccount } from '../../../test/support/records.ts'
import { ended, held, reservationNumber, used } from '../../store/conformance/ledger-case.conformance.ts'
import type { Store } from '../../store/store.ts'
import { Fault } from '../ground/faults.ts'
import type { Caller } from '../ground/turns.ts'
import type { Key } from '../types.ts'
import type { Admission } from './demand.ts'
import type { LedgerEntry } from './entries.ts'
import { ADMITS_ALL } from './judge.ts'
import { createLedger } from './ledger.ts'
import { createNewestLimits } from './newest-limits.ts'
import { weightOf } from './units.ts'

const HOSTILE: Caller = { userId: 'hostile', keyId: 'hostile-key' }
const HONEST: Caller = { userId: 'honest', keyId: 'honest-key' }

function report(key: Key, name: string, count: number): LedgerEntry[] {
  return Array.from({ length: count }, (_, n) => used(eventOf(key.id, `${name}-${n}`)))
}

describe('the queue of the ledger', () => {
  test('twelve maximal reports of one user delay the charge of another by two commits at most', async () => {
    const { ledger, store, commits } = await ledgerRig()
    const theirs = await addKey(store, 10)
    const ours = await addKey(store, 11, { limits: { total: 1_000_000_000_000n } })
    await ledger.load(chainOf(ours))
    const reports = Array.from({ length: 12 }, (_, n) =>
      ledger.record(report(theirs, `report-${n}`, 1_000), HOSTILE),
    )
    let worst = 0
    for (let n = 0; n < 20; n += 1) {
      while (commits.length < 3 * n) await new Promise((resolve) => setImmediate(resolve))
      const before = commits.length
      const demand = { amount: 1n, entry: used(eventOf(ours.id, `charge-${n}`)), caller: HONEST }
      expect(await ledger.admit(chainOf(ours), demand)).toMatchObject({ outcome: 'written' })
      worst = Math.max(worst, commits.length - before)
    }
    const rest = commits.length
    const outcomes = (await Promise.all(reports)).flat()
    expect(outcomes.filter((outcome) => outcome === 'written')).toHaveLength(12_000)
    // The charges came while reports still waited.
    expect(commits.length).toBeGreaterThan(rest)
    expect(worst).toBeLessThanOrEqual(2)
  })

  test('beside maximal reports of ten users, a charge waits for few rows of theirs', async () => {
    const { ledger, store, commits } = await ledgerRig()
    const theirs = await Promise.all(Array.from({ length: 10 }, (_, n) => addKey(store, 20 + n)))
    const ours = await addKey(store, 11, { limits: { total: 1_000_000_000_000n } })
    await ledger.load(chainOf(ours))
    const reports = theirs.map((key, n) =>
      ledger.record(report(key, `report-${n}`, 1_000), { userId: `hostile ${n}`, keyId: 'k' }),
    )
    const waited: number[] = []
    for (let n = 0; n < 40; n += 1) {
      while (commits.length < 3 * n) await new Promise((resolve) => setImmediate(resolve))
      const before = commits.length
      const demand = { amount: 1n, entry: used(eventOf(ours.id, `charge-${n}`)), caller: HONEST }
      expect(await ledger.admit(chainOf(ours), demand)).toMatchObject({ outcome: 'written' })
      // The commit that ran when it came, and those up to its own.
      const rows = commits.slice(Math.max(0, before - 1)).flat()
      waited.push(rows.reduce((sum, entry) => sum + weightOf(entry), 0))
    }
    await Promise.all(reports)
    // At first a commit is long, since nobody else was there. Later two of 2 ms each, which are 500 rows here, and one unit more each.
    process.stdout.write(`rows that a charge waited for, at most: ${Math.max(...waited.slice(2))}\n`)
    expect(Math.max(...waited.slice(2))).toBeLessThan(2_400)
  })

  test('whoever repeats reports makes one commit be prepared twice, and later ones once; new ones count as new again', async () => {
    const { ledger, store, commits, prepared } = await ledgerRig()
    const key = await addKey(store, 10)
    const batch = report(key, 'again', 40)
    /** How many more often commits were prepared than there were commits. */
    async function preparedAgain(entries: LedgerEntry[], caller = HOSTILE): Promise<number> {
      const before = prepared() - commits.length
      await ledger.record(entries, caller)
      return prepared() - commits.length - before
    }
    expect(await preparedAgain(batch)).toBe(0)
    expect(await preparedAgain(batch)).toBeGreaterThan(0)
    const more = report(key, 'more', 40)
    // Also when some are new, or come from somebody else at the same time.
    expect(await preparedAgain([...batch.slice(0, 20), ...more])).toBe(0)
    const [theirs, ours] = await Promise.all([
      preparedAgain(batch),
      preparedAgain(report(key, 'ours', 20), HONEST),
    ])
    expect(theirs + ours).toBe(0)
    for (let n = 0; n < 40; n += 1) expect(await preparedAgain(report(key, `new-${n}`, 1))).toBe(0)
    expect(await preparedAgain(more)).toBeGreaterThan(0)
  })

  test('between two commits that write nothing, the event loop goes on', async () => {
    const { store, clock } = await ledgerRig()
    const key = await addKey(store, 10)
    let pass = 0
    const passOf: number[] = []
    const watched: Store = {
      ...store,
      commitLedger(...args) {
        passOf.push(pass)
        return store.commitLedger(...args)
      },
    }
    const ledger = createLedger({ store: watched, clock })
    const batch = report(key, 'again', 1_000)
    for (let n = 0; n < 2; n += 1) await ledger.record(batch, HOSTILE)
    passOf.length = 0
    let isOver = false
    const count = () => {
      pass += 1
      if (!isOver) setImmediate(count)
    }
    count()
    const outcomes = await Promise.all([1, 2, 3].map(() => ledger.record(batch, HOSTILE)))
    isOver = true
    expect(outcomes.flat().every((outcome) => outcome === 'duplicate')).toBe(true)
    expect(passOf.length).toBeGreaterThan(5)
    expect(new Set(passOf).size).toBe(passOf.length)
  })

  test('what a commit counted and did not write is taken back, and nobody reads its accounts again', async () => {
    const { ledger, store, prepared, commits, reads } = await ledgerRig()
    const key = await addKey(store, 10, { limits: { total: 100n } })
    const chain = chainOf(key)
    await ledger.load(chain)
    const demandOf = (entry: LedgerEntry) => ({ amount: 10n, entry, caller: null })
    const charge = (id: string) => demandOf(used(eventOf(key.id, id, { amount: 10n })))
    const holds = [1, 2, 3].map((n) => reservationNumber(key.id, n, { amount: 10n, requestId: `r${n}` }))
    const [first, second, third] = holds.map(held)
    if (first === undefined || second === undefined || third === undefined) throw new Error('three holds')
    const before = reads()
    await Promise.all(
      [charge('old'), demandOf(first), demandOf(second)].map((one) => ledger.admit(chain, one)),
    )
    const extension: LedgerEntry = {
      kind: 'extension',
      extension: {
        ...reservationNumber(key.id, 2, { amount: 20n, expiresAt: NOON + 9_000_000 }),
        from: reservationNumber(key.id, 2, { amount: 10n }),
      },
    }
    // The repeated one makes the commit begin again after each of the others was counted; half of the limit and 80 per cent are reached once.
    const again = [charge('old'), charge('new'), demandOf(third), demandOf(extension), demandOf(first)]
    const admitted = await Promise.all(again.map((one) => ledger.admit(chain, one)))
    expect(admitted.map((one) => one?.outcome)).toEqual([
      'duplicate',
      'written',
      'written',
      'written',
      'duplicate',
    ])
    expect(
      await ledger.record([ended(first.reservation, 'released'), again[1]?.entry ?? first], null),
    ).toEqual(['written', 'duplicate'])
    expect(ledger.budget(chain)).toMatchObject([{ spent: 20n, reserved: 30n, remaining: 50n }])
    expect(prepared() - commits.length).toBe(2)
    expect(reads() - before).toBe(0)
    const stored = await readAccount(store, { kind: 'key', id: key.id }, NOON)
    expect(stored.spend.total.amount).toBe(20n)
    expect(stored.holds.map(({ amount }) => amount).toSorted()).toEqual([10n, 20n])
  })

  test('whose facts change again before each write are made again, and the others do not wait for that', async () => {
    const { ledger, store } = await ledgerRig()
    const key = await addKey(store, 10, { limits: { total: 100n } })
    const chain = chainOf(key)
    await ledger.load(chain)
    // Somebody changes the owner of the key without a pause: memory holds the facts when a commit decides, and never when it is to be written.
    let asked = 0
    const stands = () => {
      asked += 1
      return asked % 2 === 1
    }
    const entry = (id: string) => used(eventOf(key.id, id, { amount: 10n }))
    const charge = ledger.admit(chain, { amount: 10n, entry: entry('charge'), caller: HONEST, stands })
    const other = ledger.record([entry('other')], { userId: 'other', keyId: 'other' })
    expect(await charge).toEqual({ outcome: 'again' })
    expect(await other).toEqual(['written'])
    expect(asked).toBe(2)
  })

  test('whose facts change one after the other, each before a write, do not make the others fail', async () => {
    const { ledger, store, prepared } = await ledgerRig()
    const key = await addKey(store, 10, { limits: { total: 1_000n } })
    const chain = chainOf(key)
    await ledger.load(chain)
    // Somebody changes the owners of twenty keys in turn: one between each decision and its write.
    const decidedIn = new Map<number, number>()
    const stands = (n: number) => () => {
      const attempt = prepared()
      const isToBeWritten = decidedIn.get(n) === attempt
      decidedIn.set(n, attempt)
      return !(isToBeWritten && n + 1 === attempt)
    }
    const entry = (id: string) => used(eventOf(key.id, id, { amount: 10n }))
    const charges = Array.from({ length: 20 }, (_, n) =>
      ledger.admit(chain, { amount: 10n, entry: entry(`${n}`), caller: HONEST, stands: stands(n) }),
    )
    const other = ledger.record([entry('other')], { userId: 'other', keyId: 'other' })
    expect(await other).toEqual(['written'])
    for (const charge of charges) expect(await charge).toEqual({ outcome: 'again' })
    expect(prepared()).toBe(21)
    expect(ledger.budget(chain)).toMatchObject([{ spent: 10n }])
  })

  test('whose right ends between the decision and the write moves no money, and the others do', async () => {
    const { rig, ledger, store } = await ledgerRig()
    const key = await addKey(store, 10, { limits: { total: 100n } })
    const chain = chainOf(key)
    await ledger.load(chain)
    let isLive = true
    // A revoke goes to the disk before the commit that has just been decided.
    rig.onDecided = () => {
      isLive = false
    }
    const stands = () => isLive
    const entry = (id: string) => used(eventOf(key.id, id, { amount: 10n }))
    const charge = ledger.admit(chain, { amount: 10n, entry: entry('charge'), caller: HONEST, stands })
    const report = ledger.record([entry('report')], HONEST, { stands })
    const other = ledger.record([entry('other')], { userId: 'other', keyId: 'other' })
    expect(await charge).toEqual({ outcome: 'again' })
    expect(await report).toEqual(['refused'])
    expect(await other).toEqual(['written'])
    expect(ledger.budget(chain)).toMatchObject([{ spent: 10n }])
    expect(await store.findEvent(key.id, 'charge')).toBeNull()
    expect(await store.findEvent(key.id, 'report')).toBeNull()
  })

  test('whose limits are cut between the decision and the write are judged by the new ones, and the others are written', async () => {
    const { rig, ledger, store, limits } = await ledgerRig()
    const key = await addKey(store, 10, { limits: { total: 100n } })
    const chain = chainOf(key)
    await ledger.load(chain)
    const account = { kind: 'key', id: key.id } as const
    const cut = { limits: { total: 5n }, includeByokInLimit: false }
    // The cut goes to the disk before the commit that has just been decided.
    rig.onDecided = () => {
      limits.note({ account, allowance: cut, revision: key.revision + 1 })
      rig.onDecided = () => {}
    }
    const entry = (id: string) => used(eventOf(key.id, id, { amount: 10n }))
    const charge = ledger.admit(chain, { amount: 10n, entry: entry('charge'), caller: HONEST })
    const other = ledger.record([entry('other')], { userId: 'other', keyId: 'other' })
    expect(await charge).toEqual({ outcome: 'again' })
    expect(await other).toEqual(['written'])
    const again = await ledger.admit(chain, { amount: 10n, entry: entry('again'), caller: HONEST })
    expect(again).toMatchObject({ outcome: 'no_room', bound: { limit: 5n } })
  })

  test('whose first limit is set while their commit reads their accounts are made again, and do not fail', async () => {
    const { store, clock } = await ledgerRig()
    const key = await addKey(store, 10)
    const account = { kind: 'key', id: key.id } as const
    const limits = createNewestLimits()
    const first = { limits: { total: 5n }, includeByokInLimit: false }
    let isSet = false
    const slow: Store = {
      ...store,
      commitLedger: (entries, judge = ADMITS_ALL, ...more) =>
        store.commitLedger(
          entries,
          {
            ...judge,
            async prepare(rows) {
              await judge.prepare(rows)
              if (!isSet) limits.note({ account, allowance: first, revision: key.revision + 1 })
              isSet = true
            },
          },
          ...more,
        ),
    }
    const ledger = createLedger({ store: slow, clock, limits })
    const entry = (id: string) => used(eventOf(key.id, id, { amount: 10n }))
    const charge = ledger.admit(chainOf(key), { amount: 10n, entry: entry('charge'), caller: HONEST })
    expect(await charge).toEqual({ outcome: 'again' })
    expect(await store.findEvent(key.id, 'charge')).toBeNull()
  })

  test('outcomes are in the order of their entries, in whatever pieces a report was written', async () => {
    const { ledger, store } = await ledgerRig()
    const keys = [await addKey(store, 10), await addKey(store, 11), await addKey(store, 12)]
    const events = Array.from({ length: 300 }, (_, n) =>
      used(eventOf(keys[n % 3]?.id ?? ROOT_KEY, `event-${n}`)),
    )
    await ledger.record(
      events.filter((_, n) => n % 7 === 0),
      HONEST,
    )
    const outcomes = await ledger.record(events, HONEST)
    expect(outcomes).toEqual(events.map((_, n) => (n % 7 === 0 ? 'duplicate' : 'written')))
  })

  test('an entry that can never be written fails none of the others', async () => {
    const { ledger, store, rig, commits } = await ledgerRig()
    const keys = await Promise.all(Array.from({ length: 40 }, (_, n) => addKey(store, 10 + n)))
    rig.failWhen = (entries) =>
      entries.some((entry) => entry.kind === 'event' && entry.event.id.startsWith('bad'))
        ? new Fault('key_not_found')
        : null
    const calls = keys.map((key, n) => ledger.record(report(key, n === 17 ? 'bad' : 'good', 1), HONEST))
    const settled = await Promise.allSettled(calls)
    expect(settled.flatMap(({ status }, n) => (status === 'rejected' ? [n] : []))).toEqual([17])
    // The batch is halved; it is not written one by one.
    expect(commits.length).toBeLessThan(12)
  })

  test('a commit in progress refuses nothing that has room without its repeated entries', async () => {
    const { rig, ledger, store } = await ledgerRig()
    const key = await addKey(store, 10, { limits: { total: 2n } })
    const chain = chainOf(key)
    const account = { kind: 'key' as const, id: key.id }
    const charge = (id: string) => ({
      amount: 1n,
      entry: used(eventOf(key.id, id, { amount: 1n })),
      caller: HONEST,
    })
    // Another process took it, so this one counts it as new until the commit finds it.
    await store.commitLedger([charge('old').entry])
    await ledger.load(chain)
    const news: Promise<Admission>[] = []
    let unsure = 0
    rig.onDecided = () => {
      if (news.length > 0) return
      if (ledger.isUnsure(account)) unsure += 1
      const admitting = ledger.admit(chain, charge('new'))
      if (admitting !== null) news.push(admitting)
    }
    expect(await ledger.admit(chain, charge('old'))).toMatchObject({ outcome: 'duplicate' })
    expect(await Promise.all(news)).toMatchObject([{ outcome: 'written' }])
    expect([unsure, ledger.isUnsure(account)]).toEqual([1, false])
    expect(await ledger.admit(chain, charge('beyond'))).toMatchObject({ outcome: 'no_room' })
  })

  test('meanwhile an account of its own that is used up refuses at once, without a place in a commit', async () => {
    const { rig, ledger, store, commits } = await ledgerRig()
    const [busy, empty] = [await addKey(store, 10), await addKey(store, 11, { limits: { total: 1n } })]
    const workspace = {
      account: { kind: 'workspace' as const, id: busy.workspaceId },
      allowance: { limits: { total: 100n }, includeByokInLimit: false },
    }
    const charge = (key: Key, id: string) => ({
      amount: 1n,
      entry: used(eventOf(key.id, id, { amount: 1n })),
      caller: HONEST,
    })
    await store.commitLedger([charge(empty, 'all').entry])
    await ledger.load([...chainOf(empty), workspace])
    const refused: (Promise<Admission> | null)[] = []
    rig.onDecided = () => {
      if (refused.length > 0) return
      expect(ledger.isUnsure(workspace.account)).toBe(true)
      refused.push(ledger.admit([...chainOf(empty), workspace], charge(empty, 'more')))
    }
    expect(await ledger.admit([workspace], charge(busy, 'one'))).toMatchObject({ outcome: 'written' })
    expect(await Promise.all(refused)).toMatchObject([{ outcome: 'no_room' }])
    expect(commits).toHaveLength(1)
  })

  test('a user with too many waiting entries is refused, whichever keys it uses; others are not', async () => {
    const { ledger, store } = await ledgerRig()
    const key = await addKey(store, 10)
    const batch = () => report(key, crypto.randomUUID(), 1_000)
    const weight = batch().reduce((sum, entry) => sum + weightOf(entry), 0)
    const fitting = Math.floor(400_000 / weight)
    const calls = Array.from({ length: fitting + 5 }, (_, n) =>
      ledger.record(batch(), { userId: 'hostile', keyId: `key-${n}` }).catch((error: Fault) => error.code),
    )
    const honest = ledger.record(report(key, 'honest', 1), HONEST)
    expect(await honest).toEqual(['written'])
    const answers = await Promise.all(calls)
    expect(answers.filter((answer) => answer === 'rate_limited')).toHaveLength(5)
    // The waiting entries are written now, so there is room again.
    expect(await ledger.record(report(key, 'later', 1), HOSTILE)).toEqual(['written'])
  }, 60_000)
})
