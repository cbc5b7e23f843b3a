import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { searchedText, searchWords } from '../../src/core/keys/search-text.ts'
import { postgresForTests } from '../support/postgres.ts'
import { type FilteredApp, filteredApp, type Row } from './filtered-app.ts'
import { pointers } from './native/native-app.ts'

// Every filter of every list, in every dialect, with values that exist, that do not exist, and that are invalid. Every answer with
// records is compared with a predicate over all of them.

const RUNS = 400
const postgres = await postgresForTests()

/** The answer of a filter about one record; null for a value that must be refused. */
type Predicate = (value: string) => ((row: Row) => boolean) | null

const exactly =
  (read: (row: Row) => unknown): Predicate =>
  (value) =>
    isBlank(value) ? null : (row) => read(row) === value
const oneOf =
  (values: readonly string[], read: (row: Row) => unknown): Predicate =>
  (value) =>
    values.includes(value) ? (row) => read(row) === value : null
const id =
  (read: (row: Row) => unknown): Predicate =>
  (value) =>
    UUID.test(value) ? (row) => read(row) === value.toLowerCase() : null
const before =
  (read: (row: Row) => string | null, ifNever: boolean): Predicate =>
  (value) => {
    const at = TIME.test(value) ? Date.parse(value) : Number.NaN
    if (Number.isNaN(at)) return null
    return (row) => {
      const time = read(row)
      return time === null ? ifNever : Date.parse(time) < at
    }
  }
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

function isBlank(text: string): boolean {
  return /^[\s\p{Default_Ignorable_Code_Point}]*$/u.test(text)
}

const search: Predicate = (value) => {
  if (isBlank(value)) return null
  const words = searchWords(value)
  return (row) => {
    const text = searchedText({ name: String(row.name), mask: String(row.mask) })
    return words.every((word) => text.includes(word))
  }
}
const label: Predicate = (value) => {
  const [, name = '', labelled = ''] = /^([a-z0-9._-]{1,255}):(.*)$/s.exec(value) ?? []
  return name === '' ? null : (row) => (row.labels as Row)[name] === labelled
}

const AUDIT = { path: '/v2/audit', rows: 'audit' } as const
const RESERVATIONS = { path: '/v2/reservations', rows: 'reservations' } as const
const LISTS: {
  path: string
  rows: 'keys' | 'users' | 'audit' | 'reservations'
  filters: Record<string, Predicate>
}[] = [
  {
    path: '/v2/keys',
    rows: 'keys',
    filters: {
      search,
      label,
      workspaceId: id((row) => row.workspaceId),
      ownerId: id((row) => row.ownerId),
      status: oneOf(['active', 'disabled', 'expired', 'not_yet_valid'], (row) => row.status),
      access: oneOf(['use', 'manage', 'full'], (row) => row.access),
      externalUserId: exactly((row) => row.externalUserId),
      unusedSince: before((row) => row.lastUsedAt as string | null, true),
      expiresBefore: before((row) => row.expiresAt as string | null, false),
    },
  },
  {
    path: '/v2/users',
    rows: 'users',
    filters: {
      role: oneOf(['ROOT', 'ADMIN', 'SERVICE', 'USER'], (row) => row.role),
      externalId: exactly((row) => row.externalId),
    },
  },
  {
    ...AUDIT,
    filters: {
      targetKind: oneOf(['key', 'user', 'workspace', 'system'], (row) => (row.target as Row).kind),
      targetId: exactly((row) => (row.target as Row).id),
      actorUserId: id((row) => (row.actor as Row).userId),
      requestId: exactly((row) => row.requestId),
      action: exactly((row) => row.action),
      outcome: oneOf(['done', 'denied'], (row) => row.outcome),
      to: before((row) => row.at as string, false),
      from(value) {
        const isBefore = before((row) => row.at as string, false)(value)
        return isBefore === null ? null : (row) => !isBefore(row)
      },
    },
  },
  {
    ...RESERVATIONS,
    filters: {
      keyId: id((row) => row.keyId),
      state: oneOf(['open', 'settled', 'released', 'expired'], (row) => row.state),
    },
  },
]

