import { describe, expect, test } from 'bun:test'
import { systemRandom } from '../../core/ground/clock.ts'
import type { Digest, UserId } from '../../core/types.ts'
import { createSessions, LINK_MS, type Sessions } from './sessions.ts'

const IDLE_MS = 30 * 60_000
const LIFE_MS = 12 * 3_600_000
const USER = 'user-1' as UserId
const CREDENTIAL = 'digest-1' as Digest

function opened() {
  let now = 1_000_000
  const sessions = createSessions({
    clock: { now: () => now },
    random: systemRandom,
    idleMs: IDLE_MS,
    lifeMs: LIFE_MS,
  })
  return {
    sessions,
    wait: (ms: number) => {
      now += ms
    },
  }
}

/** Signs in, and returns the headers of the browser's later calls. */
function signIn(sessions: Sessions, headers: Record<string, string> = {}, userId = USER) {
  const sent = new Headers({ host: '127.0.0.1:8080', ...headers })
  const { cookie: setCookie } = sessions.begin({ userId, credential: CREDENTIAL }, sent)
  const cookie = setCookie.split(';')[0] ?? ''
  const calls = (purpose: string) =>
    new Headers({ ...headers, host: '127.0.0.1:8080', cookie, 'x-latchkey-dashboard': purpose })
  return { setCookie, act: calls('act'), watch: calls('watch') }
}

describe('sessions', () => {
  test('a browser is identified by its cookie, which no script can read and no other site sends', () => {
    const { sessions } = opened()
    const { setCookie, act } = signIn(sessions)
    expect(setCookie).toMatch(/^latchkey-8080=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
    expect(sessions.find(act)?.credential).toBe(CREDENTIAL)
    expect(sessions.find(new Headers({ host: '127.0.0.1:8080' }))).toBeNull()
    expect(sessions.find(new Headers({ host: '127.0.0.1:8080', cookie: 'latchkey-8080=guess' }))).toBeNull()
  })

  test('over https the cookie is sent only to this host, and only this host can set it', () => {
    const { sessions } = opened()
    const { setCookie, act } = signIn(sessions, { origin: 'https://keys.example.com' })
    expect(setCookie).toMatch(/^__Host-latchkey-8080=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/)
    expect(sessions.find(act)?.credential).toBe(CREDENTIAL)
  })

  test('over https a cookie that a neighbouring host may have set is ignored', () => {
    const { sessions } = opened()
    const host = 'keys.example.com'
    const { cookie } = sessions.begin({ userId: USER, credential: CREDENTIAL }, new Headers({ host }))
    const [pair = ''] = cookie.split(';')
    const shown = (more: Record<string, string>) =>
      sessions.find(new Headers({ host, cookie: pair, 'x-latchkey-dashboard': 'act', ...more }))
    expect(shown({})).not.toBeNull()
    expect(shown({ 'sec-fetch-site': 'same-origin' })).toBeNull()
    for (const own of ['localhost', 'keys.localhost', '127.0.0.1', '[::1]'])
      expect(shown({ 'sec-fetch-site': 'same-origin', host: own })).not.toBeNull()
  })

  test('it ends without activity of a person; automatic calls of a page do not prolong it', () => {
    const { sessions, wait } = opened()
    const { act, watch } = signIn(sessions)
    wait(IDLE_MS - 1)
    expect(sessions.find(act)).not.toBeNull()
    wait(IDLE_MS - 1)
    expect(sessions.find(watch)).not.toBeNull()
    wait(1)
    expect(sessions.find(watch)).toBeNull()
    expect(sessions.find(act)).toBeNull()
  })

  test('it ends after its maximum time in any case', () => {
    const { sessions, wait } = opened()
    const { act } = signIn(sessions)
    for (let left = LIFE_MS; left > IDLE_MS; left -= IDLE_MS - 1) {
      expect(sessions.find(act)).not.toBeNull()
      wait(IDLE_MS - 1)
    }
    wait(IDLE_MS)
    expect(sessions.find(act)).toBeNull()
  })

  test('ending one leaves the others', () => {
    const { sessions } = opened()
    const one = signIn(sessions)
    const other = signIn(sessions)
    sessions.find(one.act)?.end()
    expect(sessions.find(one.act)).toBeNull()
    expect(sessions.find(other.act)).not.toBeNull()
  })

  test('one user has at most 20: the least recently used one ends', () => {
    const { sessions, wait } = opened()
    const browsers = Array.from({ length: 20 }, () => signIn(sessions))
    wait(1_000)
    const [first, second] = browsers
    if (first === undefined || second === undefined) throw new Error('No browsers.')
    sessions.find(first.act)
    signIn(sessions)
    expect(sessions.find(first.act)).not.toBeNull()
    expect(sessions.find(second.act)).toBeNull()
  })

  test('all together are bounded, however many users sign in', () => {
    const { sessions } = opened()
    const browsers = Array.from({ length: 1_005 }, (_, index) =>
      signIn(sessions, {}, `user-${index}` as UserId),
    )
    const alive = browsers.filter(({ act }) => sessions.find(act) !== null)
    expect(alive.length).toBe(1_000)
  })

  test('a few users that take all places do not sign out others', () => {
    const { sessions } = opened()
    const honest = signIn(sessions, {}, 'honest' as UserId)
    for (let hostile = 0; hostile < 60; hostile += 1)
      for (let each = 0; each < 20; each += 1) signIn(sessions, {}, `hostile-${hostile}` as UserId)
    expect(sessions.find(honest.act)).not.toBeNull()
  })

  test('a link signs in once, and not after its time', () => {
    const { sessions, wait } = opened()
    const token = sessions.offerLink(CREDENTIAL)
    expect(sessions.redeemLink('guess')).toBeNull()
    expect(sessions.redeemLink(token)).toBe(CREDENTIAL)
    expect(sessions.redeemLink(token)).toBeNull()
    const late = sessions.offerLink(CREDENTIAL)
    wait(LINK_MS)
    expect(sessions.redeemLink(late)).toBeNull()
  })
})
