import { afterEach, describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../../src/core/ground/faults.ts'
import type { RecordRef } from '../../src/core/verify/key-facts.ts'
import { RECORD_WRITES } from '../../src/core/verify/record-writes.ts'
import type { Store } from '../../src/store/store.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { type Cut, proxiedApp } from '../support/cutting-proxy.ts'
import { faultyStore } from '../support/faulty-store.ts'
import { postgresForTests } from '../support/postgres.ts'

// After every write of the store memory forgets the record: when the write succeeded, when it failed, and when that is uncertain.

const postgres = await postgresForTests()
const cleanUp: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

/** The part of memory that hears of a method's write; a new method does not compile until it has an entry here. */
const HEARS: Record<keyof Store, 'reads' | 'changes' | 'ledger' | 'rates' | 'batches' | 'nobody'> = {
  // Keys, users and workspaces: `core/verify/changes.ts`, by the tests below.
  initialize: 'changes',
  createKey: 'changes',
  changeKey: 'changes',
  createUser: 'changes',
  changeUser: 'changes',
  deleteUser: 'changes',
  createWorkspace: 'changes',
  changeWorkspace: 'changes',
  deleteWorkspace: 'changes',
  addMember: 'changes',
  removeMember: 'changes',
  // Sums and holds: the ledger forgets its accounts (`src/store/ledger-faults.test.ts`).
  commitLedger: 'ledger',
  // The state in memory is newer than the written one (`src/rates/durable.test.ts`).
  writeRates: 'rates',
  forgetRates: 'rates',
  // Gathered in memory and written together; a failed batch is written again.
  recordUses: 'batches',
  recordDenials: 'batches',
  recordOutcomes: 'batches',
  // Memory keeps none of it.
  claimIdempotency: 'nobody',
  releaseIdempotency: 'nobody',
  forgetIdempotency: 'nobody',
  beginSession: 'nobody',
  touchSession: 'nobody',
  endSession: 'nobody',
  forgetSignIns: 'nobody',
  offerLink: 'nobody',
  takeLink: 'nobody',
  purgeEvents: 'nobody',
  purgeAudit: 'nobody',
  purgeOutcomes: 'nobody',
  refreshSpentOrder: 'nobody',
  refreshSearch: 'nobody',
  // Memory is empty while the database is in doubt (`src/cluster/member.test.ts`).
  compareChanges: 'nobody',
  acceptLosses: 'nobody',
  // Messages between the processes on one database; they change no records.
  joinNode: 'nobody',
  renewNode: 'nobody',
  acknowledge: 'nobody',
  evictNode: 'nobody',
  isInitialized: 'reads',
  findSession: 'reads',
  revision: 'reads',
  settled: 'reads',
  findKey: 'reads',
  findFacts: 'reads',
  hasForeignSecrets: 'reads',
  listKeys: 'reads',
  listKeyTexts: 'reads',
  resolveKeys: 'reads',
  outcomesOfKey: 'reads',
  outcomesOfAll: 'reads',
  keyRisks: 'reads',
  findUser: 'reads',
  listUsers: 'reads',
  findWorkspace: 'reads',
  listWorkspaces: 'reads',
  isMember: 'reads',
  isManager: 'reads',
  listMembers: 'reads',
  listAudit: 'reads',
  findTargets: 'reads',
  recentChanges: 'reads',
  findLocked: 'reads',
  readAccounts: 'reads',
  readVersions: 'reads',
  sharesAccounts: 'reads',
  standingOf: 'reads',
  findReservation: 'reads',
  listReservations: 'reads',
  findEvent: 'reads',
  findCorrectable: 'reads',
  findCorrection: 'reads',
  findEvents: 'reads',
  findRunOut: 'reads',
  findHeldAfter: 'reads',
  readRates: 'reads',
  usageReport: 'reads',
  activityReport: 'reads',
  namesOf: 'reads',
  usedOfAllTime: 'reads',
  listCrossings: 'reads',
  listAllCrossings: 'reads',
  countOpen: 'reads',
  changesSince: 'reads',
  findNodes: 'reads',
  isShared: 'reads',
  onChange: 'reads',
  check: 'reads',
  close: 'reads',
}

const SOURCES = new URL('../../src/', import.meta.url).pathname

function sourceFiles(): { path: string; text: string }[] {
  return readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/\.(test|conformance)\.ts$/.test(path))
    .map((path) => ({ path, text: readFileSync(join(SOURCES, path), 'utf8') }))
}

