import type { Verdict, VerdictBudgetExceeded, VerdictRateLimited } from '../native/api.gen.ts'
import { LatchkeyApiError } from '../native/errors.ts'
import type { KeyFault } from './key.ts'

/** The body of a refusal (RFC 9457). It describes the client's own key, and reveals nothing about money or other keys. */
export interface RefusalProblem {
  /** One URI for each code. */
  type: string
  /** The meaning of the code. */
  title: string
  /** The HTTP status once more. */
  status: number
  /** The explanation of this refusal. */
  detail: string
  /** The word to act on: the verdict's, the fault of the incoming key, or `verification_unavailable`. */
  code: string
  /** Finds the verify in the server's log. */
  requestId?: string | undefined
  /** The period of the limit that is used up, with `BUDGET_EXCEEDED`. */
  window?: string | undefined
  /** When the same request passes if nothing else happens. */
  resetsAt?: string | undefined
  /** Present when it never does, however long the client waits. */
  neverFits?: true | undefined
}

/** The response to a refused request. */
export interface Refusal {
  /** The HTTP status. */
  status: number
  /** The headers that belong to it, by their names in lower case. */
  headers: Record<string, string>
  /** The body before it is written. */
  problem: RefusalProblem
  /** The body. */
  body: string
  /** The same as an answer of the web's own kind. */
  toResponse(): Response
}

/** The result of reading and verifying a key. */
export type Outcome = { fault: KeyFault } | { verdict: Verdict } | { error: unknown }

const UNAVAILABLE = 'verification_unavailable'
const WAIT_MS = 1_000

// A key that is not a valid credential gets 401, so that clients ask for another one; a valid key without the right gets 403.
const MEANINGS: Record<string, readonly [status: number, title: string, detail?: string]> = {
  NOT_FOUND: [401, 'This is no key that can be used.'],
  DISABLED: [401, 'The key is switched off.'],
  NOT_YET_VALID: [401, 'The key is not valid yet.'],
  EXPIRED: [401, 'The key has expired.'],
  FORBIDDEN: [403, 'The key may not be used here.'],
  INSUFFICIENT_PERMISSIONS: [403, 'The key lacks a permission for this.'],
  RATE_LIMITED: [429, 'Too many requests.'],
  BUDGET_EXCEEDED: [402, 'A spending limit is used up.'],
  credential_missing: [401, 'No key was sent.', 'Send "Authorization: Bearer <key>" or "X-Api-Key: <key>".'],
  credential_conflict: [401, 'Two different keys were sent.', 'Send one key in one header.'],
  credential_invalid: [401, 'What was sent is no key.', 'A key has no spaces, and at most 256 characters.'],
  [UNAVAILABLE]: [503, 'The key cannot be verified now.', 'Try again shortly.'],
}
const OTHERWISE = [403, 'The key may not be used for this.'] as const

/**
 * Turns the outcome of reading and verifying a key into a response: undefined when the verdict accepts the key, otherwise a refusal, also
 * for an error, which is not a decision. The error's message is not part of the response.
 */
export function refusalOf(outcome: Outcome, now: number = Date.now()): Refusal | undefined {
  if ('fault' in outcome) return refusal(outcome.fault)
  if ('error' in outcome) return unavailable(outcome.error)
  const { verdict } = outcome
  // A code of a newer server refuses too, and so does a verdict that contradicts itself, or none.
  if (verdict?.valid === true && verdict.code === 'VALID') return undefined
  if (!verdict) return unavailable(undefined)
  if (verdict.code === 'RATE_LIMITED') return rateLimited(verdict as Partial<VerdictRateLimited>)
  if (verdict.code === 'BUDGET_EXCEEDED') return overBudget(verdict as Partial<VerdictBudgetExceeded>, now)
  return refusal(verdict.code)
}

function unavailable(error: unknown): Refusal {
  const told = error instanceof LatchkeyApiError ? error : undefined
  const waitMs = Math.max(WAIT_MS, told?.retryAfterMs ?? 0)
  return refusal(UNAVAILABLE, { waitMs, problem: { requestId: told?.requestId } })
}

function rateLimited({ bound, neverFits }: Partial<VerdictRateLimited>): Refusal {
  const waitMs = neverFits ? undefined : (durationMs(bound?.retryAfter) ?? WAIT_MS)
  const headers = bound && {
    'ratelimit-limit': String(bound.limit),
    'ratelimit-remaining': String(bound.remaining),
    ...(waitMs !== undefined && { 'ratelimit-reset': secondsOf(waitMs) }),
  }
  const resetsAt = neverFits ? undefined : bound?.resetsAt
  return refusal('RATE_LIMITED', { waitMs, headers, problem: { resetsAt, neverFits } })
}

function overBudget({ bound, neverFits }: Partial<VerdictBudgetExceeded>, now: number): Refusal {
  const resetsAt = bound?.resetsAt ?? undefined
  const waitMs = resetsAt === undefined || neverFits ? undefined : Date.parse(resetsAt) - now
  return refusal('BUDGET_EXCEEDED', { waitMs, problem: { window: bound?.window, resetsAt, neverFits } })
}

function refusal(
  code: string,
  more: {
    waitMs?: number | undefined
    headers?: Record<string, string> | undefined
    problem?: Partial<RefusalProblem> | undefined
  } = {},
): Refusal {
  const [status, title, detail = title] = (Object.hasOwn(MEANINGS, code) && MEANINGS[code]) || OTHERWISE
  const problem = { type: `urn:latchkey:refusal:${code}`, title, status, detail, code, ...more.problem }
  const challenge = code === 'credential_missing' ? 'Bearer' : 'Bearer error="invalid_token"'
  const headers: Record<string, string> = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...(status === 401 && { 'www-authenticate': challenge }),
    ...(more.waitMs !== undefined && { 'retry-after': secondsOf(more.waitMs) }),
    ...more.headers,
  }
  const body = JSON.stringify(problem)
  return { status, headers, problem, body, toResponse: () => new Response(body, { status, headers }) }
}

/** In whole seconds, never less than the wait and never 0. */
function secondsOf(waitMs: number): string {
  return String(Math.max(1, Math.ceil(waitMs / 1_000) || 1))
}

const UNITS_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `30s`, `2m`, `1h`, `7d`. */
function durationMs(text: string | undefined): number | undefined {
  const [, count, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text ?? '') ?? []
  return count === undefined ? undefined : Number(count) * (UNITS_MS[unit] ?? 0)
}
