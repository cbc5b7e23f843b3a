import { describe, expect, test } from 'bun:test'
import { MAX } from '../../../src/core/ground/bounds.ts'
import { type Loose, type NativeApp, nativeApp, pointers } from './native-app.ts'

const statuses = ({ results }: Loose) =>
  results.map(({ status, code = '' }: Loose) => `${status} ${code}`.trim())

async function makeKeys(
  app: NativeApp,
  count: number,
  body: object = {},
): Promise<{ key: Loose; secret: string }[]> {
  const made = []
  for (let n = 0; n < count; n += 1) made.push(await app.makeKey(body))
  return made
}

const revoke = (app: NativeApp, body: object, key?: string) =>
  app.call('POST', '/v2/keys/revoke', { body, ...(key !== undefined && { key }) })

describe('POST /v2/keys/revoke by ids', () => {
  test('revokes each, by id or hash, with its receipt and its reason; a repeat gets the same answer', async () => {
    await using app = await nativeApp()
    const [one, two, three] = (await makeKeys(app, 3)) as [Loose, Loose, Loose]
    const body = { ids: [one.key.id, two.key.hash], reason: 'leaked' }
    const { status, json } = await revoke(app, body)
    expect(status).toBe(200)
    expect(json).toMatchObject({ revoked: 2, failed: 0, nextCursor: null, dryRun: false })
    expect(json.effective).toEqual({ scope: 'all-nodes', nodes: 1, at: '2026-11-22T12:00:00.000Z' })
    expect(json.results[1]).toMatchObject({
      key: two.key.hash,
      id: two.key.id,
      receipt: { status: 'revoked' },
    })
    expect((await app.verify(one.secret)).code).toBe('NOT_FOUND')
    expect((await app.verify(two.secret)).code).toBe('NOT_FOUND')
    expect((await app.verify(three.secret)).code).toBe('VALID')
    const audit = (await app.call('GET', `/v2/audit?targetId=${one.key.id}`)).json.data
    expect(audit[0]).toMatchObject({ action: 'key.revoke', reason: 'leaked' })
    const again = (await revoke(app, body)).json
    expect(statuses(again)).toEqual(['already_revoked', 'already_revoked'])
    expect(again.effective).toBeNull()
    expect(again.results.map(({ receipt }: Loose) => receipt)).toEqual(
      json.results.map(({ receipt }: Loose) => receipt),
    )
  })

  test('a refused key has the reason as its result, and the others are revoked', async () => {
    await using app = await nativeApp()
    const { user, secret: own } = await app.makeUser({ username: 'u', role: 'USER' })
    const { user: boss } = await app.makeUser({ username: 'boss', role: 'ROOT' })
    const { secret: admin } = await app.makeUser({ username: 'a', role: 'ADMIN' })
    const mine = await app.makeKey({ ownerId: user.id })
    const theirs = await app.makeKey({ ownerId: boss.id })
    const nobody = '00000000-0000-7000-8000-000000000001'
    const asUser = (await revoke(app, { ids: [theirs.key.id, nobody, mine.key.id] }, own)).json
    expect(statuses(asUser)).toEqual(['failed key_not_found', 'failed key_not_found', 'revoked'])
    const asAdmin = (await revoke(app, { ids: [theirs.key.id] }, admin)).json
    expect(statuses(asAdmin)).toEqual(['failed delegation_exceeded'])
    expect(statuses((await revoke(app, { ids: [theirs.key.id], dryRun: true }, admin)).json)).toEqual([
      'failed delegation_exceeded',
    ])
    const denied = (await app.call('GET', `/v2/audit?outcome=denied&targetId=${theirs.key.id}`)).json.data
    expect(denied.map(({ action }: Loose) => action)).toContain('key.revoke')
    expect((await app.verify(theirs.secret)).code).toBe('VALID')
  })

  test('the calling key comes last, however it is named, and the last manager stays', async () => {
    await using app = await nativeApp()
    const { user, secret: admin } = await app.makeUser({ username: 'a', role: 'ADMIN' })
    const self = (await app.call('GET', '/v2/keys/self', { key: admin })).json.key
    const rotated = (await app.call('POST', `/v2/keys/${self.id}/rotate`)).json
    const others = await makeKeys(app, 2, { ownerId: user.id })
    const ids = [self.hash, ...others.map(({ key }) => key.id), self.id]
    const { json } = await revoke(app, { ids }, rotated.secret)
    expect(statuses(json)).toEqual(['revoked', 'revoked', 'revoked', 'already_revoked'])
    expect([json.revoked, json.results[3].id]).toEqual([3, self.id])
    expect((await app.call('GET', '/v2/keys', { key: rotated.secret })).status).toBe(401)
    const root = (await app.call('GET', '/v2/keys/self')).json.key
    expect(statuses((await revoke(app, { ids: [root.id] })).json)).toEqual(['failed last_manager'])
  })

  test('a dry run names the keys that would be revoked, and revokes none', async () => {
    await using app = await nativeApp()
    const [one, two] = (await makeKeys(app, 2)) as [Loose, Loose]
    await revoke(app, { ids: [two.key.id] })
    const { json } = await revoke(app, { ids: [one.key.id, two.key.id], dryRun: true })
    expect(json).toMatchObject({ dryRun: true, revoked: 1, alreadyRevoked: 1, effective: null })
    expect(json.results.map(({ receipt }: Loose) => receipt)).toEqual([undefined, undefined])
    expect((await app.verify(one.secret)).code).toBe('VALID')
  })
})

