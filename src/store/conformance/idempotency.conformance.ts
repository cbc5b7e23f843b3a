import assert from 'node:assert/strict'
import {
  actAt,
  auditOf,
  idOf,
  keyNumber,
  NOON,
  ROOT_KEY,
  secretNumber,
  seed,
  userNumber,
  workspaceNumber,
} from '../../../test/support/records.ts'
import { DAY_MS } from '../../core/ground/clock.ts'
import type { Caller } from '../../core/ground/turns.ts'
import type {
  ClaimRequest,
  IdempotencyClaim,
  IdempotencyState,
  Remember,
} from '../../core/keys/remembered.ts'
import type { Key } from '../../core/types.ts'
import type { Store } from '../store.ts'
import { changesNothing, type It, outcomes, rejectsWith } from './case.conformance.ts'

const CALLERS = 20
const MINUTE_MS = 60_000

/** `claimIdempotency`, `releaseIdempotency`, `forgetIdempotency`, and completing a claim with the work. */
export function idempotencyTests(it: It): void {
  it('claimIdempotency > the first caller claims, the next finds it running', async (store) => {
    const first = await claim(store)
    assert.equal(first.state, 'claimed')
    assert.deepEqual(await claim(store), { state: 'running' })
    assert.deepEqual(await claim(store, { fingerprint: 'other' }), { state: 'other_request' })
  })

  it('claimIdempotency > scope and key identify a claim, compared exactly', async (store) => {
    const requests = [
      {},
      { scope: 'S' },
      { scope: 's2' },
      { key: 'K' },
      { key: 'k ' },
      { scope: 'sk', key: '' },
    ]
    for (const request of requests) assert.equal((await claim(store, request)).state, 'claimed')
  })

  it('claimIdempotency > of many concurrent callers one claims, and the others find it running', async (store) => {
    const states = await Promise.all(Array.from({ length: CALLERS }, () => claim(store)))
    const claimed = states.filter((state) => state.state === 'claimed')
    console.log(`claimIdempotency: ${CALLERS} concurrent callers, ${claimed.length} claimed`)
    assert.equal(claimed.length, 1)
    assert.equal(states.filter((state) => state.state === 'running').length, CALLERS - 1)
  })

  it('claimIdempotency > the work completes the claim together with its change, and the answer is kept', async (store) => {
    await seed(store)
    const held = await heldClaim(store)
    let written: Key | undefined
    const remember: Remember<Key> = {
      claim: held,
      answer: (key) => {
        written = key
        return { status: 201, body: `{"id":"${key.id}","revision":${key.revision}}` }
      },
    }
    const key = await store.createKey(keyNumber(10), {
      act: actAt(),
      audit: auditOf('key', idOf(10)),
      remember,
    })
    assert.deepEqual(written, key)
    const answer = { status: 201, body: `{"id":"${idOf(10)}","revision":4}` }
    assert.deepEqual(await claim(store), { state: 'done', answer })
    assert.deepEqual(await claim(store, { fingerprint: 'other' }), { state: 'other_request' })
  })

  it('claimIdempotency > every creating call and a change of a key complete a claim', async (store) => {
    await seed(store)
    const remember = async (key: string) => ({
      claim: await heldClaim(store, key),
      answer: () => ({ status: 200, body: key }),
    })
    const workspace = workspaceNumber(10)
    await store.createWorkspace(workspace, {
      act: actAt(),
      audit: auditOf('workspace', workspace.id),
      remember: await remember('workspace'),
    })
    const user = userNumber(11)
    await store.createUser(user, {
      act: actAt(),
      audit: auditOf('user', user.id),
      remember: await remember('user'),
    })
    const renamed = (key: Key) => ({ next: { ...key, name: 'x' }, audit: auditOf('key', key.id) })
    await store.changeKey({ id: ROOT_KEY }, renamed, { act: actAt(), remember: await remember('key') })
    await store.changeKey({ id: ROOT_KEY }, () => null, { act: actAt(), remember: await remember('nothing') })
    for (const key of ['workspace', 'user', 'key', 'nothing']) {
      assert.deepEqual(await claim(store, { key }), { state: 'done', answer: { status: 200, body: key } })
    }
  })

  it('claimIdempotency > work that fails leaves the claim as it was', async (store) => {
    await seed(store)
    const remember = { claim: await heldClaim(store), answer: () => ({ status: 201, body: '' }) }
    const record = { act: actAt(), audit: auditOf('key', idOf(3)), remember }
    await rejectsWith('key_id_taken', store.createKey(keyNumber(3), record))
    assert.deepEqual(await claim(store), { state: 'running' })
    await store.createKey(keyNumber(10), record)
    assert.equal((await claim(store)).state, 'done')
  })

  it('claimIdempotency > a stale claim may be claimed again, and the old claim can then no longer be completed', async (store) => {
    await seed(store)
    const old = await heldClaim(store)
    assert.deepEqual(await claim(store, { at: NOON + MINUTE_MS }), { state: 'running' })
    const anew = await claim(store, { at: NOON + MINUTE_MS + 1, fingerprint: 'f2' })
    assert.equal(anew.state, 'claimed')
    const creating = (n: number, claimed: IdempotencyClaim) =>
      store.createKey(keyNumber(n), {
        act: actAt(),
        audit: auditOf('key', idOf(n)),
        remember: { claim: claimed, answer: () => ({ status: 201, body: `${n}` }) },
      })
    await changesNothing(store, () => rejectsWith('idempotency_running', creating(10, old)))
    assert.equal(await store.findKey({ id: idOf(10) }, NOON), null)
    if (anew.state === 'claimed') await creating(11, anew.claim)
    const after = await claim(store, { at: NOON + MINUTE_MS + 2, fingerprint: 'f2' })
    assert.deepEqual(after, { state: 'done', answer: { status: 201, body: '11' } })
  })

  it('claimIdempotency > so may a claim of a clock that was ahead; its answer, though, is kept', async (store) => {
    const old = await heldClaim(store)
    const earlier = NOON - 5 * MINUTE_MS
    assert.deepEqual(await claim(store, { at: earlier }), { state: 'running' })
    assert.equal((await claim(store, { at: earlier - 1 })).state, 'claimed')
    await store.releaseIdempotency(old, CALLER)
    assert.deepEqual(await claim(store, { at: earlier }), { state: 'running' })
    await completed(store, 'k2', NOON + DAY_MS)
    assert.equal((await claim(store, { key: 'k2' })).state, 'done')
  })

  it('claimIdempotency > a claim completes once', async (store) => {
    await seed(store)
    const held = await heldClaim(store)
    const creating = (n: number) =>
      store.createKey(keyNumber(n), {
        act: actAt(),
        audit: auditOf('key', idOf(n)),
        remember: { claim: held, answer: () => ({ status: 201, body: `${n}` }) },
      })
    const { done, faults } = await outcomes([creating(10), creating(11), creating(12)])
    console.log(`claimIdempotency: 3 concurrent works under one claim, ${done.length} written`)
    assert.equal(done.length, 1)
    assert.deepEqual(faults, ['idempotency_running', 'idempotency_running'])
    assert.equal(await store.revision(), 4)
  })

  it('claimIdempotency > an old answer is ignored, and the key may be used for any request', async (store) => {
    await completed(store)
    assert.equal((await claim(store, { at: NOON + DAY_MS })).state, 'done')
    assert.equal((await claim(store, { at: NOON + DAY_MS + 1, fingerprint: 'other' })).state, 'claimed')
  })

  it('releaseIdempotency > the key may be used again at once, for any request', async (store) => {
    const held = await heldClaim(store)
    await store.releaseIdempotency(held, CALLER)
    assert.equal((await claim(store, { fingerprint: 'other' })).state, 'claimed')
  })

  it('releaseIdempotency > a claim that is no longer held changes nothing', async (store) => {
    const old = await heldClaim(store)
    assert.equal((await claim(store, { at: NOON + MINUTE_MS + 1 })).state, 'claimed')
    await store.releaseIdempotency(old, CALLER)
    assert.deepEqual(await claim(store, { at: NOON + MINUTE_MS + 2 }), { state: 'running' })
    const done = await completed(store, 'k2')
    await store.releaseIdempotency(done, CALLER)
    assert.equal((await claim(store, { key: 'k2' })).state, 'done')
  })

  it('forgetIdempotency > deletes answers older than the instant, and returns how many', async (store) => {
    await completed(store, 'a', NOON)
    await completed(store, 'b', NOON + 1)
    await completed(store, 'c', NOON + 2)
    await heldClaim(store, 'running')
    assert.equal(await store.forgetIdempotency(NOON), 0)
    assert.equal(await store.forgetIdempotency(NOON + 2), 2)
    assert.equal((await claim(store, { key: 'a' })).state, 'claimed')
    assert.equal((await claim(store, { key: 'c' })).state, 'done')
  })

  it('forgetIdempotency > deletes claims that were never completed, without counting them', async (store) => {
    const held = await heldClaim(store)
    assert.equal(await store.forgetIdempotency(NOON), 0)
    assert.deepEqual(await claim(store), { state: 'running' })
    assert.equal(await store.forgetIdempotency(NOON + 1), 0)
    assert.equal((await claim(store, { fingerprint: 'other' })).state, 'claimed')
    await seed(store)
    const remember = { claim: held, answer: () => ({ status: 201, body: '' }) }
    const record = { act: actAt(), audit: auditOf('key', idOf(10)), remember }
    await rejectsWith(
      'idempotency_running',
      store.createKey(keyNumber(10, { secrets: [secretNumber(10)] }), record),
    )
  })
}

const CALLER: Caller = { userId: 'u', keyId: 's' }

/** A claim as the server makes it: stale after a minute, ignored after a day. */
function claim(store: Store, request: Partial<ClaimRequest> = {}): Promise<IdempotencyState> {
  const at = request.at ?? NOON
  const times = {
    at,
    staleBefore: at - MINUTE_MS,
    staleAfter: at + 5 * MINUTE_MS,
    forgetBefore: at - DAY_MS,
  }
  return store.claimIdempotency({ scope: 's', key: 'k', fingerprint: 'f', ...times, ...request }, CALLER)
}

async function heldClaim(store: Store, key = 'k'): Promise<IdempotencyClaim> {
  const found = await claim(store, { key })
  assert.equal(found.state, 'claimed')
  return found.claim
}

/** A claim that some work has completed at an instant. */
async function completed(store: Store, key = 'k', at = NOON): Promise<IdempotencyClaim> {
  if (!(await store.isInitialized())) await seed(store)
  const held = await heldClaim(store, key)
  const remember = { claim: held, answer: () => ({ status: 200, body: '' }) }
  await store.changeKey({ id: ROOT_KEY }, () => null, { act: actAt(at), remember })
  return held
}
