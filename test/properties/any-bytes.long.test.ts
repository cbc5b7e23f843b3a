import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Call } from '../../src/core/access/audit.ts'
import { Secret } from '../../src/core/ground/secret.ts'
import { type TestApp, testApp, textOf } from '../support/app.ts'
import { type CheckedDocument, checkedDocument, type DocumentedOperation } from '../support/openapi.ts'
import { broken, matching, nastyValue } from '../support/schema-arbitrary.ts'

// Whatever bytes come in, the answer is 2xx, 4xx, 429 or 503 with a reason, in the documented form.

const RUNS_PER_OPERATION = 60

let app: TestApp
let document: CheckedDocument
let known: Record<string, string[]>
const seen = new Map<number, number>()

beforeAll(async () => {
  app = await testApp()
  document = checkedDocument((await app.call('GET', '/openapi.json', { key: null })).json)
  const principal = await app.latchkey.authenticate(new Secret(app.rootKey), undefined)
  const call: Call = { principal, requestId: null, ip: null }
  const { view } = await app.latchkey.keys.create(call, { access: 'use', name: 'target' })
  // This is not root itself: a random request may rightly disable a user while another ROOT exists.
  const person = {
    username: 'someone',
    email: 'someone@example.com',
    displayName: 'S',
    role: 'USER' as const,
  }
  const user = await app.latchkey.users.create(call, person)
  const workspace = await app.latchkey.workspaces.create(call, { name: 'W', slug: 'w' })
  known = {
    id: [view.key.id, user.id, workspace.id],
    ref: [view.key.id, view.key.hash, user.id, workspace.id],
    hash: [view.key.hash],
    email: [person.email],
  }
})
afterAll(async () => {
  const counts = [...seen].sort().map(([status, count]) => `${status}: ${count}`)
  process.stdout.write(`random requests answered: ${counts.join(', ')}\n`)
  await app.close()
})

/** A request as it is sent: each place has only characters that HTTP allows there. */
interface Sent {
  path: string
  headers: Record<string, string>
  body: string | Uint8Array | undefined
}

const headerText = fc.stringMatching(/^[\x21-\x7e]{0,60}$/)
const headers = fc.record(
  {
    'content-type': fc.oneof({ weight: 8, arbitrary: fc.constant('application/json') }, headerText),
    'if-match': fc.oneof(fc.constantFrom('"1"', '*', '1', 'W/"2"'), headerText),
    'idempotency-key': headerText,
    'x-request-id': headerText,
    'x-forwarded-for': headerText,
  },
  { requiredKeys: ['content-type'] },
)

function requests(operation: DocumentedOperation): fc.Arbitrary<Sent> {
  const resolve = document.resolve
  const valid = operation.body === null ? null : matching(operation.body, resolve)
  const body: fc.Arbitrary<Sent['body']> =
    valid === null
      ? fc.constant(undefined)
      : fc.oneof(
          { weight: 3, arbitrary: valid.map((value) => JSON.stringify(value)) },
          { weight: 5, arbitrary: broken(valid).map((value) => JSON.stringify(value) ?? '') },
          { weight: 1, arbitrary: nastyValue.map((value) => JSON.stringify(value) ?? '') },
          { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }) },
          { weight: 1, arbitrary: fc.string({ maxLength: 60 }) },
          { weight: 1, arbitrary: fc.integer({ min: 30, max: 50_000 }).map((depth) => '['.repeat(depth)) },
        )
  return fc
    .tuple(pathsOf(operation), queriesOf(operation), headers, body)
    .map(([path, query, sent, content]) => ({
      path: path + query,
      headers: sent,
      body: content,
    }))
}

function pathsOf(operation: DocumentedOperation): fc.Arbitrary<string> {
  const names = [...operation.path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] ?? '')
  const parts = names.map((name) =>
    fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom(...(known[name] ?? ['x'])) },
      fc.string({ minLength: 1, maxLength: 70 }).filter((text) => !/^\.+$/.test(text)),
    ),
  )
  return fc
    .tuple(...parts)
    .map((values) =>
      names.reduce(
        (path, name, index) =>
          path.replace(`{${name}}`, encodeURIComponent(wellFormed(values[index] ?? 'x'))),
        operation.path,
      ),
    )
}

function queriesOf(operation: DocumentedOperation): fc.Arbitrary<string> {
  const named = operation.parameters
    .filter((parameter) => parameter.in === 'query')
    .map((parameter) => parameter.name)
  const value = fc.oneof(
    fc.constantFrom('', '0', '1', 'true', '100', '1e9', 'a:b'),
    fc.string({ maxLength: 80 }),
  )
  return fc.array(fc.tuple(fc.constantFrom(...named, 'surplus'), value), { maxLength: 4 }).map((pairs) => {
    const query = pairs.map(
      ([name, text]) => `${encodeURIComponent(name)}=${encodeURIComponent(wellFormed(text))}`,
    )
    return query.length === 0 ? '' : `?${query.join('&')}`
  })
}

const wellFormed = (text: string) => text.toWellFormed()

async function send(operation: DocumentedOperation, sent: Sent, key: string) {
  const method = operation.method.toUpperCase()
  const sentHeaders = { ...sent.headers, authorization: `Bearer ${key}` }
  const body = sent.body === undefined ? {} : { body: sent.body as NonNullable<RequestInit['body']> }
  const request = new Request(`http://127.0.0.1${sent.path}`, { method, headers: sentHeaders, ...body })
  const response = await app.fetch(request, { peerAddress: '127.0.0.1' })
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
    text: await textOf(response),
  }
}

/** Root's key. Where a call ends the key that makes it, and another manager exists by then, a key that may be ended. */
async function keyFor({ method, path }: DocumentedOperation): Promise<string> {
  if (method.toUpperCase() !== 'DELETE' || path !== '/v2/keys/self') return app.rootKey
  return (await app.call('POST', '/v2/keys', { body: { name: 'to be ended' } })).json.secret
}

/** True for a status below 500, and for the one 503 that a caller can cause, by asking for facts of the future. */
function isReasoned({ status, text }: { status: number; text: string }): boolean {
  return status < 500 || (status === 503 && text.includes('"code":"revision_unreached"'))
}

describe('arbitrary bytes as input', () => {
  test('every operation of every surface answers random and broken requests as documented, never with an internal fault', async () => {
    expect(document.operations.length).toBeGreaterThan(30)
    for (const operation of document.operations) {
      await fc.assert(
        fc.asyncProperty(requests(operation), async (sent) => {
          const answer = await send(operation, sent, await keyFor(operation))
          seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1)
          expect([operation.path, isReasoned(answer)]).toEqual([operation.path, true])
          expect([operation.path, document.problemWith(operation, answer)]).toEqual([operation.path, null])
        }),
        { numRuns: RUNS_PER_OPERATION },
      )
    }
    expect(app.errors).toEqual([])
  }, 120_000)

  test('the root key still works afterwards: no random request took the administration away', async () => {
    expect((await app.call('GET', '/v1/users/me')).status).toBe(200)
  })
})
