import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import type { OpenRouter } from '@openrouter/sdk'
import { OpenRouterCore } from '@openrouter/sdk/core.js'
import { apiKeysCreate } from '@openrouter/sdk/funcs/apiKeysCreate.js'
import { apiKeysDelete } from '@openrouter/sdk/funcs/apiKeysDelete.js'
import { apiKeysGet } from '@openrouter/sdk/funcs/apiKeysGet.js'
import { apiKeysGetCurrentKeyMetadata } from '@openrouter/sdk/funcs/apiKeysGetCurrentKeyMetadata.js'
import { apiKeysList } from '@openrouter/sdk/funcs/apiKeysList.js'
import { apiKeysUpdate } from '@openrouter/sdk/funcs/apiKeysUpdate.js'
import * as errors from '@openrouter/sdk/models/errors'
import { NANO_PER_USD } from '../../src/core/money/money.ts'
import { callOf } from '../wire/cast.ts'
import { expectRefusal, NO_HASH, operations, refusal, type Served, serve, shut } from './served.ts'

describe('the official client', () => {
  let served: Served
  beforeAll(async () => {
    served = await serve()
  })
  afterAll(() => shut(served))
  afterEach(() => {
    served.faulty.repair()
    expect(served.app.errors).toEqual([])
  })

  test('creates a key with every member and reads each of them back', async () => {
    const { client, cast, workspaceId } = served
    const expiresAt = new Date('2031-05-06T07:08:09.010Z')
    const { data, key } = await client().apiKeys.create({
      requestBody: {
        name: 'Every member',
        limit: 12.000000001,
        limitReset: 'weekly',
        includeByokInLimit: true,
        expiresAt,
        creatorUserId: cast.user.userId,
        workspaceId,
        external: { user: 'customer-7' },
      },
    })
    expect(key).toMatch(/^lk_[0-9A-Za-z]{49}$/)
    const hash = new Bun.CryptoHasher('sha256').update(key).digest('hex')
    const expected = {
      hash,
      name: 'Every member',
      label: `${key.slice(0, 6)}...${key.slice(-3)}`,
      disabled: false,
      limit: 12.000000001,
      limitRemaining: 12.000000001,
      limitReset: 'weekly',
      includeByokInLimit: true,
      usage: 0,
      usageDaily: 0,
      usageWeekly: 0,
      usageMonthly: 0,
      byokUsage: 0,
      byokUsageDaily: 0,
      byokUsageWeekly: 0,
      byokUsageMonthly: 0,
      createdAt: '2026-11-22T12:00:00.000Z',
      updatedAt: null,
      creatorUserId: cast.user.userId,
      workspaceId,
      expiresAt,
      externalUser: 'customer-7',
    }
    expect(data).toEqual(expected)
    expect((await client().apiKeys.get({ hash })).data).toEqual(expected)
    expect((await client().apiKeys.list({ workspaceId })).data).toEqual([expected])
    // The member to whom the key belongs may manage it as its own.
    const changed = await client(cast.user.keys.manage.secret).apiKeys.update({
      hash,
      requestBody: { name: 'Mine' },
    })
    expect(changed.data).toEqual({ ...expected, name: 'Mine', updatedAt: '2026-11-22T12:00:00.000Z' })
    expect(await client().apiKeys.delete({ hash })).toEqual({ deleted: true })
  })

  test('changes every changeable member, clears null ones and keeps absent ones', async () => {
    const { client } = served
    const { data: made } = await client().apiKeys.create({ requestBody: { name: 'first' } })
    const { hash } = made
    const change = async (requestBody: Parameters<OpenRouter['apiKeys']['update']>[0]['requestBody']) =>
      (await client().apiKeys.update({ hash, requestBody })).data
    const first = {
      ...made,
      name: 'second',
      disabled: true,
      limit: 7.5,
      limitRemaining: 7.5,
      limitReset: 'daily',
      includeByokInLimit: true,
      updatedAt: '2026-11-22T12:00:00.000Z',
    }
    expect(
      await change({
        name: 'second',
        disabled: true,
        limit: 7.5,
        limitReset: 'daily',
        includeByokInLimit: true,
      }),
    ).toEqual(first)
    expect(await change({})).toEqual(first)
    expect(await change({ limitReset: null })).toEqual({ ...first, limitReset: null })
    expect(await change({ limit: null })).toEqual({
      ...first,
      limit: null,
      limitRemaining: null,
      limitReset: null,
    })
    expect((await client().apiKeys.list()).data.map((key) => key.hash)).not.toContain(hash)
    expect((await client().apiKeys.list({ includeDisabled: true })).data.map((key) => key.hash)).toContain(
      hash,
    )
    expect(await client().apiKeys.delete({ hash })).toEqual({ deleted: true })
  })

  test('reads its own key, with its usage', async () => {
    const { app, client, cast, defaultWorkspaceId } = served
    const { data, key } = await client().apiKeys.create({
      requestBody: { name: 'spender', limit: 0.3, includeByokInLimit: true },
    })
    const events = [0, 1].map((index) => ({
      id: `event-${index}`,
      key: { digest: data.hash as never },
      amount: NANO_PER_USD / 10n,
      byokAmount: NANO_PER_USD / 5n,
      requests: 1,
      meta: {},
    }))
    await app.latchkey.usage.report(await callOf(app, app.rootKey), events)
    expect((await client(key).apiKeys.getCurrentKeyMetadata()).data).toEqual({
      label: data.label,
      limit: 0.3,
      limitRemaining: 0,
      limitReset: null,
      includeByokInLimit: true,
      usage: 0.2,
      usageDaily: 0.2,
      usageWeekly: 0.2,
      usageMonthly: 0.2,
      byokUsage: 0.4,
      byokUsageDaily: 0.4,
      byokUsageWeekly: 0.4,
      byokUsageMonthly: 0.4,
      creatorUserId: cast.admin.userId,
      expiresAt: null,
      isFreeTier: false,
      isManagementKey: false,
      isProvisioningKey: false,
      rateLimit: { requests: -1, interval: '10s', note: 'This field is deprecated and safe to ignore.' },
      allowedDataRegions: ['global'],
      freeModelDailyRequests: { limit: 0, remaining: 0, used: 0 },
      organizationId: null,
      workspaceId: defaultWorkspaceId,
    })
  })

  test('works through its standalone functions, whose results are values', async () => {
    const { listener, cast } = served
    const core = new OpenRouterCore({
      serverURL: `${listener.url}/api/v1/`,
      apiKey: async () => cast.admin.keys.full.secret,
      retryConfig: { strategy: 'none' },
    })
    const made = await apiKeysCreate(core, { requestBody: { name: 'standalone' } })
    if (!made.ok) throw made.error
    const { hash } = made.value.data
    expect(await apiKeysGet(core, { hash })).toMatchObject({ ok: true, value: { data: made.value.data } })
    expect(await apiKeysUpdate(core, { hash, requestBody: { name: 'changed' } })).toMatchObject({
      ok: true,
      value: { data: { name: 'changed' } },
    })
    const listed = await apiKeysList(core, { offset: 0 })
    expect(listed.ok && listed.value.data.find((key) => key.hash === hash)).toMatchObject({ name: 'changed' })
    expect(await apiKeysGetCurrentKeyMetadata(core)).toMatchObject({
      ok: true,
      value: { data: { isManagementKey: true } },
    })
    expect(await apiKeysDelete(core, { hash })).toEqual({ ok: true, value: { deleted: true } })
    const gone = await apiKeysGet(core, { hash })
    expect(gone.ok).toBe(false)
    expect(gone.error).toBeInstanceOf(errors.NotFoundResponseError)
  })

  test('gets its typed 400 for invalid input, with the place', async () => {
    const { client } = served
    const { hash } = (await client().apiKeys.create({ requestBody: { name: 'x' } })).data
    const wrong: [string, () => Promise<unknown>][] = [
      ['offset', () => client().apiKeys.list({ offset: -1 })],
      ['workspace_id', () => client().apiKeys.list({ workspaceId: 'nowhere' })],
      ['name', () => client().apiKeys.create({ requestBody: { name: '' } })],
      ['expires_at', () => client().apiKeys.create({ requestBody: { name: 'x', expiresAt: new Date(0) } })],
      ['limit', () => client().apiKeys.create({ requestBody: { name: 'x', limit: 2e9 } })],
      [
        'creator_user_id',
        () => client().apiKeys.create({ requestBody: { name: 'x', creatorUserId: 'nobody' } }),
      ],
      [
        'external.api_key',
        () =>
          client().apiKeys.create({
            requestBody: { name: 'x', external: { user: 'u', apiKey: 'k'.repeat(32) } },
          }),
      ],
      ['limit', () => client().apiKeys.update({ hash, requestBody: { limit: -1 } })],
      [
        'limit_reset',
        () => client().apiKeys.update({ hash, requestBody: { limitReset: 'yearly' as never } }),
      ],
    ]
    for (const [place, call] of wrong) {
      const error = await refusal(call())
      expect(error).toBeInstanceOf(errors.BadRequestResponseError)
      expect((error as Error).message).toStartWith(`Invalid request parameters: ${place}: `)
    }
  })

  test('gets its typed 404 for a key that is missing, foreign, or deleted', async () => {
    const { client, cast } = served
    const { hash } = (await client().apiKeys.create({ requestBody: { name: 'x' } })).data
    const calls = (as: OpenRouter, of: string) => [
      () => as.apiKeys.get({ hash: of }),
      () => as.apiKeys.update({ hash: of, requestBody: { name: 'y' } }),
      () => as.apiKeys.delete({ hash: of }),
    ]
    const bodies: string[] = []
    const expectNotFound = async (all: (() => Promise<unknown>)[]) => {
      for (const call of all) {
        const error = await refusal(call())
        expect(error).toBeInstanceOf(errors.NotFoundResponseError)
        bodies.push((error as errors.NotFoundResponseError).body)
      }
    }
    await expectNotFound(calls(client(), NO_HASH))
    await expectNotFound(calls(client(), '../keys'))
    await expectNotFound(calls(client(cast.other.keys.full.secret), hash))
    await client().apiKeys.delete({ hash })
    await expectNotFound(calls(client(), hash))
    expect(new Set(bodies).size).toBe(1)
  })

  test('gets its typed 401 from every operation', async () => {
    const { client } = served
    for (const [name, call] of operations()) {
      const error = await refusal(call(client('lk_unknown')))
      expectRefusal(error, 401, { operation: name, message: 'User not found.' })
    }
  })

  test('gets 403 from every management operation as an ordinary key, typed where the client has a type', async () => {
    const { client, cast } = served
    for (const [name, call] of operations()) {
      if (name === 'current') continue
      const error = await refusal(call(client(cast.admin.keys.use.secret)))
      expectRefusal(error, 403, {
        operation: name,
        message: 'Only management keys can perform this operation',
      })
    }
  })
})
