import { describe, expect, test } from 'bun:test'
import { LatchkeyApiError } from '../index.ts'
import type { Fetch } from '../transport/send.ts'
import { refusal, servedEach } from './served.test-support.ts'

const served = servedEach()

describe('keys', () => {
  test('are created, read, changed, boosted, rotated and revoked', async () => {
    const { key, secret } = await served.latchkey.keys.create({
      name: 'service',
      limits: { daily: '5' },
      permissions: ['a.*'],
    })
    expect(key).toMatchObject({ name: 'service', limits: { daily: '5' }, status: 'active' })
    expect(await served.latchkey.keys.get(key.id)).toEqual(key)
    expect(await served.latchkey.keys.get(key.hash)).toEqual(key)
    expect(await served.latchkey.verify({ key: secret, permissions: 'a.b' })).toMatchObject({
      valid: true,
      keyId: key.id,
    })

    const renamed = await served.latchkey.keys.update(
      key.id,
      { name: 'renamed' },
      { ifRevision: key.revision },
    )
    expect(renamed).toMatchObject({ name: 'renamed', limits: { daily: '5' } })
    const stale = await refusal(
      served.latchkey.keys.update(key.id, { name: 'too late' }, { ifRevision: key.revision }),
    )
    expect(stale).toMatchObject({ status: 412, code: 'revision_mismatch' })

    const until = new Date(served.app.clock.now() + 3_600_000).toISOString()
    const boosted = await served.latchkey.keys.boost(key.id, 'daily', { amount: '2.5', until })
    expect(boosted.budget).toMatchObject([{ window: 'daily', limit: '7.5' }])
    expect((await served.latchkey.keys.endBoost(key.id, 'daily')).budget).toMatchObject([{ limit: '5' }])
    expect(await served.latchkey.keys.thresholds(key.id)).toEqual({ data: [] })

    const rotated = await served.latchkey.keys.rotate(key.id, { overlap: '1h' })
    expect(rotated.secret).not.toBe(secret)
    expect((await served.latchkey.verify({ key: secret })).valid).toBe(true)
    await served.latchkey.keys.endOverlap(key.id)
    expect(await served.latchkey.verify({ key: secret })).toEqual({ valid: false, code: 'NOT_FOUND' })

    const receipt = await served.latchkey.keys.revoke(key.id, { reason: 'left' })
    expect(receipt).toMatchObject({ id: key.id, status: 'revoked', effective: { scope: 'all-nodes' } })
    expect(await served.latchkey.verify({ key: rotated.secret })).toEqual({ valid: false, code: 'NOT_FOUND' })
  })

  test('are imported, and many are revoked at a time', async () => {
    const text = 'sk-the-key-of-another-system'
    const keys = [{ secret: text, name: 'theirs' }, { secret: 'sk-another-key-of-that-system' }]
    expect(await served.latchkey.keys.import(keys, { dryRun: true })).toMatchObject({
      dryRun: true,
      created: 2,
    })
    const imported = await served.latchkey.keys.import(keys)
    expect(imported).toMatchObject({ created: 2, existing: 0, failed: 0 })
    expect(await served.latchkey.verify({ key: text })).toMatchObject({ valid: true, name: 'theirs' })
    const filter = { search: 'theirs' }
    expect(await served.latchkey.keys.revokeMany({ filter, dryRun: true })).toMatchObject({ revoked: 1 })
    expect(await served.latchkey.keys.revokeMany({ filter, reason: 'moved on' })).toMatchObject({
      revoked: 1,
      results: [{ status: 'revoked', receipt: { effective: { scope: 'all-nodes' } } }],
      nextCursor: null,
    })
    expect(await served.latchkey.verify({ key: text })).toEqual({ valid: false, code: 'NOT_FOUND' })
    const nothing = await refusal(served.latchkey.keys.revokeMany({ filter: {} }))
    expect(nothing).toMatchObject({ status: 400, code: 'input_invalid' })
  })

  test('are read and revoked by their holders', async () => {
    const { key, secret } = await served.latchkey.keys.create({ limits: { daily: '5' }, permissions: ['a'] })
    const holder = served.client({ apiKey: secret })
    expect(await holder.keys.getSelf()).toMatchObject({
      key: { id: key.id, permissions: ['a'] },
      refusal: null,
      detail: null,
      budget: [{ scope: 'key', window: 'daily', remaining: '5' }],
      rateLimits: [],
    })
    await served.latchkey.keys.update(key.id, { disabled: true })
    const looked = await holder.keys.getSelf()
    expect(looked.refusal).toEqual({ valid: false, code: 'DISABLED', keyId: key.id })
    expect(looked.detail).toBe('The key is disabled.')
    await served.latchkey.keys.update(key.id, { disabled: false })
    const stale = await refusal(holder.keys.revokeSelf({ ifRevision: key.revision }))
    expect(stale).toMatchObject({ status: 412, code: 'revision_mismatch' })
    expect(await holder.keys.revokeSelf({ reason: 'leaked' })).toMatchObject({
      id: key.id,
      status: 'revoked',
    })
    expect(await refusal(holder.keys.getSelf())).toMatchObject({ status: 401, code: 'credential_invalid' })
    expect(await refusal(served.latchkey.keys.revokeSelf())).toMatchObject({
      status: 409,
      code: 'last_manager',
    })
  })

  test('cannot be named "self", so that a name from outside never revokes the own one', async () => {
    const { secret } = await served.latchkey.keys.create({ access: 'full' })
    const { keys } = served.client({ apiKey: secret })
    await expect(keys.get('self')).rejects.toThrow(TypeError)
    await expect(keys.revoke('self')).rejects.toThrow(TypeError)
    await expect(keys.update('self', {})).rejects.toThrow(TypeError)
    await expect(keys.rotate('self')).rejects.toThrow(TypeError)
    expect((await keys.getSelf()).refusal).toBeNull()
  })

  test('are listed page by page during the iteration', async () => {
    const asked: string[] = []
    const counting: Fetch = (url, init) => {
      asked.push(url)
      return fetch(url, init)
    }
    const names = Array.from({ length: 7 }, (_, index) => `key ${index}`)
    for (const name of names) await served.latchkey.keys.create({ name, labels: { team: 'x', tier: 'y' } })
    const list = served.client({ fetch: counting }).keys.list({ label: ['team:x', 'tier:y'], limit: 3 })
    const found: string[] = []
    for await (const { name } of list) found.push(name)
    expect(found.toSorted()).toEqual(names)
    expect(asked).toHaveLength(3)
    expect((await list.page()).data).toHaveLength(3)
    for await (const _ of list) break
    expect(asked).toHaveLength(5)
  })
})