test('only Changes provides the methods that change a record, and nothing else calls them', () => {
  const changing = Object.entries(HEARS).flatMap(([name, who]) => (who === 'changes' ? [name] : []))
  expect(changing.toSorted()).toEqual([...RECORD_WRITES].toSorted())
  const call = new RegExp(`(\\w+)\\.(?:${RECORD_WRITES.join('|')})\\(`, 'g')
  const callers = sourceFiles()
    .filter(({ path }) => !path.startsWith('store/'))
    .flatMap(({ path, text }) => [...text.matchAll(call)].map(([, receiver]) => [path, receiver]))
  // The dialects call the core's own verbs; within the core, only methods from Changes are called.
  const core = callers.filter(([path]) => path?.startsWith('core/'))
  expect(core.length).toBeGreaterThanOrEqual(RECORD_WRITES.length)
  expect(core.filter(([, receiver]) => receiver !== 'records')).toEqual([])
  expect(callers.filter(([path, receiver]) => !path?.startsWith('core/') && receiver === 'store')).toEqual([])
})

test('every other part of the core gets the store without those methods', () => {
  const parts = /(?<!WithoutWrites<[^>]*)\b(?:Key|User|Workspace|Member|Foundation)?Store\b(?!Error)/g
  const bare = sourceFiles()
    .filter(({ path }) => path.startsWith('core/'))
    .flatMap(({ path, text }) => {
      const code = text
        .replaceAll(/^import [^;]*?from '[^']+'$/gms, '')
        .replaceAll(/\/\*\*.*?\*\/|\/\/[^\n]*/gs, '')
      return [...code.matchAll(parts)].map(() => path)
    })
  // The file that receives the store, and the one that provides the methods.
  expect([...new Set(bare)].toSorted()).toEqual(['core/latchkey.ts', 'core/verify/record-writes.ts'])
})

test('a method that only reads calls none that writes', () => {
  const text = readFileSync(join(SOURCES, 'store/sql/store.ts'), 'utf8')
  const methods = [...text.matchAll(/^ {4}(\w+): (.*?)(?=^ {4}\w|^ {2}\})/gms)]
  expect(methods.length).toBeGreaterThan(50)
  const writing = methods
    .filter(([, , body = '']) => /\b(?:write|writeInTurn|writeUrgent|change|roomyChange|tell)\(/.test(body))
    .map(([, name = '']) => name)
  const told = Object.entries(HEARS).flatMap(([name, who]) => (who === 'reads' ? [] : [name]))
  expect([...writing, 'initialize'].toSorted()).toEqual(told.toSorted())
})

interface Scene {
  secret: string
  userId: string
  keyId: string
  workspaceId: string
  spareUserId: string
  spareWorkspaceId: string
}

