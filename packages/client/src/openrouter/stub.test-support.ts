import { type RawServer, type Reply, rawServer } from '../transport/raw-server.test-support.ts'

/** A key as the wire has it. */
export const KEY: Record<string, unknown> = {
  hash: '5f'.repeat(32),
  name: 'Key',
  label: 'lk_abc...xyz',
  disabled: false,
  limit: 1.5,
  limit_remaining: 0.5,
  limit_reset: 'daily',
  include_byok_in_limit: true,
  usage: 1,
  usage_daily: 2,
  usage_weekly: 3,
  usage_monthly: 4,
  byok_usage: 5,
  byok_usage_daily: 6,
  byok_usage_weekly: 7,
  byok_usage_monthly: 8,
  creator_user_id: 'user',
  expires_at: '2030-01-02T03:04:05.678Z',
  workspace_id: 'workspace',
  external_user: 'customer',
  created_at: '2026-01-02T03:04:05.678Z',
  updated_at: null,
  of_a_newer_server: { a: 1 },
}

/** The current key as the wire has it. */
export const CURRENT: Record<string, unknown> = {
  ...KEY,
  allowed_data_regions: ['global', 'mars'],
  free_model_daily_requests: { limit: 50, remaining: 49, used: 1 },
  is_free_tier: false,
  is_management_key: true,
  is_provisioning_key: true,
  organization_id: null,
  rate_limit: { requests: -1, interval: '10s', note: 'n' },
}

/** The body of an error. */
export function problem(status: number, more: object = {}): Reply {
  return { status, body: { error: { code: status, message: `Message of ${status}` }, ...more } }
}

/** A server that gives these replies in order, and the last of them from then on. */
export function stub(replies: readonly Reply[]): Promise<RawServer> {
  return rawServer((index) => replies[Math.min(index, replies.length - 1)] as Reply)
}
