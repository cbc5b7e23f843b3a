import { afterEach, expect, test } from 'bun:test'
import type { RawServer } from '../transport/raw-server.test-support.ts'
import { creditsGetCredits } from './funcs/creditsGetCredits.ts'
import { APIPromise, OpenRouter, SDK_METADATA, type SDKOptions } from './index.ts'
import { type Act, expectParity, type Row } from './parity.test-support.ts'
import { problem, stub } from './stub.test-support.ts'

const CREDITS = { total_credits: 5, total_usage: 2.25 }
const ACTIVITY = {
  date: '2026-08-24',
  model: 'm',
  model_permaslug: '',
  endpoint_id: '',
  provider_name: '',
  usage: 0.25,
  byok_usage_inference: 0,
  requests: 3,
  prompt_tokens: 5,
  completion_tokens: 0,
  reasoning_tokens: 0,
  more: 1,
}
const activity =
  (request?: Parameters<OpenRouter['analytics']['getUserActivity']>[0]): Act =>
  (client) =>
    client.analytics.getUserActivity(request)

const USED: Row[] = [
  ['the credits', (c) => c.credits.getCredits(), { status: 200, body: { data: { ...CREDITS, more: 1 } } }],
  [
    'the credits, named',
    (c) => c.credits.getCredits({ httpReferer: 'r', appTitle: 't', appCategories: 'c' }),
    { status: 200, body: { data: CREDITS } },
  ],
  [
    'the activity',
    activity(),
    { status: 200, body: { data: [ACTIVITY, { ...ACTIVITY, workspace_id: 'w' }] } },
  ],
  [
    'the activity of a day, a key, a user and a workspace',
    activity({ date: '2026-08-24', apiKeyHash: 'a', userId: 'u &', groupBy: 'workspace', workspaceId: 'w' }),
    { status: 200, body: { data: [] } },
  ],
  ...[400, 401, 403, 404, 429, 500].flatMap((status): Row[] => [
    [`credits that end in ${status}`, (c) => c.credits.getCredits(), problem(status)],
    [`activity that ends in ${status}`, activity(), problem(status)],
  ]),
  [
    'credits without a member',
    (c) => c.credits.getCredits(),
    { status: 200, body: { data: { total_usage: 1 } } },
  ],
  ['activity without a list', activity(), { status: 200, body: { data: null } }],
  ['activity of half tokens', activity(), { status: 200, body: { data: [{ ...ACTIVITY, requests: 0.5 }] } }],
]

expectParity('used', USED)

let server: RawServer | undefined
afterEach(() => server?.close())

const clientOf = async (reply: Parameters<typeof stub>[0][number], more: SDKOptions = {}) => {
  server = await stub([reply])
  return new OpenRouter({ serverURL: server.url, apiKey: 'x', retryConfig: { strategy: 'none' }, ...more })
}

test('a function returns the sent request and the response', async () => {
  const client = await clientOf({ status: 200, body: { data: CREDITS } })
  const promise = creditsGetCredits(client)
  expect(promise).toBeInstanceOf(APIPromise)
  const [result, { status, request, response }] = await promise.$inspect()
  expect(result).toEqual({ ok: true, value: { data: { totalCredits: 5, totalUsage: 2.25 } } })
  expect([status, request?.method, request?.url, response?.status]).toEqual([
    'complete',
    'GET',
    `${server?.url}/credits`,
    200,
  ])
  expect(await promise).toEqual(result)
  expect(await promise.finally(() => {})).toEqual(result)
})

test('also without a response, and when nothing was sent', async () => {
  const broken = await clientOf('reset')
  const [, lost] = await creditsGetCredits(broken).$inspect()
  expect([lost.status, lost.response]).toEqual(['request-error', undefined])
  const [, unsent] = await creditsGetCredits(broken, { httpReferer: 1 as never }).$inspect()
  expect(unsent).toEqual({ status: 'invalid' })
})

test('a replacement of fetch gets one Request, as from the official client', async () => {
  const original = globalThis.fetch
  const seen: unknown[][] = []
  globalThis.fetch = (async (...given: unknown[]) => {
    seen.push(given)
    return Response.json({ data: CREDITS })
  }) as never
  try {
    const options = { apiKey: 'x', serverURL: 'http://keys.example/api/v1' }
    await new OpenRouter(options).credits.getCredits()
  } finally {
    globalThis.fetch = original
  }
  const [[request, ...more] = []] = seen
  expect(more).toEqual([])
  expect(request).toBeInstanceOf(Request)
  expect((request as Request).url).toBe('http://keys.example/api/v1/credits')
  expect((request as Request).headers.get('authorization')).toBe('Bearer x')
  expect((request as Request).headers.get('user-agent')).toBe(SDK_METADATA.userAgent)
})
