import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { eventOf, ROOT_KEY } from '../../../../test/support/records.ts'
import { DAY_MS, HOUR_MS } from '../../../core/ground/clock.ts'
import type { UsageEvent } from '../../../core/ledger/entries.ts'
import { type Meta, WrittenMeta } from '../../../core/ledger/meta.ts'
import { metaRows } from './meta-sums.ts'

const MIDNIGHT = Date.UTC(2026, 10, 30)
const NAMES = [
  'model',
  'a',
  '"',
  '\\',
  'a,b',
  'é',
  '😀',
  '\n',
  'prompt_tokens',
  'prompt_tokens2',
  '__proto__',
]
const VALUES = ['', '"', '"a","b"', '\\"', ',', '0', '12', '\u2028', 'v'.repeat(50)]

const money = fc.constantFrom(0n, 1n, 7n, -7n, 2n ** 62n - 1n, 12_345_678_901_234_567_890n)
const meta = fc.tuple(
  fc.dictionary(fc.constantFrom(...NAMES), fc.oneof(fc.constant('x'), fc.constantFrom(...VALUES)), {
    noNullPrototype: true,
  }),
  fc.boolean(),
)
const events = fc.array(
  fc.record({
    keyId: fc.constantFrom('k2', 'k"1'),
    ownerId: fc.constantFrom('o1', 'o2'),
    workspaceId: fc.constantFrom('w1'),
    amount: money,
    byokAmount: money,
    requests: fc.nat(3),
    at: fc.constantFrom(-1, 0, HOUR_MS - 1, HOUR_MS, DAY_MS).map((after) => MIDNIGHT + after),
    given: meta,
  }),
  { maxLength: 12 },
)

test('rows have the sums of each value of each account and hour', () => {
  let rowsSeen = 0
  let shared = 0
  fc.assert(
    fc.property(events, (given) => {
      const made = given.map(({ given: [names, isWritten], ...event }, n) => {
        const entries = Object.entries(names)
        const written: Meta = isWritten ? WrittenMeta.of(new Map(entries)) : names
        return eventOf(ROOT_KEY, `${n}`, { ...event, meta: written } as Partial<UsageEvent>)
      })
      const rows = metaRows(made).map((row) => JSON.parse(row) as unknown[])
      const expected = addedOneByOne(
        made,
        given.map(({ given: [names] }) => names),
      )
      expect(rows.length).toBe(expected.size)
      const places = rows.map((row) => JSON.stringify(row.slice(0, 6)))
      expect(new Map(rows.map((row, n) => [places[n] ?? '', row.slice(6)]))).toEqual(expected)
      const accounts = rows.map(([kind, id]) => `${['key', 'user', 'workspace'].indexOf(String(kind))} ${id}`)
      expect(accounts).toEqual(accounts.toSorted())
      rowsSeen += rows.length
      const names = given.flatMap(({ given: [meta] }) => Object.keys(meta))
      shared += 3 * names.filter((name) => name !== 'prompt_tokens').length - rows.length
    }),
    { numRuns: 1_000 },
  )
  process.stdout.write(`rows of metadata: ${rowsSeen}, ${shared} values added to one of them\n`)
  expect(rowsSeen).toBeGreaterThan(10_000)
  expect(shared).toBeGreaterThan(2_000)
})

/** The cells of the sums by those of their place, added up in the simplest way. */
function addedOneByOne(
  made: readonly UsageEvent[],
  metas: readonly Record<string, string>[],
): Map<string, unknown[]> {
  const sums = new Map<string, [bigint, bigint, number, bigint, bigint]>()
  for (const [n, { keyId, ownerId, workspaceId, at, amount, byokAmount, requests }] of made.entries()) {
    for (const [name, value] of Object.entries(metas[n] ?? {})) {
      if (name === 'prompt_tokens') continue
      for (const [kind, id] of [
        ['key', keyId],
        ['user', ownerId],
        ['workspace', workspaceId],
      ]) {
        const [hour, day] = [HOUR_MS, DAY_MS].map((ms) => Math.floor(at / ms) * ms)
        const place = JSON.stringify([kind, id, day, name, value, hour])
        const [a, b, c, d, e] = sums.get(place) ?? [0n, 0n, 0, 0n, 0n]
        const back = (cost: bigint) => (cost < 0n ? -cost : 0n)
        sums.set(place, [a + amount, b + byokAmount, c + requests, d + back(amount), e + back(byokAmount)])
      }
    }
  }
  return new Map(
    [...sums].map(([place, cells]) => [
      place,
      cells.map((cell) => (typeof cell === 'bigint' ? String(cell) : cell)),
    ]),
  )
}
