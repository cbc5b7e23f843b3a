import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import * as errors from '@openrouter/sdk/models/errors'
import { NANO_PER_USD } from '../../src/core/money/money.ts'
import { callOf } from '../wire/cast.ts'
import { NO_HASH, refusal, type Served, serve, shut } from './served.ts'

describe('the official client and money', () => {
  let served: Served
  let hash: string
  beforeAll(async () => {
    served = await serve()
    const { app, workspaceId } = served
    const call = await callOf(app, app.rootKey)
    const { view } = await app.latchkey.keys.create(call, { access: 'use', workspaceId })
    hash = view.key.hash
    const event = {
      id: 'e',
      key: { id: view.key.id },
      amount: (5n * NANO_PER_USD) / 2n,
      byokAmount: NANO_PER_USD,
      requests: 3,
      at: Date.parse('2026-11-21T01:00:00Z'),
      meta: {
        model: 'openai/gpt-4.1',
        model_permaslug: 'openai/gpt-4.1-2025-04-14',
        endpoint_id: 'endpoint-1',
        provider_name: 'OpenAI',
        prompt_tokens: '50',
        completion_tokens: '125',
        reasoning_tokens: '25',
      },
    }
    await app.latchkey.usage.report(call, [event])
  })
  afterAll(() => shut(served))

  test('reads the credits', async () => {
    expect(await served.client().credits.getCredits()).toEqual({
      data: { totalCredits: 2.5, totalUsage: 2.5 },
    })
  })

  test('reads the activity by every filter', async () => {
    const { client, workspaceId, cast } = served
    const item = {
      date: '2026-11-21',
      model: 'openai/gpt-4.1',
      modelPermaslug: 'openai/gpt-4.1-2025-04-14',
      endpointId: 'endpoint-1',
      providerName: 'OpenAI',
      usage: 2.5,
      byokUsageInference: 1,
      requests: 3,
      promptTokens: 50,
      completionTokens: 125,
      reasoningTokens: 25,
    }
    expect(await client().analytics.getUserActivity()).toEqual({ data: [item] })
    const request = { date: '2026-11-21', apiKeyHash: hash, workspaceId, userId: cast.root.userId }
    expect(await client().analytics.getUserActivity(request)).toEqual({ data: [item] })
    const split = await client().analytics.getUserActivity({ groupBy: 'workspace' })
    expect(split).toEqual({ data: [{ ...item, workspaceId }] })
    expect(await client().analytics.getUserActivity({ date: '2026-11-20' })).toEqual({ data: [] })
  })

  test('gets its typed errors from both', async () => {
    const { client, cast } = served
    const ordinary = client(cast.admin.keys.use.secret)
    expect(await refusal(ordinary.credits.getCredits())).toBeInstanceOf(errors.ForbiddenResponseError)
    expect(await refusal(ordinary.analytics.getUserActivity())).toBeInstanceOf(errors.ForbiddenResponseError)
    const stranger = client('sk-or-v1-unknown')
    expect(await refusal(stranger.credits.getCredits())).toBeInstanceOf(errors.UnauthorizedResponseError)
    expect(await refusal(stranger.analytics.getUserActivity())).toBeInstanceOf(
      errors.UnauthorizedResponseError,
    )
    const today = client().analytics.getUserActivity({ date: '2026-11-22' })
    expect(await refusal(today)).toBeInstanceOf(errors.BadRequestResponseError)
    const unknown = client().analytics.getUserActivity({ apiKeyHash: NO_HASH })
    expect(await refusal(unknown)).toBeInstanceOf(errors.NotFoundResponseError)
  })
})
