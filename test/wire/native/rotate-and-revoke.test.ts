import { describe, expect, test } from 'bun:test'
import { failure, nativeApp, pointers } from './native-app.ts'

describe('POST /v2/keys/{ref}/rotate', () => {
  test('keeps id, hash, limits and history; by default the old secret is refused from the answer on', async () => {
    await using app = await nativeApp()
    const { key, secret: old } = await app.makeKey({ name: 'k', limits: { daily: '5' }, labels: { a: 'b' } })
    await app.spend(key.id, '2')
    app.clock.advance(60_000)
    const answer = await app.call('POST', `/v2/keys/${key.id}/rotate`)
    const { key: rotated, secret } = answer.json
    expect(answer.status).toBe(200)
    expect(secret).not.toBe(old)
    const { mask, secrets, updatedAt, revision, usage, budget, ...kept } = key
    expect(rotated).toMatchObject(kept)
    expect(rotated.usage.daily).toBe('2')
    expect(rotated.budget[0]).toMatchObject({ spent: '2', remaining: '3' })
    expect(rotated.mask).not.toBe(mask)
    expect(rotated.secrets).toEqual([
      { mask: rotated.mask, createdAt: '2026-11-22T12:01:00.000Z', expiresAt: null },
    ])
    expect(rotated.revision).toBe(revision + 1)
    expect((await app.verify(old)).code).toBe('NOT_FOUND')
    expect((await app.verify(secret)).code).toBe('VALID')
  })

  test('during the overlap both secrets work; at its very end the old one is unknown', async () => {
    await using app = await nativeApp()
    const { key, secret: old } = await app.makeKey()
    const { secret, key: rotated } = (
      await app.call('POST', `/v2/keys/${key.hash}/rotate`, { body: { overlap: '24h' } })
    ).json
    expect(rotated.secrets.map(({ expiresAt }: { expiresAt: string }) => expiresAt)).toEqual([
      null,
      '2026-11-23T12:00:00.000Z',
    ])
    app.clock.set('2026-11-23T11:59:59.999Z')
    expect((await app.verify(old)).code).toBe('VALID')
    app.clock.set('2026-11-23T12:00:00.000Z')
    expect((await app.verify(old)).code).toBe('NOT_FOUND')
    expect((await app.verify(secret)).code).toBe('VALID')
    expect((await app.call('GET', `/v2/keys/${key.id}`)).json.secrets.length).toBe(1)
  })

  test('an overlap never outlives the key, and a second rotation never prolongs the first', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey({ expiresAt: '2026-11-22T13:00:00Z' })
    const rotate = (overlap: string) => app.call('POST', `/v2/keys/${key.id}/rotate`, { body: { overlap } })
    const ends = async (overlap: string) =>
      (await rotate(overlap)).json.key.secrets.map(({ expiresAt }: { expiresAt: string | null }) => expiresAt)
    expect(await ends('24h')).toEqual([null, '2026-11-22T13:00:00.000Z'])
    expect(await ends('10m')).toEqual([null, '2026-11-22T12:10:00.000Z', '2026-11-22T12:10:00.000Z'])
    expect(await ends('30m')).toEqual([
      null,
      '2026-11-22T12:30:00.000Z',
      '2026-11-22T12:10:00.000Z',
      '2026-11-22T12:10:00.000Z',
    ])
  })

  test('ending the overlap leaves only the current secret valid, at once; a repeat changes nothing', async () => {
    await using app = await nativeApp()
    const { key, secret: old } = await app.makeKey()
    const { secret } = (await app.call('POST', `/v2/keys/${key.id}/rotate`, { body: { overlap: '1h' } })).json
    expect((await app.verify(old)).code).toBe('VALID')
    // A timer writes that use, which could happen between the two answers that are compared.
    await app.latchkey.lastUsed.flush()
    const ended = await app.call('DELETE', `/v2/keys/${key.id}/secrets/previous`)
    expect(ended.status).toBe(200)
    expect(ended.json.secrets.length).toBe(1)
    expect((await app.call('DELETE', `/v2/keys/${key.id}/secrets/previous`)).json).toEqual(ended.json)
    expect((await app.verify(old)).code).toBe('NOT_FOUND')
    expect((await app.verify(secret)).code).toBe('VALID')
  })

  test('an ended secret works for no clock, also one that is behind by days', async () => {
    await using app = await nativeApp()
    const { key, secret: first } = await app.makeKey()
    const rotate = (overlap: string) =>
      app.call('POST', `/v2/keys/${key.id}/rotate`, { body: { overlap } }).then(({ json }) => json.secret)
    const second = await rotate('0s')
    const third = await rotate('1h')
    await app.call('DELETE', `/v2/keys/${key.id}/secrets/previous`)
    app.clock.set('2026-11-20T00:00:00.000Z')
    const verdicts = await Promise.all([first, second, third].map((secret) => app.verify(secret)))
    expect(verdicts.map(({ code }) => code)).toEqual(['NOT_FOUND', 'NOT_FOUND', 'VALID'])
    const self = await app.call('GET', '/v2/keys/self', { key: first })
    expect(self.status).toBe(401)
    expect((await app.call('GET', `/v2/keys/${key.id}`)).json.secrets.length).toBe(1)
    const { data } = (await app.call('GET', '/v2/audit?limit=100')).json
    expect([data.length > 3, JSON.stringify(data).includes('1970-01-01')]).toEqual([true, false])
  })

  test('concurrent rotations all return a secret, of which only the last is valid', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey()
    const rotations = 8
    const answers = await Promise.all(
      Array.from({ length: rotations }, () => app.call('POST', `/v2/keys/${key.id}/rotate`)),
    )
    process.stdout.write(`rotations at once: ${rotations}\n`)
    const verdicts = await Promise.all(
      answers.map(async ({ json }) => [json.key.revision, (await app.verify(json.secret)).code] as const),
    )
    const last = Math.max(...verdicts.map(([revision]) => revision))
    for (const [revision, code] of verdicts) expect(code).toBe(revision === last ? 'VALID' : 'NOT_FOUND')
    expect(last).toBe(key.revision + rotations)
  })

  test.each([['1'], ['24'], ['-1h'], ['366d'], ['1w'], ['']])(
    'an overlap of "%s" is refused',
    async (overlap) => {
      await using app = await nativeApp()
      const { key, secret } = await app.makeKey()
      const answer = await app.call('POST', `/v2/keys/${key.id}/rotate`, { body: { overlap } })
      expect([failure(answer), pointers(answer)]).toEqual(['400 input_invalid', ['/overlap']])
      expect((await app.verify(secret)).code).toBe('VALID')
    },
  )
})

