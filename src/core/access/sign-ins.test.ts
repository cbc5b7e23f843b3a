import { describe, expect, test } from 'bun:test'
import { testClock } from '../../../test/support/clock.ts'
import { openStore } from '../../store/open.ts'
import type { SignInStore } from '../../store/sign-ins.ts'
import { MAX } from '../ground/bounds.ts'
import { systemRandom } from '../ground/clock.ts'
import { digestOf, Secret } from '../ground/secret.ts'
import type { Digest, UserId } from '../types.ts'
import { createSignIns, LINK_MS, SESSIONS_PER_USER_MAX, type SignIns } from './sign-ins.ts'

const IDLE_MS = 30 * 60_000
const CLOCK_AHEAD_MS = MAX.clockAheadMs
const LIFE_MS = 12 * 3_600_000
const USER = 'user-1' as UserId
const CREDENTIAL = 'digest-1' as Digest

/** Two nodes on one store, and the digests for which they have asked it. */
async function opened() {
  const store = await openStore('sqlite::memory:')
  const clock = testClock()
  const asked: Digest[] = []
  const watched: SignInStore = {
    ...store,
    findSession(digest) {
      asked.push(digest)
      return store.findSession(digest)
    },
  }
  const node = () =>
    createSignIns({ store: watched, clock, random: systemRandom, idleMs: IDLE_MS, lifeMs: LIFE_MS })
  return { store, clock, asked, signIns: node(), other: node() }
}

const act = (signIns: SignIns, token: string) => signIns.find(token, { isOfPerson: true })
const watch = (signIns: SignIns, token: string) => signIns.find(token, { isOfPerson: false })
const begin = async (signIns: SignIns, userId = USER) =>
  (await signIns.begin({ userId, credential: CREDENTIAL })).token

