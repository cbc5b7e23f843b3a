import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Store } from '../../src/store/store.ts'
import { type Answer, type TestApp, testApp } from '../support/app.ts'
import { signInBrowser } from '../support/browser.ts'
import { type FaultyStore, faultyStore } from '../support/faulty-store.ts'
import { GETS, PATHS, type Read } from './read-operations.ts'
import { CUTS, type Scene, type Send, scene } from './scene.ts'

// A read that has begun shows nothing once it was answered that its reader has lost its right. Every read of every dialect waits in each
// method of the store that it calls, while each right is taken away.

/** Those that read memory alone when a key asks, so that they never wait. */
const WITHOUT_A_WAIT = ['/dashboard/session', '/dashboard/settings']

const VERIFY = posted('/v2/verify', ({ target }) => ({ key: target.secret }))

/** Calls that change nothing, although their method could. */
const OTHERS: Read[] = [
  {
    ...VERIFY,
    first: forgotten,
    name: 'verify on the hot path',
    callers: 'VERIFY_APIKEY',
    // The hot path takes no body of unknown length.
    headers: (on) => ({ 'content-length': `${JSON.stringify(VERIFY.body(on)).length}` }),
  },
  {
    ...VERIFY,
    first: forgotten,
    name: 'verify',
    callers: 'VERIFY_APIKEY',
  },
  {
    ...posted('/v2/verify', ({ target }) => ({ key: target.secret, peek: true })),
    first: forgotten,
    name: 'a look by verify',
    callers: 'VERIFY_APIKEY',
  },
  {
    ...posted('/v2/verify', ({ target }) => ({ key: target.secret, charge: '5000' })),
    first: forgotten,
    name: 'a charge without room',
    callers: 'VERIFY_APIKEY',
  },
  {
    ...posted('/v2/keys/revoke', ({ target }) => ({ ids: [target.keyId], dryRun: true })),
    name: 'a dry run of revoking',
    callers: 'DELETE_APIKEY',
  },
  {
    ...posted('/v2/keys/import', ({ target }) => ({
      keys: [{ sha256: target.hash.replace(/^./, 'f'), mask: 'abc...xyz' }],
      dryRun: true,
    })),
    name: 'a dry run of importing',
    callers: 'IMPORT_APIKEY',
  },
  {
    ...posted('/v2/keys', () => ({})),
    name: 'an answer that is sent again',
    callers: 'CREATE_APIKEY',
    headers: repeating,
    first: (on) => send('POST', '/v2/keys', { key: on.secret, body: {}, headers: repeating(on) }),
  },
]

function repeating({ keyId }: Scene) {
  return { 'idempotency-key': keyId }
}

/** A change after which memory lacks the key. */
function forgotten({ target }: Scene): Promise<Answer> {
  return send('PATCH', `/v2/keys/${target.keyId}`, { body: { name: 'changed' } })
}

function posted(path: string, body: (on: Scene) => object) {
  return { method: 'POST', path: () => path, body }
}

const READS = [...GETS, ...OTHERS]

let faulty: FaultyStore
let app: TestApp
let send: Send
beforeAll(async () => {
  faulty = await faultyStore()
  app = await testApp({ store: faulty.store })
  send = (...request) => app.call(...request)
  const body = { username: 'known', email: 'known@example.com', displayName: 'known' }
  expect((await send('POST', '/v2/users', { body })).status).toBe(201)
})
afterAll(() => app.close())

/** What the reader sends. */
type Options = Awaited<ReturnType<typeof signInBrowser>>['options']

function ask(read: Read, on: Scene, options: Options): Promise<Answer> {
  const body = read.body?.(on)
  const headers = { ...options.headers, ...read.headers?.(on) }
  return send(read.method, read.path(on), { ...options, headers, ...(body && { body }) })
}

/** A scene whose reader is in memory. */
async function begun(read: Read): Promise<Scene> {
  const on = await scene(send)
  await send('GET', '/api/v1/key', { key: on.secret })
  await read.first?.(on)
  return on
}

/** The methods of the store that a read calls, besides those that find its caller. */
async function waitsOf(read: Read): Promise<(keyof Store)[]> {
  const on = await begun(read)
  faulty.called()
  const { status, text } = await ask(read, on, { key: on.secret })
  expect([read.name, status < 300 ? '' : text]).toEqual([read.name, ''])
  return faulty.called()
}

/** The answer to a read that waits in this method while its reader is cut off; null when it did not wait. */
async function answerAfter(
  read: Read,
  waitsIn: keyof Store,
  { by, end }: { by: (on: Scene) => Promise<Options>; end: (on: Scene) => Promise<Answer> },
): Promise<Answer | null> {
  const on = await begun(read)
  const options = await by(on)
  const held = faulty.hold(waitsIn)
  const answer = ask(read, on, options)
  const waits = await Promise.race([held.reached.then(() => true), answer.then(() => false)])
  if (waits) expect((await end(on)).status).toBeOneOf([200, 204])
  held.open()
  return waits ? answer : null
}

