import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import type { Instant } from '../../../core/ground/clock.ts'
import { formatDuration } from '../../../core/ground/durations.ts'
import type { KeyView } from '../../../core/keys/key-views.ts'
import { keyStatus } from '../../../core/keys/life.ts'
import { keyBudget } from '../../../core/money/budgets.ts'
import { formatUsd } from '../../../core/money/money.ts'
import type { Spend } from '../../../core/money/spend.ts'
import { LIMIT_WINDOWS, type LimitWindow } from '../../../core/money/windows.ts'
import { ACCESSES, KEY_STATUSES, type Key, type RateLimit } from '../../../core/types.ts'
import { addressBlock, duration, formatInstant, permissionPattern, text } from '../../kernel/input.ts'
import { BudgetOut, renderBudget } from '../budget-wire.ts'
import { LimitsOut, renderLimits } from '../limits-wire.ts'
import { durationOut, instantOrNull, revisionOut, timeOut, usdOut, uuidOut } from '../wire.ts'

/** A named rate limit in a request. */
export const rateLimit = z
  .strictObject({
    name: text(1, MAX.rateLimitNameChars),
    limit: z.int().min(1).max(MAX.rateLimitUnits),
    window: duration({ minMs: 1_000, maxMs: MAX.rateWindowMs }),
  })
  .transform(({ name, limit, window }): RateLimit => ({ name, limit, windowMs: window }))

/** The settings of a key. The core decides which of them a caller may set. */
export const keyMembers = {
  name: text(0, MAX.nameChars),
  access: z.enum(ACCESSES),
  externalUserId: text(1, MAX.externalUserIdChars),
  permissions: z.array(permissionPattern).max(MAX.permissionsPerKey),
  rateLimits: z.array(rateLimit).max(MAX.rateLimitsPerKey),
  allowedIps: z.array(addressBlock).max(MAX.allowedIpsPerKey),
}

/** A named rate limit in an answer. */
export const RateLimitOut = z
  .object({
    name: z.string().openapi({ example: 'requests' }),
    limit: z.int().openapi({ example: 100 }),
    window: durationOut,
  })
  .openapi('RateLimit')

const amounts = { daily: usdOut, weekly: usdOut, monthly: usdOut, total: usdOut }

const UsageOut = z
  .object({ ...amounts, byok: z.object(amounts).openapi({ description: 'Usage that was paid elsewhere.' }) })
  .openapi('KeyUsage')

const BoostOut = z
  .object({
    amount: usdOut,
    until: timeOut.openapi({ description: 'First instant at which it no longer counts.' }),
  })
  .openapi('Boost')

const BoostsOut = z
  .object({ daily: BoostOut, weekly: BoostOut, monthly: BoostOut, total: BoostOut })
  .partial()
  .openapi('Boosts', { description: 'Boosts that raise limits for a time; ended boosts are left out.' })