test('money is held, settled, reported and added up, and a refusal names the limit that bound', async () => {
  const { key } = await served.latchkey.keys.create({ limits: { total: '10' } })
  const held = await served.latchkey.reservations.create({ keyId: key.id, amount: '4' })
  expect(held).toMatchObject({ state: 'open', budget: [{ window: 'total', reserved: '4', remaining: '6' }] })
  const refused = await refusal(served.latchkey.reservations.create({ keyId: key.id, amount: 6.5 }))
  expect(refused).toMatchObject({
    status: 402,
    code: 'BUDGET_EXCEEDED',
    bound: { scope: 'key', id: key.id, window: 'total', limit: '10', remaining: '6' },
  })
  expect(refused.requestId).toMatch(/./)
  const longer = await served.latchkey.reservations.extend(held.id, { ttlSeconds: 3_600, amount: '5' })
  expect(longer).toMatchObject({ state: 'open', amount: '5', budget: [{ window: 'total', reserved: '5' }] })
  expect(await served.latchkey.reservations.extend(held.id, { ttlSeconds: 60, amount: '5' })).toEqual(longer)
  const settled = await served.latchkey.reservations.settle(held.id, {
    amount: '1.5',
    meta: { model: 'small' },
  })
  expect(settled).toMatchObject({ state: 'settled', settled: '1.5', released: '3.5' })
  const other = await served.latchkey.reservations.create({ keyId: key.id, amount: '1', requestId: 'other' })
  expect(await served.latchkey.reservations.release(other.id)).toMatchObject({ state: 'released' })
  expect(await served.latchkey.reservations.get(other.id)).toMatchObject({ state: 'released' })
  const states: string[] = []
  for await (const { state } of served.latchkey.reservations.list({ keyId: key.id })) states.push(state)
  expect(states.toSorted()).toEqual(['released', 'settled'])

  const events = [{ id: 'e1', keyId: key.id, amount: '0.25' }]
  expect(await served.latchkey.usage.report(events)).toEqual({ accepted: 1, duplicates: 0, conflicts: [] })
  expect(await served.latchkey.usage.report(events)).toEqual({ accepted: 0, duplicates: 1, conflicts: [] })
  const rows = await served.latchkey.usage.summarise({
    interval: 'month',
    groupBy: 'meta:model',
    keyId: key.id,
  })
  expect(rows.map(({ group, amount }) => [group?.['meta:model'], amount])).toEqual([
    ['small', '1.5'],
    [null, '0.25'],
  ])

  const order = { id: 'fix', keyId: key.id, eventId: 'e1', amount: '0.2', reason: 'wrong unit' }
  const corrected = await served.latchkey.usage.correct(order)
  expect(corrected).toMatchObject({ id: 'fix', eventId: 'e1', amount: '0.2' })
  expect(await served.latchkey.usage.correct(order)).toEqual({ ...corrected, replayed: true })
  expect(await refusal(served.latchkey.usage.correct({ ...order, amount: '0.1' }))).toMatchObject({
    status: 409,
    code: 'correction_conflict',
  })
  const byBoth = await served.latchkey.usage.summarise({
    interval: 'month',
    groupBy: ['key', 'meta:model'],
    keyId: key.id,
  })
  expect(byBoth.filter(({ correction }) => !correction).map(({ group, names }) => [group, names])).toEqual([
    [{ key: key.id, 'meta:model': 'small' }, { key: key.name }],
    [{ key: key.id, 'meta:model': null }, { key: key.name }],
  ])
  const lines = await served.latchkey.usage.summarise({ interval: 'month', keyId: key.id })
  expect(lines.map(({ amount, correction }) => [amount, correction])).toEqual([
    ['1.75', undefined],
    ['-0.2', true],
  ])
})

