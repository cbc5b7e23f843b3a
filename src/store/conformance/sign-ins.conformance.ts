import assert from 'node:assert/strict'
import { eventOf, idOf, NOON, ROOT_KEY, ROOT_USER, seed } from '../../../test/support/records.ts'
import type { BrowserSession, SignInLink } from '../../core/access/browser-session.ts'
import type { LockedRows } from '../../core/ledger/judge.ts'
import type { Digest, UserId } from '../../core/types.ts'
import type { Store } from '../store.ts'
import type { It } from './case.conformance.ts'
import { used } from './ledger-case.conformance.ts'

const USER = ROOT_USER
const OTHER = idOf<UserId>(2)
const digest = (text: string) => text.padStart(64, '0') as Digest
const session = (name: string, members: Partial<BrowserSession> = {}): BrowserSession => ({
  digest: digest(name),
  userId: USER,
  credential: digest('c'),
  beganAt: NOON,
  activeAt: NOON,
  ...members,
})
const link = (name: string, endsAt = NOON): SignInLink => ({
  digest: digest(name),
  credential: digest('c'),
  endsAt,
})

async function alive(store: Store, names: string[]): Promise<string[]> {
  const found = await Promise.all(names.map((name) => store.findSession(digest(name))))
  return names.filter((_, index) => found[index] !== null)
}

/** What a commit sees of these sessions, and what it does meanwhile. */
async function seenByCommit(store: Store, names: string[], meanwhile = async () => {}): Promise<string[]> {
  let live: ReadonlySet<Digest> = new Set()
  const prepare = async (rows: LockedRows) => {
    live = await rows.liveSessions(names.map(digest))
    await meanwhile()
  }
  const entry = used(eventOf(ROOT_KEY, crypto.randomUUID()))
  await store.commitLedger([entry], { prepare, admits: () => true })
  return names.filter((name) => live.has(digest(name)))
}

