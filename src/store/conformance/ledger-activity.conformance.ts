import assert from 'node:assert/strict'
import {
  addKey,
  addUser,
  addWorkspace,
  eventOf,
  idOf,
  NOON,
  ROOT_KEY,
  ROOT_USER,
  seed,
} from '../../../test/support/records.ts'
import { MAX } from '../../core/ground/bounds.ts'
import { DAY_MS } from '../../core/ground/clock.ts'
import type { LedgerEntry, UsageEvent } from '../../core/ledger/entries.ts'
import { metaObject } from '../../core/ledger/meta.ts'
import { entryEvent } from '../../core/ledger/units.ts'
import type { ActivityQuery, ActivityRow } from '../../core/metering/reports.ts'
import { windowStart } from '../../core/money/windows.ts'
import type { Key } from '../../core/types.ts'
import type { Store } from '../store.ts'
import { type It, rejectsWith } from './case.conformance.ts'
import {
  ended,
  held,
  numbers,
  type Random,
  reservationNumber,
  settlementOf,
  used,
} from './ledger-case.conformance.ts'

const HISTORIES = 5
const EVENTS = 120

/** `activityReport`. */
export function ledgerActivityTests(it: It): void {
  it('activityReport > after any reports, settlements and repeats, every filter adds up the events, also purged ones', async (store) => {
    const keys = await manyKeys(store)
    const events = new Map<string, UsageEvent>()
    for (let history = 0; history < HISTORIES; history++) {
      for (const commit of anyCommits(numbers(history + 1), { keys, history })) {
        await store.commitLedger(commit)
        for (const entry of commit) note(events, entry)
      }
    }
    const all = [...events.values()]
    const compared = await compareAll(store, all, keys)
    for (;;) if ((await store.purgeEvents(NOON * 2, 200)) === 0) break
    const [first] = all
    assert.ok(first)
    assert.equal(await store.findEvent(first.keyId, first.id), null)
    assert.equal(await compareAll(store, all, keys), compared)
    console.log(`activityReport: twice ${compared} rows against ${all.length} events`)
    assert.ok(compared > 1_000)
  })

  it('activityReport > one commit and several commits of the same events give the same report', async (store) => {
    await seed(store)
    await addKey(store, 10)
    await addKey(store, 11)
    const entries = (n: number) =>
      Array.from({ length: 40 }, (_, index) =>
        used(eventOf(idOf(n), `${index}`, { meta: { model: `m${index % 3}`, prompt_tokens: `${index}` } })),
      )
    await store.commitLedger(entries(10))
    for (const entry of entries(11)) await store.commitLedger([entry])
    const of = (n: number) => store.activityReport({ ...WHOLE_DAY, keyId: idOf(n) })
    assert.deepEqual(await of(10), await of(11))
    assert.deepEqual(
      (await of(10)).map(({ model, promptTokens }) => [model, promptTokens]),
      [
        ['m0', 273],
        ['m1', 247],
        ['m2', 260],
      ],
    )
  })

  it('activityReport > has complete days, the oldest first, then in the order of the names, the row without names first', async (store) => {
    await seed(store)
    const models = ['b', 'a', 'B', 'é', '10', '9']
    const days = [0, 1, 2]
    await store.commitLedger(
      days.flatMap((day) => [
        ...models.map((model) =>
          used(eventOf(ROOT_KEY, `${day} ${model}`, { at: NOON - day * DAY_MS, meta: { model } })),
        ),
        used(eventOf(ROOT_KEY, `${day}`, { at: NOON - day * DAY_MS })),
      ]),
    )
    const rows = await store.activityReport({
      ...WHOLE_DAY,
      from: NOON - 2 * DAY_MS + 5,
      to: windowStart('daily', NOON) - 1,
    })
    const bytes = ['', '10', '9', 'B', 'a', 'b', 'é']
    const start = windowStart('daily', NOON)
    assert.deepEqual(
      rows.map((row) => [row.start, row.model]),
      [start - 2 * DAY_MS, start - DAY_MS].flatMap((day) => bytes.map((model) => [day, model])),
    )
  })

  it('activityReport > a token count that is not a whole number within its bound counts as 0, and is not a group', async (store) => {
    await seed(store)
    const texts = ['', '-1', '1.5', '1e3', ' 7', `${MAX.usageTokens + 1}`, '99999999999999999999', '٣']
    const counted = ['0', '007', `${MAX.usageTokens}`]
    await store.commitLedger(
      [...texts, ...counted].map((text, n) =>
        used(eventOf(ROOT_KEY, `${n}`, { amount: 1n, meta: { prompt_tokens: text } })),
      ),
    )
    const [row, ...others] = await store.activityReport(WHOLE_DAY)
    assert.deepEqual(others, [])
    assert.equal(row?.amount, BigInt(texts.length + counted.length))
    assert.equal(row?.promptTokens, MAX.usageTokens + 7)
    const groupBy = [{ kind: 'meta', name: 'prompt_tokens' }] as const
    const report = await store.usageReport({ from: 0, to: NOON + 1, interval: 'month', groupBy, rowsMax: 10 })
    assert.deepEqual(
      report.map(({ groups: [group] }) => group),
      [null],
    )
  })

  it('activityReport > any number of names takes a bounded number of rows, and no usage is lost', async (store) => {
    await seed(store)
    const commits = 3
    const size = 700
    for (let commit = 0; commit < commits; commit++) {
      const entries = Array.from({ length: size }, (_, n) =>
        used(
          eventOf(ROOT_KEY, `${commit} ${n}`, {
            amount: 1n,
            meta: { model: `m${commit} ${n}`, completion_tokens: '2' },
          }),
        ),
      )
      await store.commitLedger(entries)
    }
    for (const kind of [{}, { keyId: ROOT_KEY }, { ownerId: ROOT_USER }]) {
      const rows = await store.activityReport({ ...WHOLE_DAY, ...kind })
      assert.ok(rows.length > MAX.activityGroups && rows.length <= MAX.activityGroups + size)
      const sum = (of: (row: ActivityRow) => number) => rows.reduce((total, row) => total + of(row), 0)
      assert.equal(
        sum(({ amount }) => Number(amount)),
        commits * size,
      )
      assert.equal(
        sum(({ requests }) => requests),
        commits * size,
      )
      assert.equal(
        sum(({ completionTokens }) => completionTokens),
        2 * commits * size,
      )
      // All names from before the bound was reached have kept their rows.
      assert.equal(rows.filter(({ model }) => model.startsWith('m0 ')).length, size)
      assert.equal(rows.filter(({ model }) => model.startsWith('m2 ')).length, 0)
      assert.ok((rows[0]?.amount ?? 0n) >= BigInt(size) && rows[0]?.model === '')
    }
  })

  it('activityReport > sums over accounts may be larger than 64 bits', async (store) => {
    await seed(store)
    const amount = 2n ** 63n - 1n
    for (const n of [10, 11]) {
      const place = {
        ownerId: (await addUser(store, 100 + n)).id,
        workspaceId: (await addWorkspace(store, 200 + n)).id,
      }
      await addKey(store, n, place)
      await store.commitLedger([used(eventOf(idOf(n), 'a', { ...place, amount, meta: { model: 'x' } }))])
    }
    const rows = await store.activityReport(WHOLE_DAY)
    assert.deepEqual(
      rows.map((row) => [row.model, row.amount]),
      [['x', 2n * amount]],
    )
  })

  it('activityReport > input_invalid: more rows than allowed, but not as many', async (store) => {
    await seed(store)
    await store.commitLedger(
      ['a', 'b', null].map((model, n) =>
        used(eventOf(ROOT_KEY, `${n}`, { meta: model === null ? {} : { model } })),
      ),
    )
    assert.equal((await store.activityReport({ ...WHOLE_DAY, rowsMax: 3 })).length, 3)
    await rejectsWith('input_invalid', store.activityReport({ ...WHOLE_DAY, rowsMax: 2 }))
    await rejectsWith('input_invalid', store.activityReport({ ...WHOLE_DAY, rowsMax: 1 }))
  })
}