test('users and workspaces are created, read, changed, listed and removed, and the audit log has it', async () => {
  const person = { username: 'ada', email: 'ada@example.com', displayName: 'Ada Lovelace' }
  const user = await served.latchkey.users.create(person)
  expect(await served.latchkey.users.get(user.id)).toMatchObject({ ...person, budget: [] })
  expect(await served.latchkey.users.update(user.id, { disabled: true })).toMatchObject({ disabled: true })
  expect(await served.latchkey.users.thresholds(user.id)).toEqual({ data: [] })
  const names: string[] = []
  for await (const { username } of served.latchkey.users.list()) names.push(username)
  expect(names.toSorted()).toEqual(['ada', 'root'])
  expect(await served.latchkey.users.delete(user.id)).toBeUndefined()

  const workspace = await served.latchkey.workspaces.create({ name: 'Billing', slug: 'billing' })
  expect(await served.latchkey.workspaces.get('billing')).toMatchObject({ id: workspace.id, budget: [] })
  expect(await served.latchkey.workspaces.update(workspace.id, { limits: { monthly: '5' } })).toMatchObject({
    limits: { monthly: '5' },
  })
  const { members } = served.latchkey.workspaces
  const { id: userId } = await served.latchkey.users.create({
    ...person,
    username: 'bob',
    email: 'bob@example.com',
  })
  const member = await members.add('billing', { userId })
  expect(member).toMatchObject({ userId, username: 'bob' })
  expect(await members.add(workspace.id, { userId })).toEqual(member)
  const joined: string[] = []
  for await (const { username } of members.list('billing', { limit: 1 })) joined.push(username)
  expect(joined).toEqual(['bob'])
  expect(await members.remove('billing', userId)).toBeUndefined()
  expect(await refusal(members.remove('billing', userId))).toMatchObject({ code: 'member_not_found' })
  expect(await served.latchkey.workspaces.delete(workspace.id)).toBeUndefined()

  const actions: string[] = []
  for await (const { action } of served.latchkey.audit.list({ targetId: user.id })) actions.push(action)
  expect(actions).toEqual(['user.delete', 'user.update', 'user.create'])
})

