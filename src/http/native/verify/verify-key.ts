import { z } from '@hono/zod-openapi'
import { callerOf, type Principal, requireAbility } from '../../../core/access/abilities.ts'
import { noteEffect } from '../../../core/access/audit.ts'
import { isAddressBlock } from '../../../core/ground/addresses.ts'
import { MAX } from '../../../core/ground/bounds.ts'
import { parseExpression } from '../../../core/ground/permissions.ts'
import { Secret } from '../../../core/ground/secret.ts'
import type { Caller } from '../../../core/ground/turns.ts'
import type { MoneyDemand } from '../../../core/ledger/money-demand.ts'
import { hasTaken, type Verdict, type VerifyRequest } from '../../../core/verify/verify.ts'
import { text, usd, usdAboveZero } from '../../kernel/input.ts'
import { operation } from '../../kernel/operation.ts'
import { onExpiry, ttlMsOf, ttlSeconds } from '../reservations/reservation-input.ts'
import { usageTags } from '../usage/usage-wire.ts'
import { json, jsonBody, problems, SECURITY } from '../wire.ts'
import { NAMES_MAX, PERMISSION } from './permission-lists.ts'
import { judgedIn, renderVerdict, VerdictOut } from './verdict-wire.ts'

const names = z.array(z.string().regex(PERMISSION, 'Must be one permission.')).max(NAMES_MAX)

const costs = z
  .array(
    z.strictObject({
      name: text(1, MAX.rateLimitNameChars),
      cost: z.int().min(0).max(MAX.rateLimitUnits).nullish(),
    }),
  )
  .max(MAX.rateLimitsPerKey)
  .superRefine((given, context) => {
    const names = new Set<string>()
    for (const [index, { name }] of given.entries()) {
      if (names.has(name)) {
        context.addIssue({
          code: 'custom',
          path: [index, 'name'],
          message: 'This name appears twice. Give each name once.',
        })
      }
      names.add(name)
    }
  })

const VerifyMembers = z.strictObject({
  key: z.string().openapi({
    description: 'The text that the client sent.',
    example: 'lk_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3TQtQq',
  }),
  permissions: z
    .union([z.string().max(MAX.expressionChars), names])
    .nullish()
    .openapi({
      description:
        'An expression of `and`, `or`, `not` and parentheses, or a list of permissions that are all required.',
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
      'Units to take from rate limits of the key instead of one each; names that it lacks are ignored.',
    example: [{ name: 'tokens', cost: 250 }],
  }),
  charge: usd.nullish().openapi({
    description:
      'Spends this amount at once if the key may be used and every limit has room. 0 passes as long as something is left, like a verify without a charge.',
    example: '0.002',
  }),
  reserve: usdAboveZero
    .nullish()
    .openapi({ description: 'Hold this instead, until it is settled or released.' }),
  reserveTtlSeconds: ttlSeconds,
  reserveOnExpiry: onExpiry,
  requestId: text(1, MAX.requestIdChars).nullish().openapi({
    description:
      'Makes a charge or reserve safe to repeat: the same id for the same key takes the money once. It has no effect without a charge or reserve.',
  }),
  tags: usageTags.nullish().openapi({
    description:
      'With `charge`: the meta of its usage event, each as `name=value` or a name alone; no name twice. Tags do not change the answer, and they are not kept without a charge.',
    example: ['model=small', 'prompt_tokens=1200'],
  }),
  peek: z.boolean().nullish().openapi({
    description:
      'True for the same answer without any effect: no unit is taken from a rate limit, and the key does not count as used. `rateLimits` then shows the units left now. Not with `charge` or `reserve`.',
  }),
  atLeast: z
    .int()
    .min(0)
    .nullish()
    .openapi({ description: 'A revision: never answer from older facts; 503 when it is not reached yet.' }),
})

const Verify = VerifyMembers.superRefine(checkMoney).openapi('Verify', {
  example: {
    key: 'lk_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3TQtQq',
    permissions: 'documents.read',
    charge: '0.002',
    requestId: 'call-4711',
  },
})

type Members = z.infer<typeof VerifyMembers>