/** A key in an answer. Every member is always there; one without a value is null. */
export const KeyOut = z
  .object({
    id: uuidOut,
    hash: z.string().openapi({
      description: "Lower-case hex SHA-256 of the key's first secret; never changes.",
      example: '419c0d50afa69169bd670a322cdab7d6a796fc399d1a2b451cc59e2ba6f0c524',
    }),
    name: z.string().openapi({ example: 'billing service' }),
    mask: z.string().openapi({ description: 'The mask of the current secret.', example: 'lk_003...tQq' }),
    access: z
      .enum(ACCESSES)
      .openapi({ description: '`use` the data plane, `manage` the control plane, or both.' }),
    disabled: z.boolean().openapi({ description: "The key's own switch." }),
    status: z.enum(KEY_STATUSES).openapi({ description: 'Derived at the time of the answer.' }),
    ownerId: uuidOut,
    workspaceId: uuidOut,
    externalUserId: z.string().nullable().openapi({ example: 'customer-1' }),
    labels: z.record(z.string(), z.string()).openapi({ example: { env: 'production' } }),
    permissions: z.array(z.string()).openapi({ example: ['documents.read'] }),
    limits: LimitsOut.openapi({ description: 'The limits as they were set, without boosts.' }),
    boosts: BoostsOut,
    includeByokInLimit: z.boolean(),
    rateLimits: z.array(RateLimitOut),
    allowedIps: z.array(z.string()).openapi({ example: ['203.0.113.0/24'] }),
    notBefore: timeOut.nullable(),
    expiresAt: timeOut.nullable().openapi({ description: 'First instant at which the key no longer works.' }),
    lastUsedAt: timeOut.nullable(),
    requestCount: z.int().openapi({ description: 'The number of uses; may lag by a second.' }),
    createdAt: timeOut,
    updatedAt: timeOut,
    createdById: uuidOut,
    updatedById: uuidOut,
    usage: UsageOut,
    budget: z
      .array(BudgetOut)
      .openapi({ description: "Where the key's own limits stand; its owner and workspace may have more." }),
    secrets: z
      .array(
        z.object({
          mask: z.string().openapi({ example: 'lk_003...tQq' }),
          createdAt: timeOut,
          expiresAt: timeOut.nullable(),
        }),
      )
      .openapi({ description: 'The current secret first, then those whose overlap has not ended.' }),
    revision: revisionOut,
  })
  .openapi('Key')

/** A key as the wire shows it. */
export function renderKey(view: KeyView): z.infer<typeof KeyOut> {
  const { key, owner, spend, at } = view
  return {
    id: key.id,
    hash: key.hash,
    name: key.name,
    mask: key.secrets[0].mask,
    access: key.access,
    disabled: key.disabled,
    status: keyStatus({ key, owner }, at),
    ownerId: key.ownerId,
    workspaceId: key.workspaceId,
    externalUserId: key.externalUserId,
    labels: key.labels,
    permissions: key.permissions,
    limits: renderLimits(key.limits),
    boosts: renderBoosts(key, at),
    includeByokInLimit: key.includeByokInLimit,
    rateLimits: key.rateLimits.map(renderRateLimit),
    allowedIps: key.allowedIps,
    notBefore: instantOrNull(key.notBefore),
    expiresAt: instantOrNull(key.expiresAt),
    lastUsedAt: instantOrNull(key.lastUsedAt),
    requestCount: key.requestCount,
    createdAt: formatInstant(key.createdAt),
    updatedAt: formatInstant(key.updatedAt ?? key.createdAt),
    createdById: key.createdById,
    updatedById: key.updatedById,
    usage: { ...renderSpend(spend, 'amount'), byok: renderSpend(spend, 'byokAmount') },
    budget: keyBudget(view).map(renderBudget),
    secrets: key.secrets.map(({ mask, createdAt, expiresAt }) => ({
      mask,
      createdAt: formatInstant(createdAt),
      expiresAt: instantOrNull(expiresAt),
    })),
    revision: key.revision,
  }
}

/** A named rate limit, as the wire shows it. */
export function renderRateLimit({ name, limit, windowMs }: RateLimit): z.infer<typeof RateLimitOut> {
  return { name, limit, window: formatDuration(windowMs) }
}

function renderBoosts({ boosts }: Key, at: Instant): z.infer<typeof BoostsOut> {
  const rendered: z.infer<typeof BoostsOut> = {}
  for (const window of LIMIT_WINDOWS) {
    const boost = boosts[window]
    if (boost === undefined || boost.until <= at) continue
    rendered[window] = { amount: formatUsd(boost.amount), until: formatInstant(boost.until) }
  }
  return rendered
}

function renderSpend(spend: Spend, member: 'amount' | 'byokAmount') {
  const shown = (window: LimitWindow) => formatUsd(spend[window][member])
  return { daily: shown('daily'), weekly: shown('weekly'), monthly: shown('monthly'), total: shown('total') }
}