/** Whether the reader has lost its right to this read. The holder of a key may read it while it is disabled, for example. */
function isAnEnd(cut: string, { callers }: Read): boolean {
  const narrows = ['its key is cut to data use', 'its user is demoted']
  if (callers === 'any_key') return !narrows.includes(cut)
  const ends = [
    'its key is revoked',
    'its key is bound to another address',
    'its key is rotated without overlap',
  ]
  return callers !== 'holder' || ends.includes(cut)
}

function isRefused({ status, headers }: Answer): boolean {
  return (status === 401 || status === 403) && headers.get('etag') === null
}

test('every operation that reads is tried', () => {
  expect(GETS.map(({ name }) => name).sort()).toEqual(Object.keys(PATHS).sort())
})

describe('a read that waits shows nothing', () => {
  test.each([...CUTS])(
    'once $name',
    async ({ name, make }) => {
      const wrong: unknown[] = []
      const waited = new Set<string>()
      let waits = 0
      for (const read of READS)
        for (const waitsIn of await waitsOf(read)) {
          const by = async ({ secret }: Scene) => ({ key: secret })
          const answer = await answerAfter(read, waitsIn, { by, end: (on) => make(send, on) })
          if (answer === null) continue
          waited.add(read.name)
          waits += 1
          if (isRefused(answer) !== isAnEnd(name, read))
            wrong.push([read.name, waitsIn, answer.status, answer.text])
        }
      expect(wrong).toEqual([])
      const missing = READS.filter((read) => !waited.has(read.name)).map((read) => read.name)
      expect(missing).toEqual(WITHOUT_A_WAIT)
      process.stdout.write(`reads that waited in the store: ${waited.size}, in ${waits} places\n`)
      expect(app.errors).toEqual([])
    },
    60_000,
  )

  test('also not that there is nothing', async () => {
    const unknown = crypto.randomUUID()
    const wrong: unknown[] = []
    for (const path of [`/v2/keys/${unknown}`, `/v1/apikeys/${unknown}`, `/v2/users/${unknown}`]) {
      const read: Read = { name: path, callers: 'DISPLAY_APIKEY', method: 'GET', path: () => path }
      const on = await begun(read)
      faulty.called()
      expect((await ask(read, on, { key: on.secret })).status).toBe(404)
      for (const waitsIn of faulty.called()) {
        const by = async ({ secret }: Scene) => ({ key: secret })
        const end = ({ keyId }: Scene) => send('DELETE', `/v2/keys/${keyId}`)
        const answer = await answerAfter(read, waitsIn, { by, end })
        if (answer !== null && answer.status !== 401) wrong.push([path, waitsIn, answer.status])
      }
    }
    expect(wrong).toEqual([])
  })

  test('once its browser has signed out', async () => {
    const wrong: unknown[] = []
    let count = 0
    for (const read of READS.filter(({ path }) => !/^\/(api\/)?v1/.test(path({ target: {} } as Scene))))
      for (const waitsIn of await waitsOf(read)) {
        let signOut = (): Promise<Answer> => Promise.reject(new Error('unknown'))
        const by = async ({ secret }: Scene) => {
          const browser = await signInBrowser(send, secret)
          signOut = browser.signOut
          return browser.options
        }
        const answer = await answerAfter(read, waitsIn, { by, end: () => signOut() })
        if (answer === null) continue
        count += 1
        if (answer.status !== 401) wrong.push([read.name, waitsIn, answer.status, answer.text])
      }
    expect(wrong).toEqual([])
    expect(count).toBeGreaterThan(20)
    expect(app.errors).toEqual([])
  }, 60_000)
})

describe('a read that waits for nothing', () => {
  test('costs no look-up for its caller when a key makes it', async () => {
    const on = await scene(send)
    await send('GET', '/v2/workspaces', { key: on.secret })
    faulty.called()
    await send('GET', '/v2/workspaces', { key: on.secret })
    expect(faulty.called()).toEqual(['listWorkspaces'])
  })

  test('looks for the session of a browser before it and after it, and no third time', async () => {
    const on = await scene(send)
    const { options } = await signInBrowser(send, on.secret)
    let looks = 0
    const { findSession } = faulty.store
    faulty.store.findSession = (digest) => {
      looks += 1
      return findSession(digest)
    }
    expect((await send('GET', '/v2/workspaces', options)).status).toBe(200)
    faulty.store.findSession = findSession
    expect(looks).toBe(2)
  })
})
