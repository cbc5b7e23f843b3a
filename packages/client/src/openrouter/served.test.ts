import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { OpenRouter as Official } from '@openrouter/sdk'
import { type Served, serve, shut } from '../../../../test/vendor-clients/served.ts'
import { OpenRouter } from './index.ts'
import * as errors from './models/errors.ts'

let served: Served
let ours: OpenRouter
let official: Official
const clientOf = (apiKey: string) =>
  new OpenRouter({ serverURL: `${served.listener.url}/api/v1`, apiKey, retryConfig: { strategy: 'none' } })

beforeAll(async () => {
  served = await serve()
  ours = clientOf(served.cast.admin.keys.manage.secret)
  official = served.client()
})
afterAll(() => shut(served))

async function refusal(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => null,
    (error) => error,
  )
}

/** A key as the official client sees it, which passes over what only newer ones read. */
function withoutNewer<T extends { lastUsedAt?: unknown }>({ lastUsedAt, ...rest }: T): Omit<T, 'lastUsedAt'> {
  expect(lastUsedAt).toBeNull()
  return rest
}

test('a key is created, read, changed, listed and deleted as by the official client', async () => {
  const { workspaceId, cast } = served
  const { data, key } = await ours.apiKeys.create({
    requestBody: {
      name: 'Every member',
      limit: 12.000000001,
      limitReset: 'weekly',
      includeByokInLimit: true,
      expiresAt: new Date('2031-05-06T07:08:09.010Z'),
      creatorUserId: cast.user.userId,
      workspaceId,
      external: { user: 'customer-7' },
    },
  })
  expect(key).toMatch(/^lk_[0-9A-Za-z]{49}$/)
  const { hash } = data
  expect(data.expiresAt).toEqual(new Date('2031-05-06T07:08:09.010Z'))
  expect((await official.apiKeys.get({ hash })).data).toEqual(withoutNewer(data))
  expect((await ours.apiKeys.get({ hash })).data).toEqual(data)
  const changed = await ours.apiKeys.update({ hash, requestBody: { limit: null, disabled: true } })
  expect(changed.data).toMatchObject({ limit: null, limitRemaining: null, disabled: true })
  expect(await ours.apiKeys.list({ workspaceId })).toEqual({ data: [] })
  const all = await ours.apiKeys.list({ workspaceId, includeDisabled: true })
  expect(all).toEqual({ data: [changed.data] })
  expect(await official.apiKeys.list({ workspaceId, includeDisabled: true })).toEqual({
    data: all.data.map(withoutNewer),
  })
  expect(await ours.apiKeys.delete({ hash })).toEqual({ deleted: true })
  expect(await refusal(ours.apiKeys.get({ hash }))).toBeInstanceOf(errors.NotFoundResponseError)
})

test('the current key is read as the official client reads it', async () => {
  const current = await ours.apiKeys.getCurrentKeyMetadata()
  expect(current).toEqual(await official.apiKeys.getCurrentKeyMetadata())
  expect(current.data.isManagementKey).toBe(true)
})

test('refusals of the server are typed errors', async () => {
  const past = { requestBody: { name: 'n', expiresAt: new Date(0) } }
  expect(await refusal(ours.apiKeys.create(past))).toBeInstanceOf(errors.BadRequestResponseError)
  const stranger = clientOf('lk_unknown')
  expect(await refusal(stranger.apiKeys.list())).toBeInstanceOf(errors.UnauthorizedResponseError)
  const ordinary = clientOf(served.cast.admin.keys.use.secret)
  const create = ordinary.apiKeys.create({ requestBody: { name: 'n' } })
  expect(await refusal(create)).toBeInstanceOf(errors.ForbiddenResponseError)
  expect(await refusal(ordinary.apiKeys.list())).toBeInstanceOf(errors.OpenRouterDefaultError)
})

test('a creation that is retried after 5xx creates one key', async () => {
  const { faulty, workspaceId, app } = served
  faulty.break('createKey', { error: new Error('broken'), times: 1 })
  const backoff = { initialInterval: 1, maxInterval: 2, exponent: 1, maxElapsedTime: 10_000 }
  const { data } = await ours.apiKeys.create(
    { requestBody: { name: 'x', workspaceId } },
    { retries: { strategy: 'backoff', backoff } },
  )
  expect((await ours.apiKeys.list({ workspaceId })).data).toEqual([data])
  expect(app.errors).toHaveLength(1)
})