const WHOLE_DAY: ActivityQuery = { from: NOON, to: NOON + 1, byWorkspace: false, rowsMax: 10_000 }

async function manyKeys(store: Store): Promise<Key[]> {
  await seed(store)
  const owners = [ROOT_USER, (await addUser(store, 5)).id]
  const workspaces = [idOf<Key['workspaceId']>(2), (await addWorkspace(store, 6)).id]
  const keys: Key[] = []
  for (let n = 0; n < 6; n++) {
    const ownerId = owners[n % 2] ?? ROOT_USER
    keys.push(await addKey(store, 10 + n, { ownerId, workspaceId: workspaces[n < 4 ? 0 : 1] ?? idOf(2) }))
  }
  return keys
}

/** Commits of uneven size: events, some of them twice, and reservations that are settled in a later entry. */
function anyCommits(random: Random, { keys, history }: { keys: Key[]; history: number }): LedgerEntry[][] {
  const entries: LedgerEntry[] = []
  for (let n = 0; n < EVENTS; n++) {
    const key = keys[random(keys.length)]
    assert.ok(key)
    const place = { ownerId: key.ownerId, workspaceId: key.workspaceId }
    const at = NOON - random(5 * 24) * 3_600_000
    const sums = { amount: BigInt(random(1_000_000)) * 1_000_003n, byokAmount: BigInt(random(9)) }
    if (random(4) === 0) {
      const hold = reservationNumber(key.id, 1_000 * (history + 1) + n, { ...place, heldAt: at })
      const end = ended(hold, 'settled', { settlement: settlementOf({ ...sums, meta: anyMeta(random) }) })
      entries.push(held(hold), end, ...(random(3) === 0 ? [end] : []))
      continue
    }
    const event = { ...place, ...sums, requests: random(4), at, meta: anyMeta(random) }
    const entry = used(eventOf(key.id, `${history} ${n}`, event))
    entries.push(entry, ...(random(5) === 0 ? [entry] : []))
  }
  const commits: LedgerEntry[][] = []
  for (let from = 0; from < entries.length; ) {
    const size = 1 + random(25)
    commits.push(entries.slice(from, from + size))
    from += size
  }
  return commits
}