test('a redirect is not followed, and the error names its target', async () => {
  const asked: string[] = []
  const moved: Fetch = async (url) => {
    asked.push(url)
    return new Response('', { status: 308, headers: { location: 'https://elsewhere.example/v2/verify' } })
  }
  const refused = await refusal(served.client({ fetch: moved }).verify({ key: 'x' }))
  expect(refused).toBeInstanceOf(LatchkeyApiError)
  expect(refused.message).toContain('https://elsewhere.example/v2/verify')
  expect(refused.message).toContain('base URL')
  expect(asked).toHaveLength(1)
})

describe('options', () => {
  test('of the call win over those of the client', async () => {
    const seen: Headers[] = []
    const recording: Fetch = (url, init) => {
      seen.push(new Headers(init.headers))
      return fetch(url, init)
    }
    const one = served.client({ fetch: recording, headers: { 'x-request-id': 'client', 'x-more': 'yes' } })
    await one.keys.list({}, { headers: { 'x-request-id': 'call' } }).page()
    expect(seen[0]?.get('x-request-id')).toBe('call')
    expect(seen[0]?.get('x-more')).toBe('yes')
    expect(seen[0]?.get('user-agent')).toBe('latchkey-client/0.1.0')
    expect(seen[0]?.get('content-type')).toBeNull()
  })

  test('a key may come from a function, which is called for each call', async () => {
    const wrong = [served.app.rootKey, 'lk_of_nobody']
    const one = served.client({ apiKey: async () => wrong.shift() ?? '' })
    await one.keys.list().page()
    expect(await refusal(one.keys.list().page())).toMatchObject({ status: 401, code: 'credential_invalid' })
  })

  test('a base URL may end in slashes and have a path', async () => {
    const urls: string[] = []
    const fetching: Fetch = async (url) => {
      urls.push(url)
      return Response.json({ data: [], nextCursor: null })
    }
    await served.client({ baseUrl: 'http://gateway.internal/keys//', fetch: fetching }).keys.list().page()
    expect(urls).toEqual(['http://gateway.internal/keys/v2/keys'])
  })

  test('an aborted call throws the caller’s abort, also before and between attempts', async () => {
    const aborted = await refusal(served.latchkey.verify({ key: 'x' }, { signal: AbortSignal.abort('why') }))
    expect(aborted).toMatchObject({ name: 'LatchkeyAbortedError', cause: 'why' })
    const controller = new AbortController()
    let tries = 0
    const failing: Fetch = async () => {
      tries += 1
      if (tries === 2) controller.abort('enough')
      return new Response('', { status: 503 })
    }
    const between = await refusal(
      served
        .client({ fetch: failing, retry: { initialMs: 60_000, maxMs: 60_000 } })
        .verify(
          { key: 'x' },
          { signal: controller.signal, retry: { initialMs: 1, maxMs: 1, maxRetries: 1_000 } },
        ),
    )
    expect(between).toMatchObject({ name: 'LatchkeyAbortedError' })
    expect(tries).toBe(2)
  })

  test('there are no more attempts than allowed, and the last failure is thrown', async () => {
    let tries = 0
    const failing: Fetch = async () => {
      tries += 1
      return new Response('', { status: 503, headers: { 'retry-after-ms': '1' } })
    }
    expect(await refusal(served.client({ fetch: failing }).verify({ key: 'x' }))).toMatchObject({
      status: 503,
    })
    expect(tries).toBe(4)
  })

  test('a wait that is longer than allowed is not waited for', async () => {
    let tries = 0
    const busy: Fetch = async () => {
      tries += 1
      return new Response('', { status: 503, headers: { 'retry-after': '3600' } })
    }
    expect(await refusal(served.client({ fetch: busy }).verify({ key: 'x' }))).toMatchObject({
      retryAfterMs: 3_600_000,
    })
    expect(tries).toBe(1)
  })
})

