import { describe, expect, test } from 'bun:test'
import { OpenAPIHono } from '@hono/zod-openapi'
import { CreateKeysData$inboundSchema } from '@openrouter/sdk/models/operations/createkeys.js'
import { GetCurrentKeyData$inboundSchema } from '@openrouter/sdk/models/operations/getcurrentkey.js'
import { GetKeyData$inboundSchema } from '@openrouter/sdk/models/operations/getkey.js'
import { ListData$inboundSchema } from '@openrouter/sdk/models/operations/list.js'
import { UpdateKeysData$inboundSchema } from '@openrouter/sdk/models/operations/updatekeys.js'
import type { Env } from '../../src/http/kernel/env.ts'
import { openrouter } from '../../src/http/openrouter/index.ts'
import { CurrentKeyData, KeyData } from '../../src/http/openrouter/wire.ts'

interface Parses {
  safeParse(value: unknown): { success: boolean; data?: unknown }
}

const COMMON = {
  label: 'lk_abc...xyz',
  limit: 1.5,
  limit_remaining: 0.5,
  limit_reset: 'daily',
  include_byok_in_limit: true,
  usage: 1,
  usage_daily: 1,
  usage_weekly: 1,
  usage_monthly: 1,
  byok_usage: 0,
  byok_usage_daily: 0,
  byok_usage_weekly: 0,
  byok_usage_monthly: 0,
  creator_user_id: 'u',
  expires_at: '2030-01-02T03:04:05.678Z',
  workspace_id: 'w',
}

const KEY = {
  ...COMMON,
  hash: '0'.repeat(64),
  name: 'n',
  disabled: false,
  external_user: 'e',
  created_at: '2026-01-02T03:04:05.678Z',
  updated_at: '2026-01-02T03:04:05.678Z',
  last_used_at: '2026-01-02T03:04:05.678Z',
}

const CURRENT_KEY = {
  ...COMMON,
  is_free_tier: false,
  is_management_key: false,
  is_provisioning_key: false,
  rate_limit: { requests: -1, interval: '10s', note: 'n' },
  allowed_data_regions: ['global'],
  free_model_daily_requests: { limit: 0, remaining: 0, used: 0 },
  organization_id: 'o',
}

// Every value that could be mistaken for another one on the wire.
const VALUES = [
  null,
  true,
  0,
  1.5,
  -1,
  '',
  'text',
  '2030-01-02T03:04:05.678Z',
  '2030-01-02',
  [],
  ['us'],
  [1],
  {},
]

// The client reads `expires_at` when it is present; we always send it.
const OPTIONAL_FOR_CLIENT = ['expires_at']
// The client accepts any text here; we send only these.
const NARROWER = ['limit_reset', 'created_at', 'updated_at']

// Clients from October 2026 on require these; the client that is installed here ignores them (docs/wire/openrouter.md#the-key-object).
const NEWER = ['last_used_at']
const isKnown = (name: string) => !NEWER.includes(name)

const PAIRS: [string, Parses & { shape: object }, Record<string, unknown>, Record<string, Parses>][] = [
  [
    'a key',
    KeyData,
    KEY,
    {
      create: CreateKeysData$inboundSchema,
      get: GetKeyData$inboundSchema,
      list: ListData$inboundSchema,
      update: UpdateKeysData$inboundSchema,
    },
  ],
  ['the current key', CurrentKeyData, CURRENT_KEY, { current: GetCurrentKeyData$inboundSchema }],
]

describe.each(PAIRS)("the schema of %s equals the official client's", (_, ours, sample, clients) => {
  test('in the members that it has', () => {
    expect(Object.keys(sample).sort()).toEqual(Object.keys(ours.shape).sort())
    for (const client of Object.values(clients)) {
      const read = Object.keys(client.safeParse(sample).data ?? {})
      expect(read.map(snakeCase).sort()).toEqual(Object.keys(ours.shape).filter(isKnown).sort())
    }
  })

  test('in the required members', () => {
    for (const name of Object.keys(sample)) {
      const { [name]: _, ...rest } = sample
      expect(ours.safeParse(rest).success).toBe(false)
      for (const client of Object.values(clients)) {
        const optional = OPTIONAL_FOR_CLIENT.includes(name) || NEWER.includes(name)
        expect([name, client.safeParse(rest).success]).toEqual([name, optional])
      }
    }
  })

  test('in the values that each member may have', () => {
    for (const name of Object.keys(sample).filter(isKnown)) {
      for (const value of VALUES) {
        const changed = { ...sample, [name]: value }
        const allowed = ours.safeParse(changed).success
        for (const client of Object.values(clients)) {
          const read = client.safeParse(changed).success
          if (allowed || !NARROWER.includes(name)) expect([name, value, read]).toEqual([name, value, allowed])
        }
      }
    }
  })
})

test('the document requires every member of both forms of a key', () => {
  const api = new OpenAPIHono<Env>()
  for (const operation of openrouter.operations) operation.mount(api, [])
  const { components, paths } = api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 't', version: '1' },
  })
  const schemas = components?.schemas as Record<string, { required: string[] }>
  expect(schemas.OpenRouterKey?.required.sort()).toEqual(Object.keys(KEY).sort())
  expect(schemas.OpenRouterCurrentKey?.required.sort()).toEqual(Object.keys(CURRENT_KEY).sort())
  expect(Object.keys(paths ?? {})).toEqual([
    '/key',
    '/auth/key',
    '/keys',
    '/keys/{hash}',
    '/credits',
    '/activity',
  ])
})

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
