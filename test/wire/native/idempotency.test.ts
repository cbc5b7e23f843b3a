import { describe, expect, test } from 'bun:test'
import { DAY_MS } from '../../../src/core/ground/clock.ts'
import type { Caller } from '../../../src/core/ground/turns.ts'
import { openStore } from '../../../src/store/open.ts'
import type { Store } from '../../../src/store/store.ts'
import type { Answer } from '../../support/app.ts'
import { temporaryFolder } from '../../support/server.ts'
import { failure, type NativeApp, nativeApp, pointers } from './native-app.ts'

function keyed(app: NativeApp, path: string, { body, as }: { body: unknown; as: string }): Promise<Answer> {
  return app.call('POST', path, { body, headers: { 'idempotency-key': as } })
}

async function keyCount(app: NativeApp): Promise<number> {
  return (await app.call('GET', '/v2/keys?limit=100')).json.data.length
}

describe('Idempotency-Key', () => {
  test('a repeated request returns the same key without its secret, and creates nothing', async () => {
    await using app = await nativeApp()
    const first = await keyed(app, '/v2/keys', { body: { name: 'k', limits: { daily: '1' } }, as: 'one' })
    const revision = await app.store.revision()
    const again = await keyed(app, '/v2/keys', { body: { name: 'k', limits: { daily: '1' } }, as: 'one' })
    expect(again.status).toBe(201)
    expect(again.json).toEqual({ key: first.json.key })
    expect(again.text).not.toContain(first.json.secret)
    for (const name of ['location', 'etag', 'content-type']) {
      expect(again.headers.get(name)).toBe(first.headers.get(name))
    }
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(first.headers.get('idempotent-replayed')).toBeNull()
    expect(await app.store.revision()).toBe(revision)
    expect((await app.verify(first.json.secret)).code).toBe('VALID')
  })

  test('claims of many keys of one user delay the change of another by a few of them', async () => {
    let written = 0
    /** The claims that were made and given back while the store had a change to write. */
    const during: number[] = []
    const inTurnOf = new Set<string | undefined>()
    const store = await openStore(`sqlite:${temporaryFolder()}/k.db`)
    const counted = new Proxy(store, {
      get(_, name: keyof Store) {
        const verb = store[name] as (...args: unknown[]) => Promise<unknown>
        if (name === 'changeKey')
          return async (...args: unknown[]) => {
            const before = written
            const change = await verb(...args)
            during.push(written - before)
            return change
          }
        if (name !== 'claimIdempotency' && name !== 'releaseIdempotency') return verb
        return (...args: unknown[]) => {
          inTurnOf.add((args[1] as Caller | undefined)?.userId)
          return verb(...args).finally(() => (written += 1))
        }
      },
    })
    await using app = await nativeApp({ store: counted })
    const { user } = await app.makeUser({ username: 'ada' })
    const secrets = Array.from({ length: 400 }, (_, n) => `sk-${n}-${'x'.repeat(30)}`)
    const keys = secrets.map((secret) => ({ secret, ownerId: user.id, access: 'manage' }))
    expect((await app.call('POST', '/v2/keys/import', { body: { keys } })).json.created).toBe(400)
    const { key: leaked } = await app.makeKey()
    const flood = secrets.map((key, n) =>
      app.call('POST', '/v2/keys', {
        key,
        body: { ownerId: crypto.randomUUID() },
        headers: { 'idempotency-key': `flood-${n}` },
      }),
    )
    // The first answer shows that claims are being made.
    await Promise.race(flood)
    expect((await app.call('DELETE', `/v2/keys/${leaked.id}`)).status).toBe(200)
    const [between = Number.NaN, ...others] = during
    expect(others).toEqual([])
    console.log(
      `claims of another user made and given back during a revoke: ${between} of ${2 * flood.length}`,
    )
    expect(between).toBeLessThan(20)
    const answers = await Promise.all(flood)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400]))
    expect(inTurnOf).toEqual(new Set([user.id]))
  })

  test('users, workspaces and rotations are repeated in the same way', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey()
    await app.spend(key.id, '2')
    const requests: [path: string, body: object, status: number][] = [
      ['/v2/users', { username: 'u', email: 'u@x', displayName: 'U' }, 201],
      ['/v2/workspaces', { name: 'W', slug: 'w' }, 201],
      [`/v2/keys/${key.id}/rotate`, { overlap: '1h' }, 200],
      [`/v2/keys/${key.hash}/rotate`, { overlap: '0s' }, 200],
    ]
    for (const [path, body, status] of requests) {
      const first = await keyed(app, path, { body, as: `for ${path}` })
      const again = await keyed(app, path, { body, as: `for ${path}` })
      expect([first.status, again.status]).toEqual([status, status])
      const { secret, ...rest } = first.json
      expect(again.json).toEqual(rest)
      expect(again.headers.get('location')).toBe(first.headers.get('location'))
      expect(again.headers.get('idempotent-replayed')).toBe('true')
    }
    const { secrets, usage } = (await app.call('GET', `/v2/keys/${key.id}`)).json
    expect([secrets.length, usage.total]).toEqual([1, '2'])
  })

  test('a stored answer is not sent again to a caller that may not read its key any more', async () => {
    await using app = await nativeApp()
    const { user: boss, secret: bossSecret } = await app.makeUser({ username: 'boss', role: 'ADMIN' })
    const { user: ada, secret: adaSecret } = await app.makeUser({ username: 'ada' })
    const team = (await app.call('POST', '/v2/workspaces', { body: { name: 'team', slug: 'team' } })).json.id
    const members = `/v2/workspaces/${team}/members`
    const { key } = await app.makeKey({ ownerId: ada.id })
    await app.call('POST', members, { body: { userId: ada.id } })
    const requests = [
      { by: bossSecret, path: '/v2/keys', body: { ownerId: ada.id } },
      { by: bossSecret, path: `/v2/keys/${key.id}/rotate`, body: { overlap: '1h' } },
      { by: adaSecret, path: '/v2/keys', body: { workspaceId: team } },
    ]
    const send = ({ by, path, body }: (typeof requests)[number]) =>
      app.call('POST', path, { key: by, body, headers: { 'idempotency-key': `for ${path}` } })
    for (const request of requests) expect((await send(request)).status).toBeLessThan(300)
    await app.call('PATCH', `/v2/users/${boss.id}`, { body: { role: 'USER' } })
    await app.call('DELETE', `${members}/${ada.id}`)
    const revision = await app.store.revision()
    for (const request of requests) expect(failure(await send(request))).toBe('403 permission_denied')
    expect(await app.store.revision()).toBe(revision)
    await app.call('PATCH', `/v2/users/${boss.id}`, { body: { role: 'ADMIN' } })
    expect((await send(requests[0] as (typeof requests)[number])).headers.get('idempotent-replayed')).toBe(
      'true',
    )
  })

  test('another body, path or operation under the same key is refused', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey()
    const { key: other } = await app.makeKey()
    await keyed(app, `/v2/keys/${key.id}/rotate`, { body: { overlap: '1h' }, as: 'one' })
    const attempts = [
      await keyed(app, `/v2/keys/${key.id}/rotate`, { body: { overlap: '2h' }, as: 'one' }),
      await keyed(app, `/v2/keys/${other.id}/rotate`, { body: { overlap: '1h' }, as: 'one' }),
      await keyed(app, '/v2/keys', { body: {}, as: 'one' }),
    ]
    expect(attempts.map(failure)).toEqual(attempts.map(() => '422 idempotency_conflict'))
    expect((await app.call('GET', `/v2/keys/${other.id}`)).json.secrets.length).toBe(1)
  })

  test('idempotency keys of different credentials do not conflict', async () => {
    await using app = await nativeApp()
    const { secret } = await app.makeUser({ username: 'ada' })
    const roots = await keyed(app, '/v2/keys', { body: { name: 'k' }, as: 'one' })
    const headers = { 'idempotency-key': 'one' }
    const adas = await app.call('POST', '/v2/keys', { key: secret, body: { name: 'k' }, headers })
    expect(adas.status).toBe(201)
    expect(adas.json.key.id).not.toBe(roots.json.key.id)
    expect(adas.json.secret).toBeString()
  })

  test('of many concurrent requests exactly one creates a key and shows a secret', async () => {
    await using app = await nativeApp()
    const before = await keyCount(app)
    const racers = 20
    const answers = await Promise.all(
      Array.from({ length: racers }, () => keyed(app, '/v2/keys', { body: { name: 'k' }, as: 'race' })),
    )
    const outcomes = answers.map((answer) =>
      answer.status === 201 ? (answer.json.secret === undefined ? 'replayed' : 'made') : failure(answer),
    )
    const counts = Object.fromEntries(
      Map.groupBy(outcomes, String)
        .entries()
        .map(([name, all]) => [name, all.length]),
    )
    process.stdout.write(`requests racing under one Idempotency-Key: ${racers}: ${JSON.stringify(counts)}\n`)
    expect(counts.made).toBe(1)
    expect((counts.replayed ?? 0) + (counts['409 idempotency_running'] ?? 0)).toBe(racers - 1)
    expect(await keyCount(app)).toBe(before + 1)
    const waiting = answers.find((answer) => answer.status === 409)
    if (waiting !== undefined) expect(waiting.headers.get('retry-after')).toBe('1')
  })

  test('a request whose first run has not finished must wait; the claim lapses after a minute', async () => {
    await using app = await nativeApp()
    const first = await keyed(app, '/v2/keys', { body: { name: 'probe' }, as: 'probe' })
    expect(first.status).toBe(201)
    // A run that died after its claim: the test claims the key by hand, exactly as the first request would have.
    const { createHash } = await import('node:crypto')
    const fingerprint = createHash('sha256').update('POST\n/v2/keys\n{"name":"k"}').digest('hex')
    const { id: root, ownerId: userId } = (await app.call('GET', '/v2/keys?search=root')).json.data[0]
    await app.latchkey.idempotency.begin({ credential: root, userId, idempotencyKey: 'dead', fingerprint })
    const waiting = await keyed(app, '/v2/keys', { body: { name: 'k' }, as: 'dead' })
    expect(failure(waiting)).toBe('409 idempotency_running')
    expect(waiting.headers.get('retry-after')).toBe('1')
    app.clock.advance(60_001)
    expect((await keyed(app, '/v2/keys', { body: { name: 'k' }, as: 'dead' })).status).toBe(201)
  })

  test('a claim of a clock that was ahead lapses at once; its late work fails, so the work is done once', async () => {
    await using app = await nativeApp()
    const { id: credential, ownerId: userId } = (await app.call('GET', '/v2/keys?search=root')).json.data[0]
    app.clock.advance(40 * DAY_MS)
    await app.latchkey.idempotency.begin({
      credential,
      userId,
      idempotencyKey: 'died',
      fingerprint: 'of a run that died',
    })
    app.clock.advance(-40 * DAY_MS)
    const made = await keyed(app, '/v2/keys', { body: { name: 'k' }, as: 'died' })
    expect(made.status).toBe(201)
    expect((await keyed(app, '/v2/keys', { body: { name: 'k' }, as: 'died' })).json.key.id).toBe(
      made.json.key.id,
    )
  })

  test('an answer of a clock that was ahead is repeated, so that nothing is done twice', async () => {
    await using app = await nativeApp()
    app.clock.advance(40 * DAY_MS)
    const first = await keyed(app, '/v2/keys', { body: { name: 'k' }, as: 'one' })
    app.clock.advance(-40 * DAY_MS)
    const again = await keyed(app, '/v2/keys', { body: { name: 'k' }, as: 'one' })
    expect([again.status, again.json.key.id]).toEqual([201, first.json.key.id])
  })

  test('failed work releases the key, so that the corrected request may use it', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey()
    const taken = await keyed(app, '/v2/keys', { body: { id: key.id }, as: 'one' })
    expect(failure(taken)).toBe('409 key_id_taken')
    expect((await keyed(app, '/v2/keys', { body: { name: 'other' }, as: 'one' })).status).toBe(201)
    const invalid = await keyed(app, '/v2/keys', { body: { name: 1 }, as: 'two' })
    expect(failure(invalid)).toBe('400 input_invalid')
    expect((await keyed(app, '/v2/keys', { body: { name: 'two' }, as: 'two' })).status).toBe(201)
  })

  test('an answer is deleted after a day', async () => {
    await using app = await nativeApp()
    const first = await keyed(app, '/v2/keys', { body: { name: 'k' }, as: 'one' })
    app.clock.advance(DAY_MS)
    expect((await keyed(app, '/v2/keys', { body: { name: 'k' }, as: 'one' })).json.key.id).toBe(
      first.json.key.id,
    )
    app.clock.advance(1)
    const later = await keyed(app, '/v2/keys', { body: { name: 'k' }, as: 'one' })
    expect(later.json.key.id).not.toBe(first.json.key.id)
    expect(later.json.secret).toBeString()
  })

  test('stored answers contain no secret', async () => {
    await using app = await nativeApp()
    const secrets: string[] = []
    const { json } = await keyed(app, '/v2/keys', { body: {}, as: 'one' })
    secrets.push(json.secret)
    secrets.push((await keyed(app, `/v2/keys/${json.key.id}/rotate`, { body: {}, as: 'two' })).json.secret)
    const replays = [
      await keyed(app, '/v2/keys', { body: {}, as: 'one' }),
      await keyed(app, `/v2/keys/${json.key.id}/rotate`, { body: {}, as: 'two' }),
    ]
    for (const secret of secrets)
      for (const { text } of replays) expect(text).not.toContain(secret.slice(6, 14))
  })

  test.each([
    ['empty', ''],
    ['too long', 'x'.repeat(256)],
    ['not ASCII', '\u00e9'],
    ['with a tab', 'a\tb'],
  ])('a key that is %s is refused', async (_what, as) => {
    await using app = await nativeApp()
    const before = await keyCount(app)
    const answer = await keyed(app, '/v2/keys', { body: {}, as })
    expect([failure(answer), pointers(answer)]).toEqual(['400 input_invalid', ['header:idempotency-key']])
    expect(await keyCount(app)).toBe(before)
  })

  test('the longest key is accepted', async () => {
    await using app = await nativeApp()
    expect((await keyed(app, '/v2/keys', { body: {}, as: '~'.repeat(255) })).status).toBe(201)
  })
})
