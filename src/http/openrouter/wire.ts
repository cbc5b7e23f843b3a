import { z } from '@hono/zod-openapi'
import { mayManage } from '../../core/access/abilities.ts'
import type { KeyView } from '../../core/keys/key-views.ts'
import { heldLimit, type ShownLimit, shownLimit } from '../../core/keys/one-limit.ts'
import type { OwnKey } from '../../core/keys/own-key.ts'
import { usdNumber } from '../../core/money/money.ts'
import type { Spend } from '../../core/money/spend.ts'
import { formatInstant } from '../kernel/input.ts'

const usd = z.number().openapi({ example: 25.5, description: 'USD' })
const time = z.iso.datetime().openapi({ format: 'date-time', example: '2026-08-24T10:30:00.000Z' })

// The members that both forms of a key share.
const shared = {
  label: z.string().openapi({ example: 'lk_0aZ...9xQ' }),
  limit: usd.nullable(),
  limit_remaining: usd.nullable(),
  limit_reset: z.enum(['daily', 'weekly', 'monthly']).nullable(),
  include_byok_in_limit: z.boolean(),
  usage: usd,
  usage_daily: usd,
  usage_weekly: usd,
  usage_monthly: usd,
  byok_usage: usd,
  byok_usage_daily: usd,
  byok_usage_weekly: usd,
  byok_usage_monthly: usd,
  creator_user_id: z.string().nullable(),
  expires_at: time.nullable(),
}

/** A key as the management endpoints show it (docs/wire/openrouter.md#the-key-object). Every member is always there. */
export const KeyData = z
  .object({
    hash: z.string().openapi({
      pattern: '^[0-9a-f]{64}$',
      example: '419c0d50afa69169bd670a322cdab7d6a796fc399d1a2b451cc59e2ba6f0c524',
    }),
    name: z.string(),
    disabled: z.boolean(),
    ...shared,
    external_user: z.string().nullable(),
    workspace_id: z.string().openapi({ format: 'uuid' }),
    created_at: time,
    updated_at: time.nullable(),
    last_used_at: time.nullable().openapi({ description: 'Null until the first use.' }),
  })
  .openapi('OpenRouterKey')

/** A key as its holder sees it (docs/wire/openrouter.md#the-current-key). */
export const CurrentKeyData = z
  .object({
    ...shared,
    is_free_tier: z.boolean(),
    is_management_key: z.boolean(),
    is_provisioning_key: z.boolean().openapi({ deprecated: true }),
    rate_limit: z
      .object({ requests: z.int(), interval: z.string(), note: z.string() })
      .openapi({ deprecated: true }),
    allowed_data_regions: z.array(z.string()),
    free_model_daily_requests: z.object({ limit: z.int(), remaining: z.int(), used: z.int() }),
    organization_id: z.string().nullable(),
    workspace_id: z.string().nullable().openapi({ format: 'uuid' }),
  })
  .openapi('OpenRouterCurrentKey')

/** The tag of these operations in the OpenAPI document. */
export const TAGS = ['openrouter']

/** The dialect's clients send the first header; the second works in every dialect. */
export const SECURITY = [{ bearer: [] }, { apiKey: [] }]

/** Renders a key for the management endpoints. */
export function renderKey(view: KeyView): z.infer<typeof KeyData> {
  const { key } = view
  return {
    hash: key.hash,
    name: key.name,
    disabled: key.disabled,
    ...renderShared(view),
    external_user: key.externalUserId,
    workspace_id: key.workspaceId,
    created_at: formatInstant(key.createdAt),
    updated_at: key.updatedAt === null ? null : formatInstant(key.updatedAt),
    last_used_at: key.lastUsedAt === null ? null : formatInstant(key.lastUsedAt),
  }
}

/**
 * Renders a key for its holder. Latchkey sells no credits and serves no models, so no key is on a free tier and there are no free
 * requests. Nothing leaves the server, so no region is excluded.
 */
export function renderCurrentKey({ view, budget }: OwnKey): z.infer<typeof CurrentKeyData> {
  const managing = mayManage(view.key.access)
  return {
    ...renderShared(view, heldLimit(view, budget)),
    is_free_tier: false,
    is_management_key: managing,
    is_provisioning_key: managing,
    rate_limit: { requests: -1, interval: '10s', note: 'This field is deprecated and safe to ignore.' },
    allowed_data_regions: ['global'],
    free_model_daily_requests: { limit: 0, remaining: 0, used: 0 },
    organization_id: null,
    workspace_id: view.key.workspaceId,
  }
}

function renderShared(view: KeyView, { amount, remaining, window }: ShownLimit = shownLimit(view)) {
  const { key } = view
  return {
    label: key.secrets[0].mask,
    limit: amount === null ? null : usdNumber(amount),
    limit_remaining: remaining === null ? null : usdNumber(remaining),
    limit_reset: window === 'total' ? null : window,
    include_byok_in_limit: key.includeByokInLimit,
    ...renderSpend(view.spend),
    // The creator of a key is its owner here, also when somebody else made it (docs/wire/openrouter.md#choices).
    creator_user_id: key.ownerId,
    expires_at: key.expiresAt === null ? null : formatInstant(key.expiresAt),
  }
}

function renderSpend({ daily, weekly, monthly, total }: Spend) {
  return {
    usage: usdNumber(total.amount),
    usage_daily: usdNumber(daily.amount),
    usage_weekly: usdNumber(weekly.amount),
    usage_monthly: usdNumber(monthly.amount),
    byok_usage: usdNumber(total.byokAmount),
    byok_usage_daily: usdNumber(daily.byokAmount),
    byok_usage_weekly: usdNumber(weekly.byokAmount),
    byok_usage_monthly: usdNumber(monthly.byokAmount),
  }
}
