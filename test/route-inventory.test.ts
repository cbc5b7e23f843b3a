import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { reachOf } from '../src/core/access/abilities.ts'
import type { Call } from '../src/core/access/audit.ts'
import { Secret } from '../src/core/ground/secret.ts'
import { goodmem } from '../src/http/goodmem/index.ts'
import type { Dialect } from '../src/http/kernel/dialect.ts'
import type { Operation } from '../src/http/kernel/operation.ts'
import { native } from '../src/http/native/index.ts'
import { openrouter } from '../src/http/openrouter/index.ts'
import { type Answer, type TestApp, testApp } from './support/app.ts'

const dialects: Dialect[] = [goodmem, openrouter, native]

/** How each dialect says no; `isRefusal` holds for that dialect's form of the status and for no other's. */
const FORMS: Record<string, (answer: Answer, status: number) => boolean> = {
  goodmem: ({ status, json }, expected) =>
    status === expected &&
    json?.status === expected &&
    typeof json.error === 'string' &&
    typeof json.timestamp === 'number',
  openrouter: ({ status, json }, expected) =>
    status === expected && json?.error?.code === expected && typeof json.error.message === 'string',
  native: ({ status, json, headers }, expected) =>
    status === expected &&
    headers.get('content-type') === 'application/problem+json' &&
    json?.status === expected &&
    typeof json.code === 'string' &&
    json.requestId === headers.get('x-request-id'),
}

/** Operations that need no credential, each with its reason; a new one must be added here by hand. */
const PUBLIC = new Map([
  ['POST /v1/system/init', 'makes the first credential'],
  ['GET /v1/system/info', 'clients ask it before they have one'],
])

/** What a stranger to somebody's record is told: GoodMem tells it exists (docs/wire/goodmem.md#errors), the others do not. */
const FOREIGN_STATUS: Record<string, number> = { goodmem: 403, openrouter: 404, native: 404 }

interface Route {
  dialect: Dialect
  operation: Operation
  name: string
}

const routes: Route[] = dialects.flatMap((dialect) =>
  dialect.operations.map((operation) => ({
    dialect,
    operation,
    name: `${operation.method.toUpperCase()} ${dialect.base}${operation.path}`,
  })),
)

let app: TestApp
/** Root's records, which are somebody else's for every caller below. */
let victim: { id: string; hash: string; userId: string; email: string; workspaceId: string }
const keys: Record<'user' | 'service' | 'dataOnly' | 'disabled', string> = {
  user: '',
  service: '',
  dataOnly: '',
  disabled: '',
}
/** Another key of the same kind, for the operations that end the key by which they are called. */
let another: Record<'user' | 'dataOnly', () => Promise<string>>

beforeAll(async () => {
  app = await testApp()
  const principal = await app.latchkey.authenticate(new Secret(app.rootKey), undefined)
  const call: Call = { principal, requestId: null, ip: null }
  const { view } = await app.latchkey.keys.create(call, { access: 'full', name: 'victim' })
  const { id, hash, ownerId, workspaceId } = view.key
  victim = { id, hash, userId: ownerId, email: principal.user.email ?? '', workspaceId }
  const person = (username: string, role: 'USER' | 'SERVICE') =>
    app.latchkey.users.create(call, {
      username,
      email: `${username}@example.com`,
      displayName: username,
      role,
    })
  const user = await person('user', 'USER')
  const service = await person('service', 'SERVICE')
  const made = async (ownerId: typeof user.id, access: 'use' | 'full', disabled = false) =>
    (await app.latchkey.keys.create(call, { access, ownerId, disabled })).secret.reveal()
  keys.user = await made(user.id, 'full')
  keys.service = await made(service.id, 'full')
  keys.dataOnly = await made(principal.user.id, 'use')
  keys.disabled = await made(user.id, 'full', true)
  another = {
    user: () => made(user.id, 'full'),
    dataOnly: () => made(principal.user.id, 'use'),
  }
})
afterAll(() => app.close())

function keyFor({ name }: Route, kind: 'user' | 'dataOnly'): Promise<string> | string {
  return name === 'DELETE /v2/keys/self' ? another[kind]() : keys[kind]
}

/** The operation's address with root's records in place of its parameters. */
function address({ dialect, operation }: Route): string {
  const subject =
    operation.target === 'user'
      ? victim.userId
      : operation.target === 'workspace'
        ? victim.workspaceId
        : victim.id
  const path = operation.path
    .replace('{hash}', victim.hash)
    .replace('{email}', victim.email)
    .replaceAll(/\{[^}]+\}/g, subject)
  return dialect.base + path
}

function send(route: Route, key: string | null, body: unknown = {}): Promise<Answer> {
  const method = route.operation.method.toUpperCase()
  return app.call(method, address(route), method === 'GET' || method === 'DELETE' ? { key } : { key, body })
}

const refused = (route: Route, answer: Answer, status: number) =>
  FORMS[route.dialect.name]?.(answer, status) ?? false
const guarded = routes.filter(({ operation }) => operation.callers !== 'public')