test('a name that a URL would resolve or drop is refused before anything is sent', async () => {
  const asked: string[] = []
  const recording: Fetch = async (url) => {
    asked.push(url)
    return Response.json({ title: 'none' }, { status: 404 })
  }
  const one = served.client({ fetch: recording })
  for (const name of ['', '.', '..']) {
    await expect(one.keys.revoke(name)).rejects.toThrow(TypeError)
    await expect(one.reservations.release(name)).rejects.toThrow(TypeError)
    await expect(one.users.delete(name)).rejects.toThrow(TypeError)
    await expect(one.workspaces.members.remove('w', name)).rejects.toThrow(TypeError)
    await expect(one.workspaces.members.add(name, { userId: 'u' })).rejects.toThrow(TypeError)
  }
  expect(asked).toEqual([])
  await refusal(one.keys.get('a/../b?c#d'))
  expect(asked).toEqual([`${served.listener.url}/v2/keys/a%2F..%2Fb%3Fc%23d`])
})

test('a key that no header can carry is refused without being quoted', async () => {
  for (const apiKey of ['lk_secret\nx: y', 'lk_secret\u0000', 'lk_secret✓']) {
    const refused = await served
      .client({ apiKey })
      .verify({ key: 'x' })
      .then(String, (error: unknown) => error)
    expect(refused).toBeInstanceOf(TypeError)
    expect(Bun.inspect(refused)).not.toContain('lk_secret')
  }
})

test('invalid input is reported with its place, and no part of the key is in the message', async () => {
  const refused = await refusal(served.latchkey.keys.create({ labels: { '': 'x' } }))
  expect(refused).toMatchObject({ status: 400, code: 'input_invalid' })
  expect(refused.errors).toHaveLength(1)
  expect(refused.errors[0]?.pointer).toStartWith('/labels')
  expect(`${refused.message} ${refused.body}`).not.toContain(served.app.rootKey)
})

describe('changes that need not wait for other nodes', () => {
  test('send their choice, and nothing without a choice', async () => {
    const asked: string[] = []
    const latchkey = served.client({
      fetch: (input, init) => {
        asked.push(`${init?.method} ${new URL(String(input)).search}`)
        return fetch(input, init)
      },
    })
    const { key } = await latchkey.keys.create()
    const workspace = await latchkey.workspaces.create({ name: 'A', slug: 'a' })
    asked.length = 0
    await latchkey.keys.update(key.id, { name: 'b' }, { wait: 'none' })
    await latchkey.workspaces.update(workspace.id, { name: 'B' }, { wait: 'none' })
    await latchkey.keys.update(key.id, { name: 'c' })
    const { revision } = await latchkey.keys.revoke(key.id, { reason: 'left', wait: 'none' })
    expect(asked).toEqual(['PATCH ?wait=none', 'PATCH ?wait=none', 'PATCH ', 'DELETE ?reason=left&wait=none'])
    // A caller that was told the revision can require it.
    const verdict = await latchkey.verify({ key: served.app.rootKey, atLeast: revision })
    expect(verdict.code).not.toBe('NOT_FOUND')
    const ahead = latchkey.verify({ key: served.app.rootKey, atLeast: revision + 1_000 })
    await expect(ahead).rejects.toMatchObject({ status: 503 })
  })
})
