import { describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { MAX } from '../../../src/core/ground/bounds.ts'
import { type Loose, nativeApp, pointers } from './native-app.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
/** The text of a key of another system. */
const text = (n: number) => `sk-live-${String(n).padStart(30, 'x')}`

describe('POST /v2/keys/import', () => {
  test('a key from another system remains valid, imported by its text or by its digest', async () => {
    await using app = await nativeApp()
    expect((await app.verify(text(1))).code).toBe('NOT_FOUND')
    const keys = [
      { secret: text(1), name: 'by text', permissions: ['a.read'], limits: { daily: '5' } },
      {
        sha256: sha256(text(2)).toUpperCase(),
        mask: 'sk-...0002',
        name: 'by digest',
        labels: { env: 'prod' },
      },
      { sha256: sha256(text(3)) },
    ]
    const { status, json } = await app.call('POST', '/v2/keys/import', { body: { keys } })
    expect(status).toBe(200)
    expect(json).toMatchObject({ created: 3, existing: 0, failed: 0, dryRun: false })
    expect(json.results.map((each: Loose) => [each.sha256, each.status])).toEqual(
      [1, 2, 3].map((n) => [sha256(text(n)), 'created']),
    )
    for (const n of [1, 2, 3]) expect((await app.verify(text(n))).code).toBe('VALID')
    const read = async (n: number) => (await app.call('GET', `/v2/keys/${sha256(text(n))}`)).json
    expect(await read(1)).toMatchObject({
      name: 'by text',
      mask: 'sk-...xx1',
      limits: { daily: '5' },
      access: 'use',
    })
    expect(await read(2)).toMatchObject({
      id: json.results[1].id,
      mask: 'sk-...0002',
      labels: { env: 'prod' },
    })
    expect((await read(3)).mask).toBe(`sha256:${sha256(text(3)).slice(0, 3)}...${sha256(text(3)).slice(-3)}`)
  })

  test('a repeated import changes nothing, also when the key was changed since', async () => {
    await using app = await nativeApp()
    const body = { keys: [{ secret: text(1), name: 'first' }, { sha256: sha256(text(2)) }] }
    const first = (await app.call('POST', '/v2/keys/import', { body })).json
    await app.call('PATCH', `/v2/keys/${first.results[0].id}`, { body: { name: 'renamed', disabled: true } })
    const second = (await app.call('POST', '/v2/keys/import', { body })).json
    expect(second).toMatchObject({ created: 0, existing: 2, failed: 0 })
    expect(second.results.map(({ id }: Loose) => id)).toEqual(first.results.map(({ id }: Loose) => id))
    expect((await app.verify(text(1))).code).toBe('DISABLED')
    const twice = { keys: [{ secret: text(3) }, { sha256: sha256(text(3)) }] }
    expect((await app.call('POST', '/v2/keys/import', { body: twice })).json).toMatchObject({
      created: 1,
      existing: 1,
    })
  })

  test('two concurrent imports of the same keys create each once', async () => {
    await using app = await nativeApp()
    const body = { keys: Array.from({ length: 20 }, (_, n) => ({ secret: text(n) })) }
    const answers = await Promise.all([1, 2, 3, 4].map(() => app.call('POST', '/v2/keys/import', { body })))
    const count = (of: string) => answers.reduce((sum, { json }) => sum + json[of], 0)
    expect([count('created'), count('existing'), count('failed')]).toEqual([20, 60, 0])
  })

  test('a secret that was revoked or replaced does not become valid again', async () => {
    await using app = await nativeApp()
    const body = { keys: [{ secret: text(1) }, { secret: text(2) }] }
    const [one, two] = (await app.call('POST', '/v2/keys/import', { body })).json.results
    await app.call('DELETE', `/v2/keys/${one.id}`)
    await app.call('POST', `/v2/keys/${two.id}/rotate`)
    const again = (await app.call('POST', '/v2/keys/import', { body })).json
    expect(again.results.map(({ status, code }: Loose) => `${status} ${code}`)).toEqual([
      'failed key_revoked',
      'failed secret_taken',
    ])
    expect((await app.verify(text(1))).code).toBe('NOT_FOUND')
    expect((await app.verify(text(2))).code).toBe('NOT_FOUND')
  })

  test('an error in one key is its result, and the others are created', async () => {
    await using app = await nativeApp()
    const { user } = await app.makeUser({ username: 'u', role: 'USER' })
    const { key } = await app.makeKey()
    const nobody = '00000000-0000-7000-8000-000000000001'
    const keys = [
      { secret: text(1) },
      { secret: text(2), ownerId: nobody },
      { secret: text(3), workspaceId: nobody },
      { secret: text(4), id: key.id },
      { secret: text(5), expiresAt: '2020-01-01T00:00:00Z' },
      { secret: text(6), rateLimits: [1, 2].map(() => ({ name: 'r', limit: 1, window: '1m' })) },
      { sha256: key.hash, ownerId: user.id },
      { secret: text(8), ownerId: user.id },
    ]
    const { json } = await app.call('POST', '/v2/keys/import', { body: { keys } })
    expect(json.results.map(({ status, code = '' }: Loose) => `${status} ${code}`.trim())).toEqual([
      'created',
      'failed input_invalid',
      'failed input_invalid',
      'failed key_id_taken',
      'failed input_invalid',
      'failed input_invalid',
      'failed secret_taken',
      'created',
    ])
    expect(
      json.results.flatMap(({ errors = [] }: Loose) => errors.map(({ pointer }: Loose) => pointer)),
    ).toEqual(['/keys/1/ownerId', '/keys/2/workspaceId', '/keys/4/expiresAt', '/keys/5/rateLimits/1/name'])
    expect(json).toMatchObject({ created: 2, failed: 6 })
  })

  test('an invalid form is refused as a whole, with its places, and no secret in the answer', async () => {
    await using app = await nativeApp()
    const checksum = `${app.rootKey.slice(0, -1)}${app.rootKey.endsWith('x') ? 'y' : 'x'}`
    const keys: Loose[] = [
      { secret: text(1) },
      {},
      { secret: text(2), sha256: sha256(text(2)) },
      { secret: 'short' },
      { secret: `${text(3)} with spaces` },
      { secret: checksum },
      { sha256: 'zz' },
      { sha256: sha256(text(4)), mask: text(4) },
      { secret: text(5), mask: 'sk-...005' },
      { secret: text(6), nmae: 'typo' },
    ]
    const answer = await app.call('POST', '/v2/keys/import', { body: { keys } })
    expect(answer.status).toBe(400)
    expect(pointers(answer)).toEqual([
      '/keys/1/sha256',
      '/keys/2/sha256',
      '/keys/3/secret',
      '/keys/4/secret',
      '/keys/5/secret',
      '/keys/6/sha256',
      '/keys/7/mask',
      '/keys/8/mask',
      '/keys/9/nmae',
    ])
    for (const secret of [text(3), checksum, text(4)]) expect(answer.text).not.toContain(secret)
    expect((await app.verify(text(1))).code).toBe('NOT_FOUND')
    const tooMany = Array.from({ length: MAX.batchKeys + 1 }, (_, n) => ({ secret: text(n) }))
    for (const body of [{}, { keys: [] }, { keys: tooMany }, { keys: [{ secret: text(1) }], dryrun: true }])
      expect((await app.call('POST', '/v2/keys/import', { body })).status).toBe(400)
  })

  test('a dry run returns the result of each key, and creates nothing', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey()
    const before = (await app.call('GET', '/v2/audit')).json.data.length
    const keys = [
      { secret: text(1) },
      { sha256: key.hash },
      { secret: text(2), expiresAt: '2020-01-01T00:00:00Z' },
    ]
    const { json } = await app.call('POST', '/v2/keys/import', { body: { keys, dryRun: true } })
    expect(json).toMatchObject({ dryRun: true, created: 1, existing: 1, failed: 1 })
    expect(json.results.map(({ id }: Loose) => id)).toEqual([null, key.id, null])
    expect((await app.verify(text(1))).code).toBe('NOT_FOUND')
    expect((await app.call('GET', '/v2/audit')).json.data.length).toBe(before)
  })

  test('a caller cannot import power that it may not grant, and the attempt is recorded', async () => {
    await using app = await nativeApp()
    const bounded = { permissions: ['a.*'], limits: { daily: '5' }, keyLifetime: '1d' }
    const { secret } = await app.makeUser({ username: 'bounded', role: 'ADMIN', policy: bounded })
    const { user: free } = await app.makeUser({ username: 'free', role: 'USER' })
    const { user: root } = await app.makeUser({ username: 'root2', role: 'ROOT' })
    const fits = { permissions: ['a.read'], limits: { daily: '5' }, expiresAt: '2026-11-23T11:00:00Z' }
    const keys = [
      { secret: text(1), ...fits, permissions: ['b.read'] },
      { secret: text(2), ...fits, limits: { daily: '6' } },
      { secret: text(3), ...fits, expiresAt: '2027-01-01T00:00:00Z' },
      { secret: text(4), ...fits, ownerId: root.id },
      { secret: text(5), ...fits, ownerId: free.id, access: 'manage' },
      { secret: text(6), ...fits, ownerId: free.id },
    ]
    const { json } = await app.call('POST', '/v2/keys/import', { key: secret, body: { keys } })
    expect(json.results.map(({ status, code = '' }: Loose) => `${status} ${code}`.trim())).toEqual([
      ...Array.from({ length: 5 }, () => 'failed delegation_exceeded'),
      'created',
    ])
    const denied = (await app.call('GET', '/v2/audit?outcome=denied')).json.data
    expect(denied.some(({ action, target }: Loose) => action === 'key.import' && target.kind === 'key')).toBe(
      true,
    )
    const { secret: user } = await app.makeUser({ username: 'own', role: 'USER' })
    const own = await app.call('POST', '/v2/keys/import', {
      key: user,
      body: { keys: [{ secret: text(9) }] },
    })
    expect(own.status).toBe(403)
  })

  test('a call at its time limit names the keys that it has not begun', async () => {
    await using app = await nativeApp()
    const keys = Array.from({ length: 4 }, (_, n) => ({ secret: text(n) }))
    const { createKey } = app.store
    app.store.createKey = (...args) => {
      app.clock.advance(MAX.batchMs / 2)
      return createKey(...args)
    }
    const { json } = await app.call('POST', '/v2/keys/import', { body: { keys } })
    expect(json.results.map(({ status, code = '' }: Loose) => `${status} ${code}`.trim())).toEqual([
      'created',
      'created',
      'failed server_busy',
      'failed server_busy',
    ])
    app.store.createKey = createKey
    expect((await app.call('POST', '/v2/keys/import', { body: { keys } })).json).toMatchObject({
      created: 2,
      existing: 2,
    })
  })

  test('an unavailable store ends the call, and the created keys stay', async () => {
    await using app = await nativeApp()
    const { createKey } = app.store
    let calls = 0
    app.store.createKey = (...args) => {
      calls += 1
      if (calls === 2) return Promise.reject(new Error('connection lost'))
      return createKey(...args)
    }
    const body = { keys: [1, 2, 3].map((n) => ({ secret: text(n) })) }
    expect((await app.call('POST', '/v2/keys/import', { body })).status).toBe(500)
    expect(app.errors.splice(0)).toHaveLength(1)
    app.store.createKey = createKey
    expect((await app.call('POST', '/v2/keys/import', { body })).json).toMatchObject({
      created: 2,
      existing: 1,
    })
  })
})
