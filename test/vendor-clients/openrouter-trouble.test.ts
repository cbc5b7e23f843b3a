import { afterEach, describe, expect, test } from 'bun:test'
import { OpenRouter } from '@openrouter/sdk'
import * as errors from '@openrouter/sdk/models/errors'
import { Fault } from '../../src/core/ground/faults.ts'
import { expectRefusal, newManager, operations, refusal, type Served, serve, shut } from './served.ts'

describe('the official client of a failing server', () => {
  let served: Served
  afterEach(() => shut(served))

  test('gets its typed 429 with the headers of the limit', async () => {
    served = await serve({ managementRate: { limit: 1, windowMs: 60_000 } })
    await served.client().apiKeys.getCurrentKeyMetadata()
    for (const [name, call] of operations()) {
      const error = await refusal(call(served.client()))
      expectRefusal(error, 429, { operation: name, message: 'Rate limit exceeded' })
      const { headers } = error as errors.OpenRouterError
      expect(headers.get('retry-after')).toBe('60')
      expect(headers.get('x-ratelimit-limit')).toBe('1')
      expect(headers.get('x-ratelimit-remaining')).toBe('0')
      expect(headers.get('x-ratelimit-reset')).toBe(String(served.app.clock.now() + 60_000))
    }
  })

  test('gets its typed 500 from every operation, which reveals nothing of the cause', async () => {
    served = await serve()
    const { app, faulty } = served
    for (const method of ['findKey', 'listKeys', 'createKey'] as const) {
      faulty.break(method, { error: new Error('disk I/O error at sector 42') })
    }
    for (const [name, call] of operations()) {
      const error = await refusal(call(served.client()))
      expectRefusal(error, 500, { operation: name, message: 'Internal Server Error' })
      expect((error as errors.OpenRouterError).body).not.toContain('disk')
    }
    expect(app.errors).toHaveLength(operations().length)
  })

  test('gets 503 with Retry-After while the database is away', async () => {
    served = await serve()
    for (const method of ['findKey', 'listKeys', 'createKey'] as const) {
      served.faulty.break(method, { error: new Fault('store_unavailable') })
    }
    for (const [name, call] of operations()) {
      const error = await refusal(call(served.client()))
      expectRefusal(error, 503, {
        operation: name,
        message: 'The database cannot be reached. Try again shortly.',
      })
      expect((error as errors.OpenRouterError).headers.get('retry-after')).toBe('1')
    }
  })

  test('a POST that answers 5xx has created nothing, whichever part of the store fails', async () => {
    served = await serve()
    const { app, faulty, client, cast, workspaceId } = served
    const requestBody = { name: 'x', workspaceId, creatorUserId: cast.user.userId, limit: 1 }
    const stored = async () => {
      const query = { workspaceId, sort: 'createdAt' as const, limit: 100, at: app.clock.now() }
      return (await faulty.store.listKeys(query)).rows.length
    }
    // Each caller is new, so no memory holds it, and the calls of the first answer are all the calls that any answer makes.
    const fresh = async () => client((await newManager(served)).secret)
    // The calls of housekeeping at the same time do not count.
    const observed = await fresh()
    faulty.called()
    await observed.apiKeys.create({ requestBody })
    const methods = faulty.called().filter((method) => method !== 'recordUses')
    expect(methods).toEqual(expect.arrayContaining(['findFacts', 'findUser', 'findWorkspace', 'createKey']))
    const before = await stored()
    for (const method of methods) {
      const manager = await fresh()
      faulty.break(method, { error: new Error('broken'), times: 1 })
      const error = await refusal(manager.apiKeys.create({ requestBody }))
      expect(error).toBeInstanceOf(errors.InternalServerResponseError)
      faulty.repair()
      expect(await stored()).toBe(before)
    }
  })

  test('a client that retries a POST after 5xx ends up with one key', async () => {
    served = await serve()
    const { app, faulty, cast, listener, workspaceId } = served
    faulty.break('createKey', { error: new Error('broken'), times: 1 })
    const backoff = { initialInterval: 1, maxInterval: 2, exponent: 1, maxElapsedTime: 10_000 }
    const client = new OpenRouter({
      serverURL: `${listener.url}/api/v1`,
      apiKey: cast.admin.keys.manage.secret,
      retryConfig: { strategy: 'backoff', backoff, retryConnectionErrors: false },
    })
    const { data } = await client.apiKeys.create({ requestBody: { name: 'x', workspaceId } })
    expect((await client.apiKeys.list({ workspaceId })).data).toEqual([data])
    expect(app.errors).toHaveLength(1)
  })

  test('of many concurrent deletes exactly one succeeds, and the key is refused afterwards', async () => {
    served = await serve()
    const { client } = served
    const rounds = 10
    const callers = 8
    for (let round = 0; round < rounds; round += 1) {
      const { data, key } = await client().apiKeys.create({ requestBody: { name: 'x' } })
      const results = await Promise.allSettled(
        Array.from({ length: callers }, () => client().apiKeys.delete({ hash: data.hash })),
      )
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      for (const result of results) {
        if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(errors.NotFoundResponseError)
      }
      expect(await refusal(client(key).apiKeys.getCurrentKeyMetadata())).toBeInstanceOf(
        errors.UnauthorizedResponseError,
      )
    }
    console.log(`deletes at once: ${rounds} rounds of ${callers} callers`)
  })

  test('of many concurrent changes, each of another member, none is lost', async () => {
    served = await serve()
    const { client } = served
    const rounds = 10
    for (let round = 0; round < rounds; round += 1) {
      const { hash } = (await client().apiKeys.create({ requestBody: { name: 'x', limit: 1 } })).data
      await Promise.all(
        [
          { name: 'y' },
          { limit: 5 },
          { limitReset: 'monthly' as const },
          { includeByokInLimit: true },
          { disabled: true },
        ].map((requestBody) => client().apiKeys.update({ hash, requestBody })),
      )
      expect((await client().apiKeys.get({ hash })).data).toMatchObject({
        name: 'y',
        limit: 5,
        limitReset: 'monthly',
        includeByokInLimit: true,
        disabled: true,
      })
    }
    console.log(`changes at once: ${rounds} rounds of 5 changes`)
  })
})
