import { describe, expect, test } from 'bun:test'
import type { Answer, CallOptions, TestApp } from '../support/app.ts'
import { signInBrowser } from '../support/browser.ts'
import { postgresForTests } from '../support/postgres.ts'
import { stagesOn } from './stages.ts'

// A long answer is sent in parts, as fast as its reader takes them, and some are read or made only then. Once it was answered that its caller
// has lost its right, no further part is sent, wherever that part was.

const KEYS = 620
const KEY = { name: 'n'.repeat(100), labels: { team: 't'.repeat(40) } }

interface Long {
  name: string
  path: string
  body?: object
  accept?: string
}

/** Answers that are longer than one part. */
const LONG: Long[] = [
  { name: "GoodMem's list", path: '/v1/apikeys' },
  { name: 'a list', path: '/v2/keys?limit=100' },
  { name: 'a report', path: '/v2/usage?groupBy=key' },
  { name: 'a report as a table', path: '/v2/usage?groupBy=key', accept: 'text/csv' },
  { name: 'a dry run', path: '/v2/keys/import', body: { keys: imported('e', 700), dryRun: true } },
]

function imported(digit: string, count: number): object[] {
  const digest = (n: number) => digit + String(n).padStart(63, '0')
  return Array.from({ length: count }, (_, n) => ({ sha256: digest(n), access: 'use' }))
}

const postgres = await postgresForTests()
if ('absent' in postgres) console.log(`SKIPPED: parts that wait in PostgreSQL: ${postgres.absent}`)

/** A server with many keys of another user, all of which were used. */
const { engines: ENGINES, stageOf } = stagesOn(postgres, async ({ app }) => {
  const other = await made(app, '/v2/users', { username: 'other', displayName: 'other', role: 'USER' })
  const ids = await Promise.all(
    Array.from(
      { length: KEYS },
      async () => (await made(app, '/v2/keys', { ...KEY, ownerId: other.id })).key.id,
    ),
  )
  const events = ids.map((keyId, n) => ({ id: `used-${n}`, keyId, amount: '1' }))
  expect((await app.call('POST', '/v2/usage', { body: { events } })).json.accepted).toBe(KEYS)
  return {}
})

async function made(app: TestApp, path: string, body: object): Promise<Answer['json']> {
  const { status, text, json } = await app.call('POST', path, { body })
  if (status !== 201) throw new Error(`POST ${path} answered ${status}: ${text}`)
  return json
}

async function admin(app: TestApp) {
  const body = { username: crypto.randomUUID(), displayName: 'x', role: 'ADMIN' }
  const { id: userId } = await made(app, '/v2/users', body)
  const { key, secret } = await made(app, '/v2/keys', { ownerId: userId, access: 'full' })
  return { userId, keyId: key.id as string, secret: secret as string }
}

type Admin = Awaited<ReturnType<typeof admin>>

/** The ends of a caller, whose answers come before the next part. */
const ENDS: Record<string, (app: TestApp, caller: Admin) => Promise<Answer>> = {
  revoked: (app, { keyId }) => app.call('DELETE', `/v2/keys/${keyId}`),
  disabled: (app, { userId }) => app.call('PATCH', `/v2/users/${userId}`, { body: { disabled: true } }),
  demoted: (app, { userId }) => app.call('PATCH', `/v2/users/${userId}`, { body: { role: 'USER' } }),
}

/** A long answer of which the first part has come. */
async function begun(app: TestApp, { path, body, accept = '*/*' }: Long, options: CallOptions) {
  const headers = new Headers(options.headers)
  if (options.key) headers.set('authorization', `Bearer ${options.key}`)
  headers.set('content-type', 'application/json')
  headers.set('accept', accept)
  const init = body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers }
  const response = await app.fetch(new Request(`http://127.0.0.1${path}`, init), { peerAddress: '127.0.0.1' })
  expect([path, response.status]).toEqual([path, 200])
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  expect((await reader.read()).value?.byteLength).toBeGreaterThan(10_000)
  return reader
}

/** Whether more was sent, and the code of the failure with which the answer broke. */
async function restOf(reader: Awaited<ReturnType<typeof begun>>) {
  let bytes = 0
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read())
      bytes += part.value.byteLength
    return { bytes, code: null }
  } catch (error) {
    return { bytes, code: (error as { code?: string }).code }
  }
}

const CODES = { revoked: 'credential_invalid', disabled: 'credential_invalid', demoted: 'permission_denied' }

describe.each(ENGINES)('on %s', (engine) => {
  test.each(Object.keys(ENDS) as (keyof typeof CODES)[])(
    'a page that waits for the database is not sent once its caller is %s',
    async (end) => {
      const { app, faulty } = await stageOf(engine)
      const caller = await admin(app)
      const reader = await begun(app, { name: '', path: '/v1/apikeys' }, { key: caller.secret })
      const held = faulty.hold('listKeyTexts')
      const rest = restOf(reader)
      await held.reached
      expect((await ENDS[end]?.(app, caller))?.status).toBe(200)
      held.open()
      expect(await rest).toEqual({ bytes: 0, code: CODES[end] })
      expect(app.errors).toEqual([])
    },
    60_000,
  )
})

describe('of an answer in parts', () => {
  test.each(LONG)('no further part of $name is sent', async (long) => {
    const { app } = await stageOf('SQLite')
    for (const end of Object.keys(ENDS) as (keyof typeof CODES)[]) {
      const caller = await admin(app)
      const reader = await begun(app, long, { key: caller.secret })
      expect((await ENDS[end]?.(app, caller))?.status).toBe(200)
      expect([end, await restOf(reader)]).toEqual([end, { bytes: 0, code: CODES[end] }])
    }
    const whole = await restOf(await begun(app, long, { key: (await admin(app)).secret }))
    expect([whole.code, whole.bytes > 0]).toEqual([null, true])
    expect(app.errors).toEqual([])
  })

  test('no further part is sent once the browser has signed out', async () => {
    const { app } = await stageOf('SQLite')
    const { secret } = await admin(app)
    const { options, signOut } = await signInBrowser((...request) => app.call(...request), secret)
    const reader = await begun(app, { name: '', path: '/v2/usage?groupBy=key' }, options)
    expect((await signOut()).status).toBe(204)
    expect(await restOf(reader)).toEqual({ bytes: 0, code: 'credential_missing' })
  })

  test('all is sent that tells of a change that was made', async () => {
    const { app } = await stageOf('SQLite')
    const caller = await admin(app)
    const body = { keys: imported('d', 700) }
    const reader = await begun(app, { name: '', path: '/v2/keys/import', body }, { key: caller.secret })
    expect((await app.call('DELETE', `/v2/keys/${caller.keyId}`)).status).toBe(200)
    const { bytes, code } = await restOf(reader)
    expect([bytes > 0, code]).toEqual([true, null])
  }, 60_000)
})
