import { describe, expect, test } from 'bun:test'
import { testClock } from '../../../test/support/clock.ts'
import { createSignIns } from '../../core/access/sign-ins.ts'
import { systemRandom } from '../../core/ground/clock.ts'
import type { Digest, UserId } from '../../core/types.ts'
import { openStore } from '../../store/open.ts'
import { createSessions, type Sessions } from './sessions.ts'

const IDLE_MS = 30 * 60_000
const USER = 'user-1' as UserId
const CREDENTIAL = 'digest-1' as Digest

async function opened() {
  const clock = testClock()
  const store = await openStore('sqlite::memory:')
  const times = { idleMs: IDLE_MS, lifeMs: 24 * IDLE_MS }
  return { clock, sessions: createSessions(createSignIns({ store, clock, random: systemRandom, ...times })) }
}

/** Signs in, and returns the headers of the browser's later calls. */
async function signIn(sessions: Sessions, headers: Record<string, string> = {}, userId = USER) {
  const sent = new Headers({ host: '127.0.0.1:8080', ...headers })
  const { cookie: setCookie, pageToken } = await sessions.begin({ userId, credential: CREDENTIAL }, sent)
  const cookie = setCookie.split(';')[0] ?? ''
  const own = { host: '127.0.0.1:8080', cookie, 'x-latchkey-session': pageToken }
  const calls = (purpose: string) => new Headers({ ...headers, ...own, 'x-latchkey-dashboard': purpose })
  return { setCookie, act: calls('act'), watch: calls('watch') }
}

describe('sessions', () => {
  test('a browser is identified by its page and its cookie, which no script can read and no other site sends', async () => {
    const { sessions } = await opened()
    const { setCookie, act } = await signIn(sessions)
    expect(act.get('x-latchkey-session')).toMatch(/^[\w-]{43}$/)
    expect(setCookie).not.toContain(act.get('x-latchkey-session') ?? '')
    expect(setCookie).toMatch(/^latchkey-8080=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
    expect((await sessions.find(act))?.credential).toBe(CREDENTIAL)
    expect(await sessions.find(new Headers({ host: '127.0.0.1:8080' }))).toBeNull()
    for (const [name, value] of [
      ['cookie', 'latchkey-8080=guess'],
      ['cookie', ''],
      ['x-latchkey-session', 'guess'],
      ['x-latchkey-session', ''],
    ] as const) {
      const other = new Headers(act)
      other.set(name, value)
      expect(await sessions.find(other)).toBeNull()
      other.delete(name)
      expect(await sessions.find(other)).toBeNull()
    }
  })

  test('over https the cookie is sent only to this host, and only this host can set it', async () => {
    const { sessions } = await opened()
    const { setCookie, act } = await signIn(sessions, { origin: 'https://keys.example.com' })
    expect(setCookie).toMatch(/^__Host-latchkey-8080=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/)
    expect((await sessions.find(act))?.credential).toBe(CREDENTIAL)
  })

  test('over https a cookie that a neighbouring host may have set is ignored', async () => {
    const { sessions } = await opened()
    const host = 'keys.example.com'
    const holder = { userId: USER, credential: CREDENTIAL }
    const { cookie, pageToken } = await sessions.begin(holder, new Headers({ host }))
    const own = { host, cookie: cookie.split(';')[0] ?? '', 'x-latchkey-session': pageToken }
    const shown = (more: Record<string, string>) =>
      sessions.find(new Headers({ ...own, 'x-latchkey-dashboard': 'act', ...more }))
    expect(await shown({})).not.toBeNull()
    expect(await shown({ 'sec-fetch-site': 'same-origin' })).toBeNull()
    for (const own of ['localhost', 'keys.localhost', '127.0.0.1', '[::1]'])
      expect(await shown({ 'sec-fetch-site': 'same-origin', host: own })).not.toBeNull()
  })

  test('automatic calls of a page do not prolong its session', async () => {
    const { sessions, clock } = await opened()
    const { act, watch } = await signIn(sessions)
    clock.advance(IDLE_MS - 1)
    expect(await sessions.find(act)).not.toBeNull()
    clock.advance(IDLE_MS - 1)
    expect(await sessions.find(watch)).not.toBeNull()
    clock.advance(1)
    expect(await sessions.find(watch)).toBeNull()
    expect(await sessions.find(act)).toBeNull()
  })

  test('ending one leaves the others', async () => {
    const { sessions } = await opened()
    const one = await signIn(sessions)
    const other = await signIn(sessions)
    await (await sessions.find(one.act))?.end()
    expect(await sessions.find(one.act)).toBeNull()
    expect(await sessions.find(other.act)).not.toBeNull()
  })
})
