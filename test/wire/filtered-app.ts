import { DAY_MS } from '../../src/core/ground/clock.ts'
import type { Answer, TestApp } from '../support/app.ts'
import { testSettings } from '../support/settings.ts'
import { type Loose, nativeApp } from './native/native-app.ts'

/** A record as a list shows it. */
export type Row = Record<string, unknown>

/** An application with records of every kind, with names in many scripts among them, and the lists without a filter. */
export interface FilteredApp {
  call: TestApp['call']
  known: Record<'keys' | 'users' | 'audit' | 'reservations', Row[]>
  /** The spent amounts in USD, by the groups of a report. */
  spent: Record<'keys' | 'hashes' | 'owners' | 'workspaces' | 'customers', Map<string, number>>
  /** Values of filters that exist. */
  values: string[]
  /** Reads a list to its end. */
  readAll(path: string): Promise<{ status: number; rows: Row[]; last: Answer }>
  close(): Promise<void>
}

const NAMES = [
  'OpenCode',
  'İstanbul',
  'Straße 7',
  '東京 リージョン',
  'a🚀b',
  '100 %',
  'snake_case',
  'c++ -- build',
  'it\'s "quoted"',
  'back\\slash',
  'क्षितिज',
  'ΟΔΟΣ',
  'cafe\u0301',
  'wide ＡＢＣ',
  'code',
]
const CUSTOMERS = ['crm-7', null, '%', '東 京']

/** Builds one over a database; in memory when no address is given. */
export async function filteredApp(databaseUrl?: string): Promise<FilteredApp> {
  const app = await nativeApp({
    ...(databaseUrl !== undefined && { databaseUrl }),
    // Amounts are bits of one number here, so large ones are above the default maximum of one event.
    settings: testSettings({ bounds: { amountMax: 10n ** 18n } }),
  })
  const workspace = await made(app, '/v2/workspaces', { name: 'Other', slug: 'other' })
  const people: Loose[] = []
  for (const [index, externalId] of ['hr-7', '%', '東 京', null].entries()) {
    const person = { username: `person${index}`, ...(externalId !== null && { externalId }) }
    people.push((await app.makeUser({ ...person, role: index === 0 ? 'ADMIN' : 'USER' })).user)
    app.clock.advance(1_000)
  }
  const spent: FilteredApp['spent'] = {
    keys: new Map(),
    hashes: new Map(),
    owners: new Map(),
    workspaces: new Map(),
    customers: new Map(),
  }
  for (const [index, name] of NAMES.entries()) {
    const { key } = await app.makeKey({
      name,
      ...(index % 3 === 0 && { workspaceId: workspace.id }),
      ...(index % 4 !== 0 && { ownerId: people[index % people.length].id }),
      ...(index % 5 === 0 && { disabled: true }),
      ...(index % 2 === 0 && { expiresAt: `2026-12-${10 + index}T00:00:00.000Z` }),
      externalUserId: CUSTOMERS[index % CUSTOMERS.length],
      labels: { [index % 2 === 0 ? 'env' : 'team']: index % 4 === 0 ? '' : name.slice(0, 20) },
    })
    app.clock.advance(1_000)
    // Each amount is a bit of its own, so a sum shows its parts.
    const amount = 2 ** index
    await app.spend(key.id, String(amount))
    const named = {
      keys: key.id,
      hashes: key.hash,
      owners: key.ownerId,
      workspaces: key.workspaceId,
      ...(key.externalUserId !== null && { customers: key.externalUserId }),
    }
    for (const [kind, id] of Object.entries(named) as [keyof typeof spent, string][])
      spent[kind].set(id, (spent[kind].get(id) ?? 0) + amount)
    if (index % 5 !== 0)
      await made(app, '/v2/reservations', { keyId: key.id, amount: '1', ttlSeconds: 60 * (1 + index) })
  }
  // Some holds have expired, and the day of the usage is over, because reports of whole days wait for that.
  app.clock.advance(5 * 60_000)
  app.clock.advance(DAY_MS)
  const readAll = async (path: string) => {
    const rows: Row[] = []
    let next: string | null = ''
    let last: Answer
    do {
      const page: string = next === '' ? '' : `&cursor=${next}`
      last = await app.call('GET', `${path}${path.includes('?') ? '&' : '?'}limit=100${page}`)
      if (last.status !== 200) break
      rows.push(...last.json.data)
      next = last.json.nextCursor
    } while (next !== null)
    return { status: last.status, rows, last }
  }
  // The caller's own key is a row, too, and the reads below use it, so its last use must not be written between them.
  await readAll('/v2/keys')
  await app.latchkey.lastUsed.flush()
  const known = {
    keys: (await readAll('/v2/keys')).rows,
    users: (await readAll('/v2/users')).rows,
    audit: (await readAll('/v2/audit')).rows,
    reservations: (await readAll('/v2/reservations')).rows,
  }
  return {
    call: app.call,
    known,
    spent,
    values: valuesOf(known),
    readAll,
    async close() {
      await app[Symbol.asyncDispose]()
    },
  }
}

async function made(app: Pick<TestApp, 'call'>, path: string, body: object): Promise<Loose> {
  const answer = await app.call('POST', path, { body })
  if (answer.status !== 201) throw new Error(`POST ${path} answered ${answer.status}: ${answer.text}`)
  return answer.json
}

function valuesOf({ keys, users, audit, reservations }: FilteredApp['known']): string[] {
  const labels = keys.flatMap((row) =>
    Object.entries(row.labels as Row).map(([name, value]) => `${name}:${value}`),
  )
  const values = [
    ...keys.flatMap((row) => [
      row.id,
      row.hash,
      row.name,
      row.mask,
      row.ownerId,
      row.workspaceId,
      row.expiresAt,
      row.externalUserId,
    ]),
    ...users.flatMap((row) => [row.id, row.externalId, row.role]),
    ...audit.flatMap((row) => [
      row.action,
      row.outcome,
      row.at,
      (row.target as Row).id,
      (row.target as Row).kind,
    ]),
    ...reservations.flatMap((row) => [row.id, row.state]),
    ...['active', 'disabled', 'expired', 'use', 'full', 'manage', ...labels],
  ]
  return [...new Set(values.filter((value): value is string => typeof value === 'string' && value !== ''))]
}