/** Reports, whose rows are sums: the sums that a filter may have, by its value. */
const REPORTS: { path: string; filters: Record<string, keyof FilteredApp['spent']> }[] = [
  { path: '/v2/usage?', filters: { keyId: 'keys', workspaceId: 'workspaces', externalUserId: 'customers' } },
  {
    path: '/api/v1/activity?',
    filters: { api_key_hash: 'hashes', user_id: 'owners', workspace_id: 'workspaces' },
  },
]

describe.each(['SQLite', 'PostgreSQL'])('filters on %s', (engine) => {
  const skipped = engine === 'PostgreSQL' && 'absent' in postgres
  let app: FilteredApp
  let drop: (() => Promise<void>) | undefined
  beforeAll(async () => {
    if (skipped) return
    const database =
      engine === 'PostgreSQL' && !('absent' in postgres) ? await postgres.migratedDatabase() : undefined
    drop = database?.drop
    app = await filteredApp(database?.url)
  }, 60_000)
  afterAll(async () => {
    if (skipped) return
    await app.close()
    await drop?.()
  })

  test.skipIf(skipped)(
    'a list has exactly the records that meet it, and one that means nothing is refused',
    async () => {
      const tally = { refused: 0, none: 0, some: 0, all: 0 }
      const filters = LISTS.flatMap(({ filters, ...list }) =>
        Object.entries(filters).map(([name, predicate]) => ({ ...list, name, predicate })),
      )
      const valued = (filter: (typeof filters)[number]) => {
        const fitting = app.values.filter((value) => filter.predicate(value) !== null)
        return fc.tuple(fc.constant(filter), fc.oneof(fc.constantFrom(...fitting), anyValue(app)))
      }
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...filters).chain(valued), async ([filter, value]) => {
          const { path, rows, name, predicate } = filter
          const known = app.known[rows]
          const meets = predicate(value)
          const answer = await app.readAll(`${path}?${name}=${encodeURIComponent(value)}`)
          if (meets === null) {
            tally.refused += 1
            expect([name, value, answer.status]).toEqual([name, value, 400])
            expect(pointers(answer.last)).toEqual([`query:${name}`])
            return
          }
          const expected = known.filter(meets).map((row) => row.id)
          expect([name, value, answer.status]).toEqual([name, value, 200])
          expect(answer.rows.map((row) => row.id)).toEqual(expected)
          tally[expected.length === 0 ? 'none' : expected.length < known.length ? 'some' : 'all'] += 1
        }),
        { numRuns: RUNS },
      )
      console.log(`filters on ${engine}: ${JSON.stringify(tally)}`)
      expect(Math.min(tally.refused, tally.none, tally.some)).toBeGreaterThan(10)
    },
    60_000,
  )

  test.skipIf(skipped)(
    'a report adds up what its filter names, or nothing',
    async () => {
      const tally = { refused: 0, nothing: 0, some: 0 }
      const filters = REPORTS.flatMap(({ path, filters }) =>
        Object.entries(filters).map(([name, kind]) => ({ path, name, kind })),
      )
      const valued = (filter: (typeof filters)[number]) => {
        const fitting = [...app.spent[filter.kind].keys()].flatMap((text) => [text, text.toUpperCase()])
        return fc.tuple(fc.constant(filter), fc.oneof(fc.constantFrom(...fitting), anyValue(app)))
      }
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...filters).chain(valued), async ([{ path, name, kind }, value]) => {
          const answer = await app.call('GET', `${path}${name}=${encodeURIComponent(value)}`)
          // Customers are texts of the caller's, in which letter case counts.
          const named = kind === 'customers' ? value : value.toLowerCase()
          const expected = app.spent[kind].get(named) ?? 0
          const outcome = answer.status === 200 ? (expected === 0 ? 'nothing' : 'some') : 'refused'
          tally[outcome] += 1
          if (outcome === 'refused') {
            expect([name, value, answer.status === 400 || answer.status === 404]).toEqual([name, value, true])
            expect([name, value, expected]).toEqual([name, value, 0])
          } else {
            const rows = answer.json.data as Row[]
            const sum = rows.reduce((total, row) => total + Number(row.amount ?? row.usage), 0)
            expect([name, value, sum]).toEqual([name, value, expected])
          }
        }),
        { numRuns: RUNS / 2 },
      )
      console.log(`reports on ${engine}: ${JSON.stringify(tally)}`)
      expect(Math.min(...Object.values(tally))).toBeGreaterThan(5)
    },
    60_000,
  )

  test.skipIf(skipped)('every native list refuses an unknown parameter', async () => {
    const lists = [
      'keys',
      'users',
      'workspaces',
      'audit',
      'reservations',
      'usage',
      'thresholds',
      `keys/${app.known.keys[0]?.id}/thresholds`,
    ]
    for (const list of lists) {
      const answer = await app.call('GET', `/v2/${list}?filter=x`)
      expect([list, answer.status, pointers(answer)]).toEqual([list, 400, ['query:filter']])
    }
  })

  test.skipIf(skipped)('a blank filter is refused, however it is written', async () => {
    for (const blank of [
      '',
      '+',
      '++',
      '%20',
      '%09%0A',
      '%C2%A0',
      '%E3%80%80',
      '%E2%80%8B',
      '%EF%B8%8F',
      '%E2%80%8D',
    ])
      for (const [path, name] of TEXTS) {
        const answer = await app.call('GET', `${path}?${name}=${blank}`)
        expect([name, blank, answer.status]).toEqual([name, blank, 400])
        expect(new Set(pointers(answer))).toEqual(new Set([`query:${name}`]))
      }
  })

  test.skipIf(skipped)('a filter without visible text finds nothing, or is refused', async () => {
    for (const odd of ['%', '%zz', '%ff', '%ed%a0%80', '%00', 'a%00', '%f0%9f%9a'])
      for (const [path, name] of TEXTS) {
        const answer = await app.call('GET', `${path}?${name}=${odd}`)
        expect([name, odd, [200, 400]]).toEqual([name, odd, expect.arrayContaining([answer.status])])
        const found = answer.status === 200 ? answer.json.data.map((row: Row) => row.name) : []
        // One name contains a percent sign.
        expect(found).toEqual(name === 'search' && odd === '%' ? ['100 %'] : [])
      }
  })
})