describe('browsers that have signed in', () => {
  test('a session is known to every node at once, and its end too', async () => {
    const { signIns, other } = await opened()
    const token = await begin(signIns)
    const there = await act(other, token)
    expect(there?.credential).toBe(CREDENTIAL)
    await there?.end()
    expect(await act(signIns, token)).toBeNull()
    expect(await act(other, token)).toBeNull()
  })

  test('what is stored of a session signs nobody in', async () => {
    const { store, signIns, asked } = await opened()
    const token = await begin(signIns)
    const row = await store.findSession(digestOf(new Secret(token)))
    expect(row).not.toBeNull()
    expect(JSON.stringify(row)).not.toContain(token)
    for (const stolen of [
      row?.digest,
      row?.credential,
      Buffer.from(row?.digest ?? '', 'hex').toString('base64url'),
    ])
      expect(await act(signIns, stolen ?? '')).toBeNull()
    expect(asked).not.toContain(row?.digest as Digest)
  })

  test('every session has a token of its own', async () => {
    const { signIns } = await opened()
    const tokens = await Promise.all(Array.from({ length: 10 }, () => begin(signIns)))
    expect(new Set(tokens).size).toBe(10)
  })

  test('a text that cannot be a token is refused without asking the store', async () => {
    const { signIns, asked } = await opened()
    for (const text of [
      '',
      'guess',
      'x'.repeat(87),
      'x'.repeat(85),
      `${'x'.repeat(85)}/`,
      'x'.repeat(100_000),
    ])
      expect(await act(signIns, text)).toBeNull()
    expect(asked).toEqual([])
    expect(await act(signIns, 'x'.repeat(86))).toBeNull()
    expect(asked.length).toBe(1)
  })

  test('it ends without activity of a person; automatic calls of a page do not prolong it', async () => {
    const { signIns, other, clock } = await opened()
    const token = await begin(signIns)
    clock.advance(IDLE_MS - 1)
    expect(await act(signIns, token)).not.toBeNull()
    clock.advance(IDLE_MS - 1)
    expect(await watch(other, token)).not.toBeNull()
    clock.advance(1)
    expect(await watch(signIns, token)).toBeNull()
    expect(await act(other, token)).toBeNull()
  })

  test('activity is written at intervals, so a session ends at most a thirtieth of the idle time sooner', async () => {
    const { store, signIns, clock } = await opened()
    const token = await begin(signIns)
    const activeAt = async () => (await store.findSession(digestOf(new Secret(token))))?.activeAt
    const began = clock.now()
    clock.advance(IDLE_MS / 30 - 1)
    await act(signIns, token)
    expect(await activeAt()).toBe(began)
    clock.advance(IDLE_MS - IDLE_MS / 30)
    expect(await act(signIns, token)).not.toBeNull()
    expect(await activeAt()).toBe(clock.now())
  })

  test('it ends after its maximum time in any case', async () => {
    const { signIns, clock } = await opened()
    const token = await begin(signIns)
    for (let left = LIFE_MS; left > IDLE_MS; left -= IDLE_MS - 1) {
      expect(await act(signIns, token)).not.toBeNull()
      clock.advance(IDLE_MS - 1)
    }
    clock.advance(IDLE_MS)
    expect(await act(signIns, token)).toBeNull()
  })

  test('one more than the maximum of a user ends the least active one, and none of another user', async () => {
    const { signIns, clock } = await opened()
    const honest = await begin(signIns, 'honest' as UserId)
    const tokens: string[] = []
    for (let n = 0; n < SESSIONS_PER_USER_MAX; n += 1) tokens.push(await begin(signIns))
    clock.advance(IDLE_MS / 30)
    const [first = '', ...others] = tokens
    await act(signIns, first)
    await begin(signIns)
    const alive = await Promise.all(others.map((token) => act(signIns, token)))
    expect(alive.filter((session) => session === null).length).toBe(1)
    expect(await act(signIns, first)).not.toBeNull()
    expect(await act(signIns, honest)).not.toBeNull()
  })

  test('sessions that have ended are deleted, and live ones are not', async () => {
    const { store, signIns, clock } = await opened()
    const idle = await begin(signIns)
    clock.advance(IDLE_MS - 1)
    const live = await begin(signIns)
    clock.advance(1)
    expect(await signIns.forgetOld()).toBe(1)
    expect(await store.findSession(digestOf(new Secret(idle)))).toBeNull()
    expect(await act(signIns, live)).not.toBeNull()
  })

  test('a session whose activity cannot be written still serves the call', async () => {
    const { store, clock } = await opened()
    const full: SignInStore = { ...store, touchSession: () => Promise.reject(new Error('full')) }
    const signIns = createSignIns({
      store: full,
      clock,
      random: systemRandom,
      idleMs: IDLE_MS,
      lifeMs: LIFE_MS,
    })
    const token = await begin(signIns)
    clock.advance(IDLE_MS - 1)
    expect((await act(signIns, token))?.credential).toBe(CREDENTIAL)
  })

  test('a link signs in once, on whatever node, and not after its time', async () => {
    const { signIns, other, clock } = await opened()
    const token = await signIns.offerLink(CREDENTIAL)
    expect(await signIns.redeemLink('guess')).toBeNull()
    expect(await act(signIns, token)).toBeNull()
    const redeemed = await Promise.all([other, signIns, other].map((node) => node.redeemLink(token)))
    expect(redeemed.filter((credential) => credential !== null)).toEqual([CREDENTIAL])
    const late = await signIns.offerLink(CREDENTIAL)
    clock.advance(LINK_MS)
    expect(await other.redeemLink(late)).toBeNull()
  })

  test('a session or link from a clock that was ahead has ended, and is deleted', async () => {
    const { store, signIns, other, clock } = await opened()
    clock.advance(CLOCK_AHEAD_MS)
    const near = await begin(signIns)
    const linked = await signIns.offerLink(CREDENTIAL)
    clock.advance(1)
    const [far, forgotten] = [await begin(signIns), await begin(signIns)]
    const links = [await signIns.offerLink(CREDENTIAL), await signIns.offerLink(CREDENTIAL)]
    clock.advance(-CLOCK_AHEAD_MS - 1)
    // Clocks of nodes may differ a little.
    expect(await act(other, near)).not.toBeNull()
    expect(await other.redeemLink(linked)).toBe(CREDENTIAL)
    expect(await act(other, far)).toBeNull()
    expect(await other.redeemLink(links[0] ?? '')).toBeNull()
    expect(await other.forgetOld()).toBe(2)
    expect(await store.findSession(digestOf(new Secret(forgotten)))).toBeNull()
    clock.advance(CLOCK_AHEAD_MS + 1)
    expect(await other.redeemLink(links[1] ?? '')).toBeNull()
  })

  test('a session that was used by a clock that was ahead has ended, too', async () => {
    const { signIns, clock } = await opened()
    const token = await begin(signIns)
    clock.advance(IDLE_MS - 1)
    expect(await act(signIns, token)).not.toBeNull()
    clock.advance(1 - IDLE_MS)
    expect(await act(signIns, token)).toBeNull()
  })
})
