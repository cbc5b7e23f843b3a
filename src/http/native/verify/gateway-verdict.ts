import type { z } from '@hono/zod-openapi'
import { Fault } from '../../../core/ground/faults.ts'
import type { Secret } from '../../../core/ground/secret.ts'
import type { BudgetExceeded } from '../../../core/verify/limit-refusals.ts'
import type { Verdict, VerifyRequest } from '../../../core/verify/verify.ts'
import { readCredential } from '../../kernel/credentials.ts'
import type { FaultResponse } from '../../kernel/dialect.ts'
import type { Problem } from '../../kernel/problem.ts'
import { type AnyFault, RequestFault } from '../../kernel/request-faults.ts'
import { renderNeverFits } from '../retry-wire.ts'
import { allOf, type Demands } from './demands.ts'

/** Counts a failed authentication, and returns the fault to throw. */
export type RefuseCredential = () => AnyFault

/** The client's credential, as its gateway passes it on. Throws `credential_missing`, `credential_conflict`, or the fault of `refuse`. */
export function clientCredential(headers: Headers, refuse: RefuseCredential): Secret {
  try {
    const credential = readCredential(headers)
    if (credential !== null) return credential
  } catch (error) {
    throw error instanceof Fault && error.code === 'credential_invalid' ? refuse() : error
  }
  throw new RequestFault('credential_missing')
}

/** The verify request for a gateway's demands. */
export type Asked = Pick<VerifyRequest, 'permissions' | 'rateCosts' | 'take'>

/** The demands in the words of the core. */
export function askedFor({ permissions, charge, costs }: Demands): Asked {
  const asked: Asked = {}
  const demanded = allOf(permissions)
  if (demanded !== undefined) asked.permissions = demanded
  if (costs.size > 0) asked.rateCosts = costs
  // It has no request id: the client could send the same id again, and that request would then cost nothing.
  if (charge !== null && charge > 0n)
    asked.take = { kind: 'charge', amount: charge, place: ['charge'], requestId: null, caller: 'payer' }
  return asked
}

/** A verdict that refuses. */
export type Refusal = Exclude<Verdict, { valid: true }>

/** The fault that stands for a refusal. A refusal for want of budget has a form of its own. */
export function faultOf(
  verdict: Exclude<Refusal, { code: 'BUDGET_EXCEEDED' }>,
  refuse: RefuseCredential,
): AnyFault {
  switch (verdict.code) {
    case 'NOT_FOUND':
    case 'DISABLED':
    case 'NOT_YET_VALID':
    case 'EXPIRED':
      return refuse()
    case 'FORBIDDEN':
      if (verdict.key.access !== 'manage') return new Fault('address_forbidden')
      return new Fault('access_forbidden', { message: 'This key only manages: its access is "manage".' })
    case 'INSUFFICIENT_PERMISSIONS':
      return new Fault('permission_denied', {
        message: 'The key lacks a permission that this request needs.',
      })
    case 'RATE_LIMITED': {
      const {
        bound: { limit, remaining },
        retry,
      } = verdict
      if (retry !== null) return new Fault('rate_limited', { retryAfterMs: retry.afterMs, limit, remaining })
      return new Fault('rate_limited', { message: NEVER, retryAfterMs: null, limit, remaining })
    }
  }
}

const NEVER =
  'A rate limit of the key never has room for this request: it takes more units than the limit has, or the key expires before.'

/** Names no amounts and no ids: the limit may belong to a workspace, which the client must not see. */
export function renderNoBudget({ bound, retry }: BudgetExceeded, requestId: string): FaultResponse {
  const { kind } = bound.account
  const body: z.infer<typeof Problem> = {
    type: 'urn:latchkey:refusal:BUDGET_EXCEEDED',
    title: 'A limit on spending has no room for this.',
    status: 402,
    detail: `The ${bound.window} limit of the ${kind === 'key' ? 'key' : `key's ${kind === 'user' ? 'owner' : 'workspace'}`} has no room for this request.`,
    code: 'BUDGET_EXCEEDED',
    requestId,
    ...renderNeverFits(retry),
  }
  const seconds = retry === null ? null : Math.max(1, Math.ceil(retry.afterMs / 1_000))
  const headers: Record<string, string> = seconds === null ? {} : { 'retry-after': seconds.toString() }
  return { status: 402, contentType: 'application/problem+json', body, headers }
}
