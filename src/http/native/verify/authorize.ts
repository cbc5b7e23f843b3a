import { type RouteConfig, z } from '@hono/zod-openapi'
import type { Context, MiddlewareHandler } from 'hono'
import { Fault } from '../../../core/ground/faults.ts'
import type { BudgetExceeded, Verdict, VerifyRequest } from '../../../core/verify/verify.ts'
import { readCredential } from '../../kernel/credentials.ts'
import type { Env } from '../../kernel/env.ts'
import type { Operation, OperationFacts } from '../../kernel/operation.ts'
import { type Problem, problemResponse } from '../../kernel/problem.ts'
import { problems, SECURITY } from '../wire.ts'
import { allOf } from './demands.ts'
import { demandsOf, isForNginx, type RulesInForce } from './gateway-request.ts'
import { IDENTITY_HEADERS, identityOf, NOBODY } from './identity-headers.ts'
import type { RouteRules } from './route-rules.ts'

const headersOut = Object.fromEntries(
  IDENTITY_HEADERS.map((name) => [name, { schema: { type: 'string' as const } }]),
)

const query = z.object({
  permission: z.string().optional().openapi({
    description: 'An expression that the key must meet. Also as the header `X-Auth-Permission`.',
    example: 'documents.read',
  }),
  charge: z.string().optional().openapi({
    description: 'USD to spend at once. Also as the header `X-Auth-Charge`.',
    example: '0.002',
  }),
  cost: z.string().optional().openapi({
    description:
      'Units to take from named rate limits instead of one each, at least 1. Also as the header `X-Auth-Cost`.',
    example: 'tokens:250',
  }),
  mode: z.enum(['nginx']).optional().openapi({
    description:
      'Answers 403 with `X-Auth-Status` in place of 402 and 429, which auth_request does not know. Also as the header `X-Auth-Mode`.',
  }),
})

const route: RouteConfig = {
  method: 'get',
  path: '/authorize',
  operationId: 'authorize',
  summary: 'Decide for a gateway whether a request may pass (forward-auth)',
  description:
    'For every method, and for every path below this one. The credential is that of the client of the protected service; the gateway needs none. Demands of several places add up, so that a client cannot lower them. The body is not read. Every answer has all `X-Auth-*` identity headers, empty on a refusal; what is not visible ASCII in them is percent-encoded, and so are `%`, `,` and `=`.',
  tags: ['native'],
  security: SECURITY,
  request: { query },
  responses: {
    200: { description: 'The request may pass; the headers say whose it is.', headers: headersOut },
    402: problemResponse('A limit on spending has no room. With Retry-After when waiting helps.'),
    ...problems(),
  },
}

const facts: OperationFacts = {
  access: 'verified',
  action: 'key.authorize',
  target: 'key',
  dataPlane: true,
  anyMethod: true,
}

/** `ANY /authorize[/*]` (docs/api.md, "In front of a service of yours"). */
export function authorize(rules: RulesInForce): Operation {
  return {
    ...facts,
    method: route.method,
    path: route.path,
    mount(app, before) {
      app.openAPIRegistry.registerPath(route)
      const around = forGateways(rules)
      for (const path of ['/authorize', '/authorize/:path{.*}']) {
        app.all(path, around, ...before, (c) => answer(c, rules()))
      }
    },
  }
}

async function answer(c: Context<Env>, rules: RouteRules | null): Promise<Response> {
  const request: VerifyRequest = { secret: credentialOf(c) }
  const { permissions, charge, costs } = demandsOf(c, rules)
  const demanded = allOf(permissions)
  if (demanded !== undefined) request.permissions = demanded
  if (costs.size > 0) request.rateCosts = costs
  if (c.var.clientIp !== null) request.ip = c.var.clientIp
  // No request id: what identifies a request to the client could be sent again by it, and would then cost nothing.
  if (charge !== null && charge > 0n)
    request.take = { kind: 'charge', amount: charge, place: 'query:charge', requestId: null, caller: 'payer' }
  const verdict = await c.var.latchkey.verify(request)
  if (verdict.code !== 'NOT_FOUND') c.set('judgedKeyId', verdict.key.id)
  return verdict.valid ? new Response(null, { headers: identityOf(verdict.key) }) : refuse(c, verdict)
}

function credentialOf(c: Context<Env>) {
  try {
    const credential = readCredential(c.req.raw.headers)
    if (credential !== null) return credential
  } catch (error) {
    throw error instanceof Fault && error.code === 'credential_invalid' ? c.var.refuseCredential() : error
  }
  throw new Fault('credential_missing')
}

type Refusal = Exclude<Verdict, { valid: true }>

/** Throws the fault of a refusal; only a budget's has a form of its own. */
function refuse(c: Context<Env>, verdict: Refusal): Response {
  switch (verdict.code) {
    case 'NOT_FOUND':
    case 'DISABLED':
    case 'NOT_YET_VALID':
    case 'EXPIRED':
      throw c.var.refuseCredential()
    case 'FORBIDDEN':
      if (verdict.key.access !== 'manage') throw new Fault('address_forbidden')
      throw new Fault('access_forbidden', { message: 'This key only manages: its access is "manage".' })
    case 'INSUFFICIENT_PERMISSIONS':
      throw new Fault('permission_denied', { message: 'The key lacks a permission that this request needs.' })
    case 'RATE_LIMITED': {
      const { bound, retry } = verdict
      throw new Fault('rate_limited', { retryAfterMs: retry?.afterMs ?? null, limit: bound.limit })
    }
    case 'BUDGET_EXCEEDED':
      return budgetProblem(c, verdict)
  }
}

/** Names no amounts and no ids: the limit may be that of a workspace, which is not the client's to see. */
function budgetProblem(c: Context<Env>, { bound, retry }: BudgetExceeded): Response {
  const { kind } = bound.account
  const body: z.infer<typeof Problem> = {
    type: 'urn:latchkey:refusal:BUDGET_EXCEEDED',
    title: 'A limit on spending has no room for this.',
    status: 402,
    detail: `The ${bound.window} limit of the ${kind === 'key' ? 'key' : `key's ${kind === 'user' ? 'owner' : 'workspace'}`} has no room for this request.`,
    code: 'BUDGET_EXCEEDED',
    requestId: c.var.requestId,
  }
  const headers = new Headers({ 'content-type': 'application/problem+json' })
  if (retry !== null) headers.set('retry-after', Math.max(1, Math.ceil(retry.afterMs / 1_000)).toString())
  return new Response(JSON.stringify(body), { status: 402, headers })
}

/** What every answer carries, faults included, and the form of it that nginx can pass on. */
function forGateways(rules: RulesInForce): MiddlewareHandler<Env> {
  return async function answerGateway(c, next) {
    const asNginx = isForNginx(c, rules())
    await next()
    const { status, headers } = c.res
    for (const [name, value] of Object.entries(NOBODY)) if (!headers.has(name)) headers.set(name, value)
    if (!asNginx) return
    headers.set('x-auth-status', status.toString())
    if (status === 402 || status === 429) c.res = new Response(c.res.body, { status: 403, headers })
  }
}