function anyMeta(random: Random): Record<string, string> {
  const meta: Record<string, string> = {}
  const maybe = (name: string, values: readonly string[]) => {
    const value = values[random(values.length * 2)]
    if (value !== undefined) meta[name] = value
  }
  if (random(4) === 0) return random(2) === 0 ? meta : { customer: '4711' }
  maybe('model', ['x', 'y', 'Z', ''])
  maybe('model_permaslug', ['x-1', 'y-1'])
  maybe('endpoint_id', ['e1', 'e2'])
  maybe('provider_name', ['p', 'q'])
  maybe('prompt_tokens', ['0', '17', '100000', 'many'])
  maybe('completion_tokens', ['1', '2', '3'])
  maybe('reasoning_tokens', ['5'])
  return meta
}

function note(events: Map<string, UsageEvent>, entry: LedgerEntry): void {
  const event = entryEvent(entry)
  if (event !== undefined) events.set(`${event.keyId} ${event.id}`, event)
}

/** Compares reports by every filter; returns the number of rows. */
async function compareAll(
  store: Store,
  events: readonly UsageEvent[],
  keys: readonly Key[],
): Promise<number> {
  const [, other] = keys
  assert.ok(other)
  const { id: keyId, ownerId, workspaceId } = other
  const filters = [
    {},
    { ownerId },
    { workspaceId },
    { keyId },
    { ownerId, workspaceId },
    { ownerId: ROOT_USER, keyId },
  ]
  let compared = 0
  for (const filter of filters) {
    for (const byWorkspace of [false, true]) {
      for (const [from, to] of [
        [NOON - 3 * DAY_MS, NOON - DAY_MS],
        [NOON - 10 * DAY_MS, NOON + DAY_MS],
      ] as const) {
        const query = { from, to, byWorkspace, rowsMax: 10_000, ...filter }
        const rows = await store.activityReport(query)
        assert.deepEqual(rows, recomputed(query, events), JSON.stringify({ filter, byWorkspace }))
        compared += rows.length
      }
    }
  }
  return compared
}

/** The report computed from all events. */
function recomputed(query: ActivityQuery, events: readonly UsageEvent[]): ActivityRow[] {
  const rows = new Map<string, ActivityRow>()
  const [from, last] = [windowStart('daily', query.from), windowStart('daily', query.to - 1)]
  for (const event of events) {
    const start = windowStart('daily', event.at)
    if (start < from || start > last || !passes(query, event)) continue
    const { model = '', model_permaslug = '', endpoint_id = '', provider_name = '' } = metaObject(event.meta)
    const place = {
      start,
      workspaceId: query.byWorkspace ? event.workspaceId : null,
      model,
      modelPermaslug: model_permaslug,
      endpointId: endpoint_id,
      providerName: provider_name,
    }
    const row = rows.get(JSON.stringify(place)) ?? { ...place, ...NOTHING }
    row.amount += event.amount
    row.byokAmount += event.byokAmount
    row.requests += event.requests
    row.promptTokens += countOf(metaObject(event.meta).prompt_tokens)
    row.completionTokens += countOf(metaObject(event.meta).completion_tokens)
    row.reasoningTokens += countOf(metaObject(event.meta).reasoning_tokens)
    rows.set(JSON.stringify(place), row)
  }
  const placeOf = ({ start, workspaceId, ...names }: ActivityRow) => [
    start,
    names.model,
    names.modelPermaslug,
    names.endpointId,
    names.providerName,
    workspaceId ?? '',
  ]
  return [...rows.values()].sort((one, other) => compare(placeOf(one), placeOf(other)))
}

const NOTHING = {
  amount: 0n,
  byokAmount: 0n,
  requests: 0,
  promptTokens: 0,
  completionTokens: 0,
  reasoningTokens: 0,
}

function countOf(text = ''): number {
  return /^\d+$/.test(text) ? Number(text) : 0
}

function passes({ ownerId, workspaceId, keyId }: ActivityQuery, event: UsageEvent): boolean {
  return (
    (ownerId === undefined || event.ownerId === ownerId) &&
    (workspaceId === undefined || event.workspaceId === workspaceId) &&
    (keyId === undefined || event.keyId === keyId)
  )
}

function compare(one: readonly (string | number)[], other: readonly (string | number)[]): number {
  const at = one.findIndex((part, index) => part !== other[index])
  return at === -1 ? 0 : (one[at] ?? '') < (other[at] ?? '') ? -1 : 1
}