const id = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`
const person = (name: string) => ({ username: name, email: `${name}@example.com`, displayName: name })
const exists = async (app: TestApp, path: string) => (await app.call('GET', path)).status === 200

/** A write of one method: its record, its request, the check of its effect, and a refusal by the store. */
interface Write {
  record: (on: Scene) => RecordRef
  send: (on: Scene) => [method: string, path: string, body?: object]
  shows: (app: TestApp, on: Scene) => Promise<boolean>
}

const ref = (kind: RecordRef['kind'], of: string) => ({ kind, id: of }) as RecordRef
const code = async (app: TestApp, { secret }: Scene) =>
  (await app.call('POST', '/v2/verify', { body: { key: secret } })).json.code

const WRITES: Record<Exclude<(typeof RECORD_WRITES)[number], 'initialize'>, Write> = {
  createKey: {
    record: () => ref('key', id(1)),
    send: () => ['POST', '/v2/keys', { id: id(1) }],
    shows: (app) => exists(app, `/v2/keys/${id(1)}`),
  },
  changeKey: {
    record: ({ keyId }) => ref('key', keyId),
    send: ({ keyId }) => ['PATCH', `/v2/keys/${keyId}`, { disabled: true }],
    shows: async (app, on) => (await code(app, on)) === 'DISABLED',
  },
  createUser: {
    record: () => ref('user', id(2)),
    send: () => ['POST', '/v2/users', { id: id(2), ...person('new') }],
    shows: (app) => exists(app, `/v2/users/${id(2)}`),
  },
  changeUser: {
    record: ({ userId }) => ref('user', userId),
    send: ({ userId }) => ['PATCH', `/v2/users/${userId}`, { policy: { permissions: [] } }],
    // The policy of a caller is read from its facts in memory.
    async shows(app, { secret }) {
      const body = { permissions: ['documents.read'] }
      return (await app.call('POST', '/v2/keys', { key: secret, body })).status === 403
    },
  },
  deleteUser: {
    record: ({ spareUserId }) => ref('user', spareUserId),
    send: ({ spareUserId }) => ['DELETE', `/v2/users/${spareUserId}`],
    shows: async (app, { spareUserId }) => !(await exists(app, `/v2/users/${spareUserId}`)),
  },
  createWorkspace: {
    record: () => ref('workspace', id(3)),
    send: () => ['POST', '/v2/workspaces', { id: id(3), name: 'new', slug: 'new' }],
    shows: (app) => exists(app, `/v2/workspaces/${id(3)}`),
  },
  changeWorkspace: {
    record: ({ workspaceId }) => ref('workspace', workspaceId),
    send: ({ workspaceId }) => ['PATCH', `/v2/workspaces/${workspaceId}`, { limits: { total: 0 } }],
    shows: async (app, on) => (await code(app, on)) === 'BUDGET_EXCEEDED',
  },
  deleteWorkspace: {
    record: ({ spareWorkspaceId }) => ref('workspace', spareWorkspaceId),
    send: ({ spareWorkspaceId }) => ['DELETE', `/v2/workspaces/${spareWorkspaceId}`],
    shows: async (app, { spareWorkspaceId }) => !(await exists(app, `/v2/workspaces/${spareWorkspaceId}`)),
  },
  addMember: {
    record: ({ spareUserId }) => ref('user', spareUserId),
    send: ({ workspaceId, spareUserId }) => [
      'POST',
      `/v2/workspaces/${workspaceId}/members`,
      { userId: spareUserId },
    ],
    shows: async (app, { workspaceId, spareUserId }) => isMember(app, workspaceId, spareUserId),
  },
  removeMember: {
    record: ({ userId }) => ref('user', userId),
    send: ({ workspaceId, userId }) => ['DELETE', `/v2/workspaces/${workspaceId}/members/${userId}`],
    shows: async (app, { workspaceId, userId }) => !(await isMember(app, workspaceId, userId)),
  },
}

async function isMember(app: TestApp, workspaceId: string, userId: string): Promise<boolean> {
  const { json } = await app.call('GET', `/v2/workspaces/${workspaceId}/members`)
  return json.data.some((member: { userId: string }) => member.userId === userId)
}

/** A key of a user in a workspace; memory has the facts of all three. */
async function scene(app: TestApp): Promise<Scene> {
  const made = async (path: string, body: object) => (await app.call('POST', path, { body })).json
  const user = await made('/v2/users', { ...person('u'), policy: { permissions: ['documents.*'] } })
  const workspace = await made('/v2/workspaces', { name: 'w', slug: 'w' })
  const spare = await made('/v2/users', person('spare'))
  const spareWorkspace = await made('/v2/workspaces', { name: 's', slug: 's' })
  const { key, secret } = await made('/v2/keys', {
    ownerId: user.id,
    workspaceId: workspace.id,
    access: 'full',
  })
  const on = {
    secret,
    userId: user.id,
    keyId: key.id,
    workspaceId: workspace.id,
    spareUserId: spare.id,
    spareWorkspaceId: spareWorkspace.id,
  }
  expect(await code(app, on)).toBe('VALID')
  return on
}

/** Collects the records that memory must forget from now on. */
function forgotten(app: TestApp): [RecordRef, number | null][] {
  const told: [RecordRef, number | null][] = []
  const { forget } = app.latchkey.facts
  app.latchkey.facts.forget = (record, revision) => {
    told.push([record, revision])
    forget(record, revision)
  }
  return told
}

type Name = keyof typeof WRITES
const NAMES = Object.keys(WRITES) as Name[]
/** How a write ends: the error that it throws, if any, and whether the work was done. */
const ENDS: [string, { error?: unknown; afterWork?: boolean; revision: unknown; shows: boolean }][] = [
  ['succeeds', { revision: expect.any(Number), shows: true }],
  ['fails before the work', { error: new Error('connection lost'), revision: null, shows: false }],
  [
    'fails after the work',
    { error: new Error('connection lost'), afterWork: true, revision: null, shows: true },
  ],
  ['finds the store away', { error: new Fault('store_unavailable'), revision: null, shows: false }],
  [
    'finds the store away after the work',
    { error: new Fault('store_unavailable'), afterWork: true, revision: null, shows: true },
  ],
  ['is refused by the store', { error: new Fault('revision_mismatch'), revision: 0, shows: false }],
]

describe.each(NAMES)('%s', (name) => {
  const { record, send, shows } = WRITES[name]

  test.each(ENDS)('that %s reaches memory, which then has the stored facts', async (_end, end) => {
    const faulty = await faultyStore()
    const app = await testApp({ store: faulty.store })
    cleanUp.push(() => app.close())
    const on = await scene(app)
    const told = forgotten(app)
    const { error, afterWork = false } = end
    if (error !== undefined) faulty.break(name, { error, times: 1, afterWork })
    const [method, path, body] = send(on)
    const { status } = await app.call(method, path, { body })
    expect(status < 300).toBe(error === undefined)
    expect(told).toEqual([[record(on), end.revision as number]])
    expect([await shows(app, on), await shows(app, on)]).toEqual([end.shows, end.shows])
    // Nothing stays in doubt: memory is used again.
    for (let round = 0; round < 20 && !remembers(app, on); round += 1) await code(app, on)
    expect(remembers(app, on)).toBe(true)
  })

  const cuts: [string, Cut][] = [
    ['after it is made', 'answer_lost'],
    ['and arrives late', 'commit_late'],
  ]
  test.skipIf('absent' in postgres).each(cuts)(
    'whose commit loses its answer %s takes effect',
    async (_when, how) => {
      if ('absent' in postgres) throw new Error(postgres.absent)
      const { app, proxy } = await proxiedApp(await postgres.migratedDatabase(), (...closers) =>
        cleanUp.push(...closers),
      )
      const on = await scene(app)
      const told = forgotten(app)
      const cut = proxy.cutNextCommit(how)
      const [method, path, body] = send(on)
      const answer = app.call(method, path, { body })
      await cut
      expect((await answer).status).toBe(503)
      expect(told).toEqual([[record(on), null]])
      if (how === 'commit_late') {
        // Facts that are read before it arrives are used once, and must not be kept.
        if (name !== 'changeUser') expect(await shows(app, on)).toBe(false)
        await code(app, on)
        await proxy.deliver()
      }
      expect([await shows(app, on), await shows(app, on)]).toEqual([true, true])
    },
  )
})

function remembers(app: TestApp, { keyId }: Scene): boolean {
  return !(app.latchkey.facts.ofKey(keyId as never) instanceof Promise)
}

test('a first start whose answer is lost has taken effect', async () => {
  for (const afterWork of [false, true]) {
    const faulty = await faultyStore()
    const app = await testApp({ store: faulty.store, initialize: false })
    cleanUp.push(() => app.close())
    const told = forgotten(app)
    faulty.break('initialize', { error: new Error('connection lost'), times: 1, afterWork })
    expect(await app.latchkey.initialize().catch(() => 'failed')).toBe('failed')
    expect(told).toEqual([[{ kind: 'key', id: expect.any(String) }, null] as never])
    expect(await app.latchkey.isInitialized()).toBe(afterWork)
    expect((await app.latchkey.initialize()) === null).toBe(afterWork)
  }
})
