import { z } from '@hono/zod-openapi'
import { formatDuration } from '../../../core/ground/durations.ts'
import type { OwnKey, OwnRefusal, UnseenLimit } from '../../../core/keys/own-key.ts'
import type { AccountId } from '../../../core/ledger/entries.ts'
import type { Retry } from '../../../core/verify/retry.ts'
import { formatInstant } from '../../kernel/input.ts'
import { renderScopedBudget, ScopedBudgetOut } from '../budget-wire.ts'
import { neverFitsOut, renderNeverFits } from '../retry-wire.ts'
import { RateStateOut, RefusalOut, renderRateState, renderRefusal } from '../verify/verdict-wire.ts'
import { instantOrNull, uuidOut } from '../wire.ts'
import { KeyOut, renderKey } from './key-wire.ts'

const UnseenLimitOut = z
  .object({
    valid: z.literal(false),
    code: z.literal('BUDGET_EXCEEDED'),
    keyId: uuidOut,
    budget: z.array(ScopedBudgetOut).openapi({ description: 'The limits of the key and its owner.' }),
    neverFits: neverFitsOut,
  })
  .openapi('VerdictUnseenLimit', {
    description: "The workspace's limit has no room, and the key's owner may not see that limit.",
  })

/** A key, as its holder sees it. */
export const OwnKeyOut = z
  .object({
    key: KeyOut,
    refusal: z
      .union([...RefusalOut.options, UnseenLimitOut])
      .nullable()
      .openapi({
        description:
          'The refusal that a verify without demands would get now; null while the key would pass.',
      }),
    detail: z.string().nullable().openapi({
      description: 'The refusal in words; null when the key may be used.',
      example: 'The key is disabled.',
    }),
    budget: z.array(ScopedBudgetOut).openapi({
      description:
        'Every limit that counts: those of the key and its owner, and those of the workspace while the owner sees it.',
    }),
    rateLimits: z.array(RateStateOut).openapi({ description: "The present state of the key's rate limits." }),
  })
  .openapi('OwnKey')

/** A key on the wire, as its holder sees it. */
export function renderOwnKey(own: OwnKey): z.infer<typeof OwnKeyOut> {
  const { view, refusal, budget, rateLimits } = own
  return {
    key: renderKey(view),
    refusal: refusal && (isUnseen(refusal) ? renderUnseen(refusal) : renderRefusal(refusal)),
    detail: refusal && detailOf(refusal, own),
    budget: budget.map(renderScopedBudget),
    rateLimits: rateLimits.map(renderRateState),
  }
}

function isUnseen(refusal: OwnRefusal): refusal is UnseenLimit {
  return refusal.code === 'BUDGET_EXCEEDED' && refusal.bound === null
}

function renderUnseen({ code, key, budget, retry }: UnseenLimit): z.infer<typeof UnseenLimitOut> {
  const shown = budget.map(renderScopedBudget)
  return { valid: false, code, keyId: key.id, budget: shown, ...renderNeverFits(retry) }
}

function detailOf(refusal: OwnRefusal, { ownerDisabled }: OwnKey): string {
  const { code, key } = refusal
  switch (code) {
    case 'DISABLED':
      return ownerDisabled ? 'The owner of the key is disabled.' : 'The key is disabled.'
    case 'NOT_YET_VALID':
      return `The key is valid from ${instantOrNull(key.notBefore)} on.`
    case 'EXPIRED':
      return `The key expired at ${instantOrNull(key.expiresAt)}.`
    case 'FORBIDDEN':
      return 'The key only manages: with the access `manage` it passes no verify.'
    case 'INSUFFICIENT_PERMISSIONS':
      return 'The key lacks a permission.'
    case 'RATE_LIMITED': {
      const { name, limit, windowMs } = refusal.bound
      return `The rate limit "${name}" (${limit} in ${formatDuration(windowMs)}) has no room${until(refusal.retry)}.`
    }
    case 'BUDGET_EXCEEDED': {
      const { window, kind } = isUnseen(refusal)
        ? { window: refusal.window, kind: 'workspace' as const }
        : { window: refusal.bound.window, kind: refusal.bound.account.kind }
      return `The ${window} limit of ${WHOSE[kind]} has nothing left${until(refusal.retry)}.`
    }
  }
}

const WHOSE: Record<AccountId['kind'], string> = {
  key: 'the key',
  user: "the key's owner",
  workspace: "the key's workspace",
}

function until(retry: Retry | null): string {
  return retry === null ? '' : ` until ${formatInstant(retry.at)}`
}