/** `POST /verify` (docs/api.md#verify-a-key). */
export const verifyKey = operation(
  {
    method: 'post',
    path: '/verify',
    operationId: 'verifyKey',
    summary: 'Decide whether a key may be used now',
    description:
      'Always 200; `valid` and `code` are the decision. A refusal takes nothing. With charge or reserve the answer comes when the money is taken on disk. A caller with the role USER sees only its own keys, and can neither charge nor reserve.',
    tags: ['verify'],
    security: SECURITY,
    request: { body: jsonBody(Verify) },
    responses: { 200: json(VerdictOut, 'The decision.'), ...problems(409, 415) },
  },
  { callers: 'VERIFY_APIKEY', action: 'key.verify', target: 'key', dataPlane: true },
  async (c) => {
    const latchkey = c.get('latchkey')
    const call = c.get('call')
    const request = requestOf(c.req.valid('json'), callerOf(call.principal))
    const takesMoney = request.take !== undefined
    requireVerifying(call.principal, takesMoney)
    request.caller = call.principal
    request.signIn = call.signIn
    request.judge = () => latchkey.authority.check(call, (now) => requireVerifying(now, takesMoney))
    const verdict: Verdict = await latchkey.verify(request)
    if (hasTaken(verdict, request)) noteEffect(call)
    c.set('judged', judgedIn(verdict))
    return c.json(renderVerdict(verdict, request.take), 200)
  },
)

/** A plain verify spends nothing. Callers that spend money need a further ability. */
function requireVerifying(principal: Principal, takesMoney: boolean): void {
  requireAbility(principal, 'VERIFY_APIKEY')
  if (takesMoney) requireAbility(principal, 'REPORT_USAGE')
}

function checkMoney(members: Members, context: z.RefinementCtx): void {
  const { charge, reserve } = members
  if (isGiven(charge) && isGiven(reserve)) {
    context.addIssue({ code: 'custom', path: ['reserve'], message: 'Ask for charge or reserve, not both.' })
  }
  if (members.peek && (isGiven(charge) || isGiven(reserve)))
    context.addIssue({
      code: 'custom',
      path: ['peek'],
      message: 'A look takes no money: leave charge and reserve out.',
    })
  for (const name of ['reserveTtlSeconds', 'reserveOnExpiry'] as const) {
    if (isGiven(members[name]) && !isGiven(reserve))
      context.addIssue({ code: 'custom', path: [name], message: 'Goes with reserve.' })
  }
}

function requestOf(members: Members, caller: Caller): VerifyRequest {
  const { key, permissions, ip, rateLimits, peek, atLeast } = members
  const request: VerifyRequest = { secret: new Secret(key), by: caller }
  const demand = demandOf(permissions)
  if (demand !== null) request.permissions = parseExpression(demand)
  if (ip) request.ip = ip
  if (rateLimits) request.rateCosts = new Map(rateLimits.map(({ name, cost }) => [name, cost ?? 1]))
  if (peek) request.isPeek = true
  if (isGiven(atLeast)) request.atLeast = atLeast
  const take = moneyOf(members, caller)
  if (take !== null) request.take = take
  return request
}

function moneyOf(
  { charge, reserve, reserveTtlSeconds, reserveOnExpiry, requestId, tags }: Members,
  caller: Caller,
): MoneyDemand | null {
  const name = { requestId: requestId ?? null, caller }
  if (isGiven(charge)) return { kind: 'charge', amount: charge, place: ['charge'], meta: tags ?? {}, ...name }
  if (!isGiven(reserve)) return null
  const ending = { ttlMs: ttlMsOf(reserveTtlSeconds), onExpiry: reserveOnExpiry ?? ('release' as const) }
  return { kind: 'reserve', amount: reserve, place: ['reserve'], ...ending, ...name }
}

function isGiven<T>(member: T | null | undefined): member is T {
  return member !== undefined && member !== null
}

/** The demand as one expression. An empty list demands nothing; an empty text is no valid expression and is refused. */
function demandOf(permissions: Members['permissions']): string | null {
  if (permissions === undefined || permissions === null) return null
  if (typeof permissions === 'string') return permissions
  return permissions.length === 0 ? null : permissions.join(' and ')
}