describe('every route', () => {
  test('is either public for a written reason or guarded', () => {
    const open = routes.filter(({ operation }) => operation.callers === 'public').map(({ name }) => name)
    expect(open.sort()).toEqual([...PUBLIC.keys()].sort())
    expect(guarded.length).toBeGreaterThan(20)
  })

  test.each(guarded.map((route) => [route.name, route] as const))(
    "%s: without a usable credential, the dialect's 401",
    async (_name, route) => {
      const unknown = `${keys.user.slice(0, -1)}${keys.user.endsWith('0') ? '1' : '0'}`
      const answers = await Promise.all([send(route, null), send(route, unknown), send(route, 'x')])
      expect(answers.map((answer) => refused(route, answer, 401))).toEqual([true, true, true])
      const disabled = await send(route, keys.disabled)
      if (route.operation.callers === 'holder') expect(disabled.status).toBe(200)
      else expect(refused(route, disabled, 401)).toBe(true)
      const conflicting = await app.call(route.operation.method.toUpperCase(), address(route), {
        key: keys.user,
        headers: { 'x-api-key': keys.service },
      })
      expect(refused(route, conflicting, 401)).toBe(true)
    },
  )

  test.each(guarded.map((route) => [route.name, route] as const))(
    "%s: with a key that only uses the data plane, the dialect's 403",
    async (_name, route) => {
      const answer = await send(route, await keyFor(route, 'dataOnly'))
      if (['any_key', 'holder', 'verified'].includes(route.operation.callers)) expect(answer.status).toBe(200)
      else expect(refused(route, answer, 403)).toBe(true)
    },
  )

  test.each(guarded.map((route) => [route.name, route] as const))(
    "%s: with another user's credential, no record of root is shown or changed",
    async (_name, route) => {
      const key = await keyFor(route, 'user')
      const before = await app.store.revision()
      const answer = await send(route, key, harmless(route))
      expect(await app.store.revision()).toBe(madeOwn(route, answer) ? before + 1 : before)
      expect(answer.status).toBeLessThan(500)
      const aimed = route.operation.path.includes('{') && route.operation.target !== 'workspace'
      const reach = await abilityOfUser(route)
      if (reach === 'none') expect(refused(route, answer, 403)).toBe(true)
      else if (aimed) {
        const status =
          route.operation.target === 'user' && route.dialect.name === 'goodmem'
            ? 403
            : FOREIGN_STATUS[route.dialect.name]
        expect(refused(route, answer, status ?? 0)).toBe(true)
      } else expect(answer.text).not.toContain(victim.id)
      expect(answer.text).not.toContain(victim.hash)
    },
  )

  test.each(dialects.map((dialect) => [dialect.name, dialect] as const))(
    '%s: unknown addresses and methods answer in its form, without a credential',
    async (_name, dialect) => {
      const form = FORMS[dialect.name]
      const unknown = await app.call('GET', `${dialect.base}/no-such-thing`, { key: null })
      expect(form?.(unknown, 404)).toBe(true)
      for (const operation of dialect.operations) {
        const answer = await app.call('PROPFIND', address({ dialect, operation, name: '' }), { key: null })
        if (operation.anyMethod) {
          expect(form?.(answer, 401)).toBe(true)
          continue
        }
        expect([405, 404]).toContain(answer.status)
        expect(form?.(answer, 405)).toBe(true)
        const methods = answer.headers.get('allow')?.split(', ') ?? []
        expect(methods).toContain(operation.method.toUpperCase())
        expect(methods).toEqual([...new Set(methods)])
      }
    },
  )
})

/** A body with which the operation would do its work, so that it is the credential that is refused. */
function harmless({ operation }: Route): unknown {
  switch (operation.action) {
    case 'key.create':
      return { name: 'own' }
    case 'key.rotate':
      return { overlap: '0s' }
    case 'key.verify':
      return { key: app.rootKey }
    case 'key.boost':
      return { amount: '1', until: '2026-11-23T00:00:00Z' }
    case 'reservation.create':
      return { keyId: victim.id, amount: '1' }
    case 'reservation.settle':
      return { amount: '1' }
    case 'usage.report':
      return { events: [{ id: 'e1', keyId: victim.id, amount: '1' }] }
    case 'usage.correct':
      return { id: 'c1', keyId: victim.id, eventId: 'e1', reason: 'a mistake' }
    default:
      return {}
  }
}

// What a USER makes or ends is his own; only then may the revision have moved.
function madeOwn({ operation, name }: Route, { status }: Answer): boolean {
  if (name === 'DELETE /v2/keys/self') return status === 200
  return operation.action === 'key.create' && status === 201
}

async function abilityOfUser({ operation }: Route): Promise<'some' | 'none'> {
  const principal = await app.latchkey.authenticate(new Secret(keys.user), undefined)
  const { callers } = operation
  if (callers === 'any_key' || callers === 'holder' || callers === 'public' || callers === 'verified')
    return 'some'
  return reachOf(principal, callers) === null ? 'none' : 'some'
}
