import { type RouteConfig, z } from '@hono/zod-openapi'
import type { Context, MiddlewareHandler } from 'hono'
import type { Env } from '../../kernel/env.ts'
import type { Operation, OperationFacts } from '../../kernel/operation.ts'
import { problemResponse } from '../../kernel/problem.ts'
import { problems, SECURITY } from '../wire.ts'
import { demandsOf, isForNginx, type RulesInForce } from './gateway-request.ts'
import { askedFor, clientCredential, faultOf, renderNoBudget } from './gateway-verdict.ts'
import { IDENTITY_HEADERS, identityOf, NOBODY } from './identity-headers.ts'
import type { RouteRules } from './route-rules.ts'
import { judgedIn } from './verdict-wire.ts'

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
    'Answers for every method and for every path below this one. The credential is that of the client of the protected service; the gateway needs none. Demands of several places add up, so that a client cannot lower them. The body is not read. Every answer has all `X-Auth-*` identity headers, empty on a refusal; characters other than visible ASCII are percent-encoded in them, and so are `%`, `,` and `=`.',
  tags: ['verify'],
  security: SECURITY,
  request: { query },
  responses: {
    200: {
      description: 'The request may pass; the headers name the key and its owner.',
      headers: headersOut,
    },
    402: problemResponse(
      'A limit on spending has no room. With Retry-After, or neverFits when waiting never helps.',
    ),
    ...problems(),
  },
}

const facts: OperationFacts = {
  callers: 'verified',
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
    // Some gateways send along the body of the request that they ask about.
    bodyBytes: null,
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
  const refuseCredential = c.get('refuseCredential')
  const secret = clientCredential(c.req.raw.headers, refuseCredential)
  const asked = askedFor(demandsOf(c.req.raw, rules))
  const verdict = await c.get('latchkey').verify({ ...asked, secret, ip: c.get('clientIp') ?? undefined })
  c.set('judged', judgedIn(verdict))
  if (verdict.valid) return new Response(null, { headers: identityOf(verdict.key) })
  if (verdict.code !== 'BUDGET_EXCEEDED') throw faultOf(verdict, refuseCredential)
  const { status, body, contentType, headers } = renderNoBudget(verdict, c.get('requestId'))
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': contentType, ...headers } })
}

/** The headers of every answer, faults included, and the statuses that nginx can pass on. */
function forGateways(rules: RulesInForce): MiddlewareHandler<Env> {
  return async function answerGateway(c, next) {
    const asNginx = isForNginx(c.req.raw, rules())
    await next()
    const { status, headers } = c.res
    for (const [name, value] of Object.entries(NOBODY)) if (!headers.has(name)) headers.set(name, value)
    if (!asNginx) return
    headers.set('x-auth-status', status.toString())
    if (status === 402 || status === 429) c.res = new Response(c.res.body, { status: 403, headers })
  }
}