const TEXTS: [path: string, name: string][] = [
  ['/v2/keys', 'search'],
  ['/v2/users', 'externalId'],
  ['/v2/audit', 'action'],
  ['/v2/audit', 'targetId'],
  ['/v2/audit', 'requestId'],
]

/** Values that a caller may send as a filter: existing ones, parts and other spellings of them, and anything else. */
function anyValue(app: FilteredApp): fc.Arbitrary<string> {
  const existing = fc.constantFrom(...app.values)
  const part = fc.tuple(existing, fc.nat(), fc.integer({ min: 1, max: 4 })).map(([text, from, length]) => {
    const signs = [...text]
    const start = from % signs.length
    return signs.slice(start, start + length).join('')
  })
  const sign = fc.constantFrom(
    ...('%_-+*?\'"\\/.,:;()[]{}<>|&^~`!@#$= \t\u00a0\u200b\ufe0f\u3000🚀東京İß'.match(/./gsu) ?? []),
  )
  return fc
    .oneof(
      { weight: 4, arbitrary: existing },
      { weight: 3, arbitrary: part },
      { weight: 1, arbitrary: existing.map((text) => text.toUpperCase()) },
      { weight: 1, arbitrary: fc.uuid() },
      { weight: 3, arbitrary: fc.array(sign, { maxLength: 4 }).map((signs) => signs.join('')) },
      { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 8 }) },
    )
    .filter((text) => text.isWellFormed() && text.length <= 100 && !text.includes('\0'))
}