describe('POST /v2/keys/revoke by filter', () => {
  test('an empty filter revokes nothing', async () => {
    await using app = await nativeApp()
    const { key, secret } = await app.makeKey()
    const meaningless: [object, string][] = [
      [{}, '/ids'],
      [{ filter: {} }, '/filter'],
      [{ filter: { labels: {} } }, '/filter'],
      [{ filter: { status: 'revoked' } }, '/filter/status'],
      [{ filter: { search: ' ​ ' } }, '/filter/search'],
      [{ filter: { search: '' } }, '/filter/search'],
      [{ filter: { unusedSince: '2999-01-01T00:00:00Z' } }, '/filter/unusedSince'],
      [{ filter: { ownerId: null } }, '/filter/ownerId'],
      [{ filter: { owner: key.ownerId } }, '/filter/owner'],
      [{ filter: null }, '/filter'],
      [{ ids: [] }, '/ids'],
      [{ ids: ['x'] }, '/ids/0'],
      [{ ids: [key.id], filter: { access: 'use' } }, '/ids'],
      [{ ids: [key.id], cursor: 'x' }, '/cursor'],
      [{ filter: { access: 'use' }, cursor: 'x' }, 'query:cursor'],
      [{ ids: Array.from({ length: MAX.batchKeys + 1 }, () => key.id) }, ''],
    ]
    for (const [body, pointer] of meaningless) {
      const answer = await revoke(app, body)
      expect([body, answer.status]).toEqual([body, 400])
      if (pointer !== '') expect([body, pointers(answer)]).toEqual([body, [pointer]])
    }
    expect((await app.verify(secret)).code).toBe('VALID')
  })

  test('revokes the keys that a list with the same filter shows, except the calling key', async () => {
    await using app = await nativeApp()
    const keep = await makeKeys(app, 2, { labels: { env: 'production' } })
    const end = await makeKeys(app, 3, { labels: { env: 'staging' } })
    const filter = { labels: { env: 'staging' } }
    const dry = (await revoke(app, { filter, dryRun: true })).json
    expect(dry).toMatchObject({ revoked: 3, dryRun: true })
    expect((await app.verify(end[0]?.secret ?? '')).code).toBe('VALID')
    const { json } = await revoke(app, { filter, reason: 'closed' })
    expect(json).toMatchObject({ revoked: 3, skipped: 0, failed: 0, nextCursor: null })
    for (const { secret } of end) expect((await app.verify(secret)).code).toBe('NOT_FOUND')
    for (const { secret } of keep) expect((await app.verify(secret)).code).toBe('VALID')
    const all = (await revoke(app, { filter: { status: 'active' } })).json
    expect(statuses(all).toSorted()).toEqual(['revoked', 'revoked', 'skipped own_key'])
    expect((await app.call('GET', '/v2/keys')).json.data).toHaveLength(1)
  })

  test('any filter revokes exactly the keys that a list with the same filter shows', async () => {
    await using app = await nativeApp()
    const { user } = await app.makeUser({ username: 'u', role: 'USER' })
    const workspace = (await app.call('POST', '/v2/workspaces', { body: { name: 'w', slug: 'w' } })).json
    const kinds: Loose[] = [
      { name: 'Straße eins', labels: { env: 'a', b: '' } },
      { name: 'STRASSE zwei', labels: { env: 'b' }, access: 'manage' },
      { name: 'x', ownerId: user.id, externalUserId: 'c1', expiresAt: '2026-12-01T00:00:00Z' },
      { name: '', workspaceId: workspace.id, disabled: true },
      { name: 'later', notBefore: '2027-01-01T00:00:00Z', access: 'full' },
    ]
    const secrets: string[] = []
    for (const kind of [...kinds, ...kinds]) secrets.push((await app.makeKey(kind)).secret)
    app.clock.advance(3_600_000)
    for (const secret of secrets.slice(0, 3)) await app.verify(secret)
    await app.latchkey.lastUsed.flush()
    const mask = (await app.call('GET', '/v2/keys?search=eins')).json.data[0].mask
    const filters: [string, Loose][] = [
      ['search=strasse', { search: 'strasse' }],
      ['search=strasse+zwei', { search: 'strasse zwei' }],
      [`search=${mask}`, { search: mask }],
      ['label=env:a', { labels: { env: 'a' } }],
      ['label=env:a&label=b:', { labels: { env: 'a', b: '' } }],
      [`ownerId=${user.id}`, { ownerId: user.id }],
      [`workspaceId=${workspace.id}`, { workspaceId: workspace.id }],
      ['externalUserId=c1', { externalUserId: 'c1' }],
      ['access=manage', { access: 'manage' }],
      ['status=disabled', { status: 'disabled' }],
      ['status=not_yet_valid', { status: 'not_yet_valid' }],
      ['status=active&access=use', { status: 'active', access: 'use' }],
      ['expiresBefore=2026-12-02T00:00:00Z', { expiresBefore: '2026-12-02T00:00:00Z' }],
      ['unusedSince=2026-11-22T12:30:00Z', { unusedSince: '2026-11-22T12:30:00Z' }],
    ]
    const root = (await app.call('GET', '/v2/keys/self')).json.key.id
    let chances = 0
    for (const [query, filter] of filters) {
      const listed = (await app.call('GET', `/v2/keys?limit=100&${query}`)).json.data
        .map(({ id }: Loose) => id)
        .filter((id: string) => id !== root)
      const dry = (await revoke(app, { filter, dryRun: true })).json
      const named = (answer: Loose) =>
        answer.results.flatMap(({ key, status }: Loose) => (status === 'revoked' ? [key] : [])).toSorted()
      expect([query, named(dry)]).toEqual([query, listed.toSorted()])
      // The keys in the answer are found again in the transactions that revoke them.
      expect([query, named((await revoke(app, { filter })).json)]).toEqual([query, listed.toSorted()])
      chances += listed.length
      for (const kind of kinds) await app.makeKey(kind)
    }
    process.stdout.write(`revoke by filter: ${chances} keys by ${filters.length} filters\n`)
    expect(chances).toBeGreaterThan(filters.length)
  })

  test('a key that was changed or used after the list was read is not revoked', async () => {
    await using app = await nativeApp()
    const [moved, used, plain] = (await makeKeys(app, 3, { labels: { env: 'staging' } })) as [
      Loose,
      Loose,
      Loose,
    ]
    app.clock.advance(60_000)
    const { changeKey, listKeys } = app.store
    let looks = 0
    app.store.listKeys = async (...args) => {
      const page = await listKeys(...args)
      looks += 1
      if (looks > 1) return page
      await changeKeyLabels(app, moved.key.id)
      expect((await app.verify(used.secret)).code).toBe('VALID')
      return page
    }
    app.store.changeKey = changeKey
    const unusedSince = '2026-11-22T12:00:30Z'
    const { json } = await revoke(app, { filter: { labels: { env: 'staging' }, unusedSince } })
    const outcome = Object.fromEntries(
      json.results.map(({ key, status, code }: Loose) => [key, `${status} ${code}`]),
    )
    expect(outcome).toEqual({
      [moved.key.id]: 'skipped no_longer_matches',
      [used.key.id]: 'skipped no_longer_matches',
      [plain.key.id]: 'revoked undefined',
    })
    for (const { secret } of [moved, used]) expect((await app.verify(secret)).code).toBe('VALID')
  })

  test('continues where it stopped, past keys that it could not revoke, until there are no more', async () => {
    await using app = await nativeApp()
    const { user: boss } = await app.makeUser({ username: 'boss', role: 'ROOT' })
    const { user, secret: admin } = await app.makeUser({ username: 'a', role: 'ADMIN' })
    const labels = { env: 'staging' }
    for (let n = 0; n < 6; n += 1) await app.makeKey({ labels, ownerId: n % 2 === 0 ? boss.id : user.id })
    const { changeKey } = app.store
    app.store.changeKey = (...args) => {
      app.clock.advance(MAX.batchMs / 2)
      return changeKey(...args)
    }
    const seen: string[] = []
    let cursor: string | undefined
    let calls = 0
    for (; calls < 10; calls += 1) {
      const { json } = await revoke(app, { filter: { labels }, ...(cursor && { cursor }) }, admin)
      seen.push(...json.results.map(({ key, status }: Loose) => `${key} ${status}`))
      if (json.nextCursor === null) break
      cursor = json.nextCursor
    }
    expect(calls).toBeGreaterThan(0)
    expect(new Set(seen).size).toBe(6)
    expect(seen.filter((each) => each.endsWith(' failed'))).toHaveLength(3)
    expect(seen.filter((each) => each.endsWith(' revoked'))).toHaveLength(3)
  })

  test('a USER revokes its own keys only, whatever the filter', async () => {
    await using app = await nativeApp()
    const { user, secret } = await app.makeUser({ username: 'u', role: 'USER' })
    const other = await app.makeUser({ username: 'o', role: 'USER' })
    await app.makeKey({ ownerId: user.id })
    const { json } = await revoke(app, { filter: { access: 'use' } }, secret)
    expect(json).toMatchObject({ revoked: 1, failed: 0 })
    expect((await revoke(app, { filter: { ownerId: other.user.id } }, secret)).status).toBe(404)
    expect((await app.call('GET', '/v2/keys/self', { key: other.secret })).status).toBe(200)
  })
})

async function changeKeyLabels(app: NativeApp, id: string): Promise<void> {
  expect(
    (await app.call('PATCH', `/v2/keys/${id}`, { body: { labels: { env: 'production' } } })).status,
  ).toBe(200)
}
