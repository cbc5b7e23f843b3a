import { expect } from 'bun:test'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Answer, type CallOptions, type TestApp, testApp } from '../../support/app.ts'
import { type CheckedDocument, checkedDocument, type DocumentedOperation } from '../../support/openapi.ts'

/** A key in an answer of the API; typed loosely because tests name the members that they check. */
// biome-ignore lint/suspicious/noExplicitAny: a test asserts on the members that it names.
export type Loose = any

/** A test application whose answers under `/v2` are all checked against the OpenAPI document. */
export interface NativeApp extends TestApp, AsyncDisposable {
  document: CheckedDocument
  /** Makes a key and returns it with its secret. */
  makeKey(body?: object, options?: CallOptions): Promise<{ key: Loose; secret: string }>
  /** Makes a user of this role, and a key with which it may manage. */
  makeUser(body: { username: string } & Record<string, unknown>): Promise<{ user: Loose; secret: string }>
  /** Verifies a secret as root. */
  verify(key: string, more?: object): Promise<Loose>
  /** Reports usage of a key as root. */
  spend(keyId: string, amount: string | number, more?: object): Promise<void>
}

let parsedDocument: CheckedDocument | undefined

/** The OpenAPI document. In one run of many test files the first one leaves it for the others, because it takes a while to make. */
async function documentOf(app: TestApp): Promise<unknown> {
  const run = process.env.LATCHKEY_TEST_RUN
  const path = run === undefined ? null : join(run, 'openapi.json')
  if (path !== null && existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'))
  const { json, text } = await app.call('GET', '/openapi.json', { key: null })
  if (path === null) return json
  // Other files may read it at any moment.
  writeFileSync(`${path}.${process.pid}`, text)
  renameSync(`${path}.${process.pid}`, path)
  return json
}

/** Builds one; `await using` closes it. */
export async function nativeApp(overrides: Parameters<typeof testApp>[0] = {}): Promise<NativeApp> {
  const app = await testApp(overrides)
  parsedDocument ??= checkedDocument(await documentOf(app))
  const document = parsedDocument
  let events = 0

  async function call(method: string, path: string, options?: CallOptions): Promise<Answer> {
    const answer = await app.call(method, path, options)
    expectDocumented(document, { method, path, answer })
    return answer
  }

  async function made(path: string, body: object, options?: CallOptions): Promise<Loose> {
    const answer = await call('POST', path, { ...options, body })
    if (answer.status !== 201) throw new Error(`POST ${path} answered ${answer.status}: ${answer.text}`)
    return answer.json
  }

  return {
    ...app,
    document,
    call,
    makeKey: (body = {}, options) => made('/v2/keys', body, options),
    async makeUser(body) {
      const { username } = body
      const user = await made('/v2/users', {
        email: `${username}@example.com`,
        displayName: username,
        ...body,
      })
      const { secret } = await made('/v2/keys', {
        ownerId: user.id,
        access: 'full',
        name: `key of ${username}`,
      })
      return { user, secret }
    },
    async verify(key, more = {}) {
      const answer = await call('POST', '/v2/verify', { body: { key, ...more } })
      expect(answer.status).toBe(200)
      return answer.json
    },
    async spend(keyId, amount, more = {}) {
      events += 1
      const body = { events: [{ id: `event-${events}`, keyId, amount, ...more }] }
      expect((await call('POST', '/v2/usage', { body })).json).toEqual({
        accepted: 1,
        duplicates: 0,
        conflicts: [],
      })
    },
    async [Symbol.asyncDispose]() {
      await app.close()
      // A test that expects no fault of the server must fail when there is one.
      expect(app.errors).toEqual([])
    },
  }
}

/** The errors of a request, by place. */
export function pointers({ json }: Answer): string[] {
  return (json.errors ?? []).map((error: { pointer: string }) => error.pointer)
}

/** Status and code of a failure, in one text. */
export function failure({ status, json }: Answer): string {
  return `${status} ${json?.code}`
}

function expectDocumented(
  document: CheckedDocument,
  { method, path, answer }: { method: string; path: string; answer: Answer },
): void {
  const operation = document.operations.find((each) => matches(each, method, path))
  if (operation === undefined) return
  const contentType = answer.headers.get('content-type') ?? ''
  const { status, text } = answer
  expect([method, path, document.problemWith(operation, { status, contentType, text })]).toEqual([
    method,
    path,
    null,
  ])
}

function matches(operation: DocumentedOperation, method: string, path: string): boolean {
  if (operation.method !== method.toLowerCase() || !operation.path.startsWith('/v2')) return false
  const [address = ''] = path.split('?')
  return new RegExp(`^${operation.path.replaceAll(/\{[^}]+\}/g, '[^/]+')}/?$`).test(address)
}
