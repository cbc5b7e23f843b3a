import { z } from '@hono/zod-openapi'
import { reachOf } from '../../core/access.ts'
import { isAddressBlock } from '../../core/addresses.ts'
import { MAX } from '../../core/bounds.ts'
import { parseExpression } from '../../core/permissions.ts'
import { Secret } from '../../core/secret.ts'
import type { Verdict, VerifyRequest } from '../../core/verify.ts'
import { text } from '../input.ts'
import { operation } from '../operation.ts'
import { renderVerdict, VerdictOut } from './verdict-wire.ts'
import { json, jsonBody, problems, SECURITY } from './wire.ts'

// n names joined by n - 1 operators.
const NAMES_MAX = MAX.expressionTerms / 2

const names = z.array(z.string().regex(/^[^\s()]+$/, 'Must be one permission.')).max(NAMES_MAX)

const costs = z
  .array(
    z.strictObject({
      name: text(1, MAX.rateLimitNameChars),
      cost: z.int().min(0).max(MAX.rateLimitUnits).nullish(),
    }),
  )
  .max(MAX.rateLimitsPerKey)

const Verify = z
  .strictObject({
    key: z.string().openapi({
      description: 'The text that the client sent.',
      example: 'lk_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3TQtQq',
    }),
    permissions: z
      .union([z.string().max(MAX.expressionChars), names])
      .nullish()
      .openapi({
        description:
          'An expression of `and`, `or`, `not` and parentheses, or a list of which all are demanded.',
        example: 'documents.read and (documents.write or not documents.locked)',
      }),
    ip: z
      .string()
      .max(50)
      .refine((value) => !value.includes('/') && isAddressBlock(value), 'Must be an IP address.')
      .nullish()
      .openapi({ description: "The client's address; a key bound to addresses is refused without it." }),
    rateLimits: costs.nullish().openapi({
      description:
        'Units to take from rate limits of the key instead of one each; names that it lacks are passed over.',
      example: [{ name: 'tokens', cost: 250 }],
    }),
    requestId: text(1, MAX.requestIdChars)
      .nullish()
      .openapi({ description: 'For the caller; it does not change the answer.' }),
    tags: z
      .array(text(1, MAX.tagChars))
      .max(MAX.tagsPerRequest)
      .nullish()
      .openapi({ description: 'For the caller; they do not change the answer.' }),
    atLeast: z
      .int()
      .min(0)
      .nullish()
      .openapi({ description: 'A revision: never answer from older facts; 503 when it is not reached yet.' }),
  })
  .openapi('Verify')

/** `POST /verify` (spec.md §4). */
export const verifyKey = operation(
  {
    method: 'post',
    path: '/verify',
    operationId: 'verifyKey',
    summary: 'Decide whether a key may be used now',
    description:
      'Always 200; `valid` and `code` are the decision. A refusal consumes nothing. A caller with the role USER sees only its own keys.',
    tags: ['native'],
    security: SECURITY,
    request: { body: jsonBody(Verify) },
    responses: { 200: json(VerdictOut, 'The decision.'), ...problems(415) },
  },
  { access: 'VERIFY_APIKEY', action: 'key.verify', target: 'key', dataPlane: true },
  async (c) => {
    const { principal } = c.var.call
    const request = requestOf(c.req.valid('json'))
    if (reachOf(principal, 'VERIFY_APIKEY') === 'OWN') request.onlyOwner = principal.user.id
    const verdict: Verdict = await c.var.latchkey.verify(request)
    return c.json(renderVerdict(verdict), 200)
  },
)

function requestOf({ key, permissions, ip, rateLimits, atLeast }: z.infer<typeof Verify>): VerifyRequest {
  const request: VerifyRequest = { secret: new Secret(key) }
  const demand = demandOf(permissions)
  if (demand !== null) request.permissions = parseExpression(demand)
  if (ip) request.ip = ip
  if (rateLimits) request.rateCosts = new Map(rateLimits.map(({ name, cost }) => [name, cost ?? 1]))
  if (atLeast !== undefined && atLeast !== null) request.atLeast = atLeast
  return request
}

/** The demand as one expression. An empty list demands nothing; an empty text is no expression, and refused as such. */
function demandOf(permissions: z.infer<typeof Verify>['permissions']): string | null {
  if (permissions === undefined || permissions === null) return null
  if (typeof permissions === 'string') return permissions
  return permissions.length === 0 ? null : permissions.join(' and ')
}
