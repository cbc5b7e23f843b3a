import { describe, expect, test } from 'bun:test'
import { Secret } from '../../../src/core/ground/secret.ts'
import type { Verdict } from '../../../src/core/verify/verify.ts'
import { openStore } from '../../../src/store/open.ts'
import type { Store } from '../../../src/store/store.ts'
import { temporaryFolder } from '../../support/server.ts'
import { failure, type Loose, type NativeApp, nativeApp } from './native-app.ts'

// Requests whose id this process does not know, because another process took their money. They arrive like new ones.

const KINDS = ['charge', 'reserve'] as const
type Kind = (typeof KINDS)[number]

const AMOUNT = 1
const old = (kind: Kind, n: number) => ({ [kind]: String(AMOUNT), requestId: `old-${n}` })

interface Restarted {
  app: NativeApp
  key: Loose
  secret: string
  ask(body: object): Promise<Loose>
}

/** A process that took this many requests, and the next process; the key allows exactly these and `more`. */
async function restarted(
  kind: Kind,
  { count, more }: { count: number; more: number },
  work: (next: Restarted) => Promise<void>,
): Promise<void> {
  const databaseUrl = `sqlite:${temporaryFolder()}/k.db`
  let made: Loose
  let root = ''
  {
    await using app = await nativeApp({ databaseUrl })
    root = app.rootKey
    // The limit counts in a window of a minute, so it starts anew after a restart.
    const rateLimits = [{ name: 'requests', limit: count + more, window: '1m' }]
    made = await app.makeKey({ rateLimits, limits: { daily: String(count + more) } })
    const codes = await Promise.all(
      Array.from({ length: count }, async (_, n) => (await app.verify(made.secret, old(kind, n))).code),
    )
    expect(codes).toEqual(codes.map(() => 'VALID'))
  }
  await using app = await nativeApp({ databaseUrl, initialize: false })
  const { key, secret } = made
  const ask = (body: object) => app.call('POST', '/v2/verify', { key: root, body: { key: secret, ...body } })
  await work({ app, key, secret, ask })
}

describe.each([...KINDS])('a %s of an earlier process', (kind) => {
  test('gets its first answer when no rate limit and no limit has anything left', async () => {
    await restarted(kind, { count: 2, more: 1 }, async ({ ask }) => {
      expect((await ask({ [kind]: '1', requestId: 'new' })).json.code).toBe('VALID')
      // There is no room: the budget is used up, and the rate limit has two units.
      expect((await ask(old(kind, 0))).json).toMatchObject({ code: 'VALID', replayed: true })
      expect((await ask({ permissions: 'x', requestId: 'z' })).json.code).toBe('INSUFFICIENT_PERMISSIONS')
    })
    await restarted(kind, { count: 2, more: 0 }, async ({ ask }) => {
      const cost = { rateLimits: [{ name: 'requests', cost: 3 }] }
      expect((await ask({ ...old(kind, 1), ...cost })).json).toMatchObject({ code: 'VALID', replayed: true })
      expect((await ask({ [kind]: '1', requestId: 'new', ...cost })).json.code).toBe('RATE_LIMITED')
    })
  })

  test('is a conflict with another amount, and takes no unit', async () => {
    await restarted(kind, { count: 1, more: 5 }, async ({ ask }) => {
      for (const amount of ['2', '100']) {
        const answer = await ask({ [kind]: amount, requestId: 'old-0' })
        expect(failure(answer as Parameters<typeof failure>[0])).toBe('409 request_id_conflict')
      }
      const { json } = await ask({})
      expect(json.rateLimits[0].remaining).toBe(5)
    })
  })

  test('takes nothing again, in one commit with new ones that all have room', async () => {
    const count = 60
    await restarted(kind, { count, more: count }, async ({ app, ask }) => {
      const bodies = Array.from({ length: count }, (_, n) => [
        old(kind, n),
        { [kind]: '1', requestId: `new-${n}` },
      ]).flat()
      const answers = (await Promise.all(bodies.map(ask))).map(({ json }) => json)
      expect(answers.map(({ code }) => code)).toEqual(answers.map(() => 'VALID'))
      expect(answers.map(({ replayed }) => replayed === true)).toEqual(answers.map((_, n) => n % 2 === 0))
      // Everything is taken now, and no more than that.
      expect((await ask({ [kind]: '1', requestId: 'beyond' })).json.code).not.toBe('VALID')
      expect(app.errors).toEqual([])
      console.log(`old ${kind}s among new ones: ${count}`)
    })
  })
})

test('a new request is not looked up before it is taken; a repeated one is', async () => {
  const store = await openStore('sqlite::memory:')
  let looked = 0
  const counted = <Verb extends (...args: never[]) => unknown>(verb: Verb) =>
    ((...args: Parameters<Verb>) => {
      looked += 1
      return verb(...args)
    }) as Verb
  const { findEvent, findReservation } = store
  const watched: Store = {
    ...store,
    findEvent: counted(findEvent),
    findReservation: counted(findReservation),
  }
  await using app = await nativeApp({ store: watched })
  const { secret } = await app.makeKey({ limits: { daily: '100' } })
  for (const kind of KINDS)
    for (let n = 0; n < 5; n += 1) expect((await app.verify(secret, old(kind, n))).code).toBe('VALID')
  expect(looked).toBe(0)
  for (const kind of KINDS) expect((await app.verify(secret, old(kind, 1))).replayed).toBe(true)
  expect(looked).toBe(2)
})

test('a verify is not refused for an entry that the commit in progress may find to be repeated', async () => {
  const store = await openStore('sqlite::memory:')
  let onDecided = () => {}
  const watched: Store = {
    ...store,
    commitLedger: (entries, judge) =>
      store.commitLedger(
        entries,
        judge && {
          ...judge,
          admits(entry) {
            const isAdmitted = judge.admits(entry)
            onDecided()
            return isAdmitted
          },
        },
      ),
  }
  await using app = await nativeApp({ store: watched })
  const { key, secret } = await app.makeKey({ limits: { daily: '2' } })
  await app.spend(key.id, '1', { id: 'old-0' })
  expect((await app.verify(secret)).code).toBe('VALID')
  const verdicts: (Verdict | Promise<Verdict>)[] = []
  onDecided = () => {
    if (verdicts.length === 0) verdicts.push(app.latchkey.verify({ secret: new Secret(secret) }))
  }
  // The commit counts it as new at first, and then the whole limit seems used.
  expect(await app.verify(secret, old('charge', 0))).toMatchObject({ code: 'VALID', replayed: true })
  expect((await Promise.all(verdicts)).map(({ code }) => code)).toEqual(['VALID'])
  expect((await app.verify(secret, { charge: '1' })).code).toBe('VALID')
  expect((await app.verify(secret)).code).toBe('BUDGET_EXCEEDED')
})