describe('DELETE /v2/keys/{ref}', () => {
  test('returns a receipt, and every later verify of any of its secrets is refused', async () => {
    await using app = await nativeApp()
    const { key, secret: old } = await app.makeKey({ name: 'k' })
    const { secret } = (await app.call('POST', `/v2/keys/${key.id}/rotate`, { body: { overlap: '1h' } })).json
    expect([(await app.verify(old)).code, (await app.verify(secret)).code]).toEqual(['VALID', 'VALID'])
    const answer = await app.call(
      'DELETE',
      `/v2/keys/${key.id}?reason=${encodeURIComponent('left the company')}`,
    )
    expect(answer.status).toBe(200)
    expect(answer.json).toEqual({
      id: key.id,
      status: 'revoked',
      revision: key.revision + 2,
      effective: { scope: 'all-nodes', nodes: 1, at: '2026-11-22T12:00:00.000Z' },
    })
    expect([(await app.verify(old)).code, (await app.verify(secret)).code]).toEqual([
      'NOT_FOUND',
      'NOT_FOUND',
    ])
    const read = (await app.call('GET', `/v2/keys/${key.id}`)).json
    expect(read).toMatchObject({ id: key.id, status: 'revoked', name: 'k' })
    const { data } = (await app.call('GET', '/v2/audit?action=key.revoke')).json
    expect(data[0]).toMatchObject({ reason: 'left the company', target: { kind: 'key', id: key.id } })
  })

  test('a repeat returns the first receipt, also after its owner was deleted', async () => {
    await using app = await nativeApp()
    const { user, secret } = await app.makeUser({ username: 'ada' })
    const { data } = (await app.call('GET', `/v2/keys?ownerId=${user.id}`)).json
    const first = await app.call('DELETE', `/v2/keys/${data[0].id}`)
    app.clock.advance(1000)
    expect((await app.call('DELETE', `/v2/keys/${data[0].id}?reason=again`)).json).toEqual(first.json)
    expect((await app.call('DELETE', `/v2/users/${user.id}`)).status).toBe(204)
    expect((await app.call('DELETE', `/v2/keys/${data[0].id}`)).json).toEqual(first.json)
    expect((await app.call('GET', `/v2/keys/${data[0].id}`)).json.status).toBe('revoked')
    expect((await app.verify(secret)).code).toBe('NOT_FOUND')
  })

  test('a revoked key cannot be changed, rotated or have its overlap ended', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey()
    await app.call('DELETE', `/v2/keys/${key.id}`)
    const attempts = [
      await app.call('PATCH', `/v2/keys/${key.id}`, { body: { disabled: false } }),
      await app.call('POST', `/v2/keys/${key.id}/rotate`, { body: {} }),
      await app.call('DELETE', `/v2/keys/${key.id}/secrets/previous`),
    ]
    expect(attempts.map(failure)).toEqual(['409 key_revoked', '409 key_revoked', '409 key_revoked'])
  })

  test('verifies that race a revocation never pass once it is answered', async () => {
    await using app = await nativeApp()
    const seen = { before: 0, during: 0, after: 0 }
    for (let round = 0; round < 20; round += 1) {
      const { key, secret } = await app.makeKey()
      let revoked = false
      const check = async (): Promise<void> => {
        const startedAfter = revoked
        const { code } = await app.verify(secret)
        if (startedAfter) expect(code).toBe('NOT_FOUND')
        seen[startedAfter ? 'after' : revoked ? 'during' : 'before'] += 1
        // Lets work that waits for the database go on in between.
        await new Promise(setImmediate)
        if (!startedAfter) await check()
      }
      const checks = Array.from({ length: 4 }, check)
      await app.call('DELETE', `/v2/keys/${key.id}`)
      revoked = true
      await Promise.all(checks)
    }
    process.stdout.write(`verifies around a revocation: ${JSON.stringify(seen)}\n`)
    expect(seen.after).toBe(80)
    expect(seen.before).toBeGreaterThan(0)
  })

  test('an unknown key and a wrong parameter get different errors', async () => {
    await using app = await nativeApp()
    const { key } = await app.makeKey()
    expect(failure(await app.call('DELETE', '/v2/keys/x'))).toBe('404 key_not_found')
    const wait = await app.call('DELETE', `/v2/keys/${key.id}?wait=some`)
    expect([failure(wait), pointers(wait)]).toEqual(['400 input_invalid', ['query:wait']])
    const long = await app.call('DELETE', `/v2/keys/${key.id}?reason=${'x'.repeat(501)}`)
    expect([failure(long), pointers(long)]).toEqual(['400 input_invalid', ['query:reason']])
  })
})