/** `beginSession` to `takeLink`. */
export function signInTests(it: It): void {
  it('beginSession > a session is found by its digest alone, as it was written', async (store) => {
    await store.beginSession(session('a', { activeAt: NOON + 5 }), 3)
    assert.deepEqual(await store.findSession(digest('a')), session('a', { activeAt: NOON + 5 }))
    assert.equal(await store.findSession(digest('c')), null)
  })

  it('commitLedger > a judge sees the sessions that have not ended, and their end waits for the commit', async (store) => {
    await seed(store)
    for (const name of ['a', 'b', 'c']) await store.beginSession(session(name), 3)
    await store.endSession(digest('b'))
    const ends: string[] = []
    let ending = Promise.resolve()
    const seen = await seenByCommit(store, ['a', 'b', 'none'], async () => {
      // A call of the same browser does not wait.
      await store.touchSession(digest('a'), NOON + 1)
      ending = store.endSession(digest('a')).then(() => void ends.push('a'))
      await store.endSession(digest('c'))
      if (store.sharesAccounts) assert.deepEqual(ends, [])
    })
    await ending
    assert.deepEqual(seen, ['a'])
    assert.deepEqual(await seenByCommit(store, ['a', 'b', 'c']), [])
  })

  it('beginSession > the least active sessions of the user end, and nobody else’s', async (store) => {
    await store.beginSession(session('other', { userId: OTHER, activeAt: 1 }), 1)
    await store.beginSession(session('late', { activeAt: NOON + 3 }), 3)
    await store.beginSession(session('early', { activeAt: NOON + 1 }), 3)
    await store.beginSession(session('middle', { activeAt: NOON + 2 }), 3)
    // Also a new one that seems the oldest, because the clocks of two nodes differ.
    await store.beginSession(session('new', { activeAt: NOON - 9 }), 3)
    const names = ['other', 'late', 'early', 'middle', 'new']
    assert.deepEqual(await alive(store, names), ['other', 'late', 'middle', 'new'])
    await store.beginSession(session('only'), 1)
    assert.deepEqual(await alive(store, [...names, 'only']), ['other', 'only'])
  })

  it('beginSession > of many that begin at the same time the stated number stays', async (store) => {
    await seed(store)
    const names = Array.from({ length: 24 }, (_, n) => `s${n}`)
    await Promise.all(names.map((name) => store.beginSession(session(name), 5)))
    assert.equal((await alive(store, names)).length, 5)
  })

  it('touchSession > moves the last activity forward and not back, and revives nothing', async (store) => {
    await store.beginSession(session('a'), 3)
    await store.touchSession(digest('a'), NOON + 10)
    await store.touchSession(digest('a'), NOON + 4)
    assert.equal((await store.findSession(digest('a')))?.activeAt, NOON + 10)
    await store.endSession(digest('a'))
    await store.touchSession(digest('a'), NOON + 20)
    assert.equal(await store.findSession(digest('a')), null)
  })

  it('endSession > ends one session, and does nothing a second time', async (store) => {
    await store.beginSession(session('a'), 3)
    await store.beginSession(session('b'), 3)
    await store.endSession(digest('a'))
    await store.endSession(digest('a'))
    assert.deepEqual(await alive(store, ['a', 'b']), ['b'])
  })

  it('forgetSignIns > deletes what began, was active or ended up to the instants, a bounded number at a time', async (store) => {
    const [beganUntil, activeUntil, linksUntil] = [NOON, NOON + 5, NOON + 9]
    const ahead = { activeAfter: NOON + 100, linksAfter: NOON + 100 }
    const forget = (limit: number) =>
      store.forgetSignIns({ beganUntil, activeUntil, linksUntil, ...ahead, limit })
    const later = { beganAt: NOON + 1, activeAt: NOON + 6 }
    await store.beginSession(session('began', { ...later, beganAt: NOON }), 9)
    await store.beginSession(session('idle', { ...later, activeAt: NOON + 5 }), 9)
    await store.beginSession(session('both'), 9)
    await store.beginSession(session('alive', later), 9)
    await store.offerLink(link('old', NOON + 9))
    await store.offerLink(link('new', NOON + 10))
    assert.equal(await forget(2), 2)
    assert.equal(await forget(2), 1)
    assert.equal(await forget(2), 0)
    assert.deepEqual(await alive(store, ['began', 'idle', 'both', 'alive']), ['alive'])
    assert.equal(await store.takeLink(digest('old')), null)
    assert.deepEqual(await store.takeLink(digest('new')), link('new', NOON + 10))
  })

  it('forgetSignIns > deletes what was active or will end after the instants, which a clock wrote that was ahead', async (store) => {
    await store.beginSession(session('active', { activeAt: NOON + 101 }), 9)
    await store.beginSession(session('near', { activeAt: NOON + 100 }), 9)
    await store.offerLink(link('far', NOON + 201))
    await store.offerLink(link('soon', NOON + 200))
    const ended = { beganUntil: NOON - 1, activeUntil: NOON - 1, linksUntil: NOON - 1 }
    const forgotten = { ...ended, activeAfter: NOON + 100, linksAfter: NOON + 200, limit: 9 }
    assert.equal(await store.forgetSignIns(forgotten), 1)
    assert.deepEqual(await alive(store, ['active', 'near']), ['near'])
    assert.equal(await store.takeLink(digest('far')), null)
    assert.deepEqual(await store.takeLink(digest('soon')), link('soon', NOON + 200))
  })

  it('takeLink > of many callers at the same time one gets the link', async (store) => {
    await store.offerLink(link('a'))
    const taken = await Promise.all(Array.from({ length: 12 }, () => store.takeLink(digest('a'))))
    assert.deepEqual(
      taken.filter((one) => one !== null),
      [link('a')],
    )
    assert.equal(await store.takeLink(digest('b')), null)
  })

  it('beginSession > takes no revision', async (store) => {
    const before = await store.revision()
    await store.beginSession(session('a'), 3)
    await store.endSession(digest('a'))
    assert.equal(await store.revision(), before)
  })
}
