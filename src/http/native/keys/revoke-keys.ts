import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import type { KeyRef } from '../../../core/keys/queries.ts'
import type { RevokeOutcome } from '../../../core/keys/revoke-many.ts'
import { ACCESSES, KEY_STATUSES, type UserId, type WorkspaceId } from '../../../core/types.ts'
import { THIS_NODE } from '../../../core/verify/nodes.ts'
import { SMALL_BODY } from '../../kernel/body.ts'
import { filterText, formatInstant, instant, labels, text, uuid } from '../../kernel/input.ts'
import { answerList } from '../../kernel/json-list.ts'
import { decodeCursor, encodeCursor } from '../cursor.ts'
import { changing } from '../wait-wire.ts'
import { json, jsonBody, named, problems, SECURITY, timeOut, uuidOut } from '../wire.ts'
import { failureMembers, renderFailure } from './batch-wire.ts'
import { keyRefIn } from './key-ref.ts'
import { RevocationOut, renderRevocation } from './revocation-wire.ts'

const ref = z
  .string()
  .max(64)
  .transform((value, context): KeyRef => {
    const found = keyRefIn(value)
    if (found !== null) return found
    context.addIssue({
      code: 'custom',
      message: 'Must be the id of a key, or a SHA-256 of 64 hexadecimal digits.',
    })
    return z.NEVER
  })

const filter = z
  .strictObject({
    workspaceId: uuid<WorkspaceId>().optional(),
    ownerId: uuid<UserId>().optional(),
    status: z.enum(KEY_STATUSES).optional(),
    access: z.enum(ACCESSES).optional(),
    externalUserId: filterText(MAX.externalUserIdChars).optional(),
    labels: labels
      .refine((given) => Object.keys(given).length <= MAX.labelFilters, `At most ${MAX.labelFilters}.`)
      .optional()
      .openapi({ description: 'Every one must be on the key.', example: { env: 'staging' } }),
    search: filterText(MAX.searchChars).optional(),
    unusedSince: instant.optional(),
    expiresBefore: instant.optional(),
  })
  .openapi('KeyFilter', {
    description:
      'The filters of a list of keys. At least one is required, because an empty filter would match all keys.',
  })

const RevokeKeys = z
  .strictObject({
    ids: z.array(ref).min(1).max(MAX.batchKeys).optional().openapi({
      description: 'Ids or hashes. The key that makes the call, if it is among them, comes last.',
    }),
    filter: filter.optional(),
    cursor: z
      .string()
      .max(MAX.cursorChars)
      .optional()
      .openapi({ description: "With a filter: the previous answer's `nextCursor`." }),
    reason: text(1, MAX.reasonChars).optional(),
    dryRun: z
      .boolean()
      .optional()
      .openapi({ description: 'Only tells the result for each key and changes nothing.' }),
  })
  .transform((body, context) => {
    const { ids, filter: by, cursor, ...order } = body
    if (ids !== undefined && by === undefined && cursor === undefined) return { ids, ...order }
    if (ids === undefined && by !== undefined) return { filter: by, cursor, ...order }
    const path = cursor === undefined ? ['ids'] : ['cursor']
    const message =
      cursor === undefined ? 'Name the keys by exactly one of ids and filter.' : 'Goes with a filter only.'
    context.addIssue({ code: 'custom', path, message })
    return z.NEVER
  })
  .openapi('RevokeKeys', {
    example: { ids: ['019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e'], reason: 'left the project', dryRun: true },
  })

const Revoked = z
  .object({
    results: z.array(
      z.object({
        key: z
          .string()
          .openapi({ description: 'The name that `ids` used; the key id when a filter found it.' }),
        status: z.enum(['revoked', 'already_revoked', 'skipped', 'failed']).openapi({
          description: '`skipped`: the key that makes the call, or one that the filter no longer finds.',
        }),
        id: uuidOut.nullable(),
        receipt: RevocationOut.optional().openapi({
          description: 'Absent when no key was revoked, as in a dry run.',
        }),
        ...failureMembers,
      }),
    ),
    dryRun: z.boolean(),
    revoked: z.int(),
    alreadyRevoked: z.int(),
    skipped: z.int(),
    failed: z.int(),
    effective: z
      .object({ scope: z.enum(['all-nodes', 'this-node']), nodes: z.int(), at: timeOut })
      .nullable()
      .openapi({ description: 'When and where the last key revoked by this call stopped working.' }),
    nextCursor: z
      .string()
      .nullable()
      .openapi({ description: 'With a filter, while there may be more keys: send the same call with it.' }),
  })
  .openapi('KeysRevoked')

const MANY_IDS = { ...SMALL_BODY, list: { member: 'ids', items: MAX.batchKeys } }

/** `POST /keys/revoke` (docs/api.md#revoke-many): no verify passes any of them after this has answered. */
export const revokeKeys = changing(
  {
    method: 'post',
    path: '/keys/revoke',
    operationId: 'revokeKeys',
    summary: 'Revoke many keys',
    description:
      'Revokes the named keys, or those that a filter finds. Each key is checked and revoked separately: a failure is the result of that key alone. When the call answers, no node accepts the revoked keys.',
    tags: ['keys'],
    security: SECURITY,
    request: { body: jsonBody(RevokeKeys) },
    responses: { 200: json(Revoked, 'One result for each key.'), ...problems(404, 415) },
  },
  { callers: 'DELETE_APIKEY', action: 'key.revoke', target: 'key', body: MANY_IDS },
  async (c) => {
    const body = c.req.valid('json')
    const order = { reason: body.reason ?? null, dryRun: body.dryRun ?? false }
    const { revokeMany } = c.get('latchkey')
    if ('ids' in body) {
      return answer(await revokeMany.named(c.get('call'), body.ids, order), null)
    }
    const { labels: wanted, ...others } = body.filter
    const pairs = wanted && Object.entries(wanted).map(([name, value]) => ({ name, value }))
    const found = { ...named(others), ...(pairs && { labels: pairs }) }
    const listed = { list: 'keys to revoke', ...found }
    const after = body.cursor === undefined ? {} : { after: decodeCursor(body.cursor, listed) }
    const { outcomes, next } = await revokeMany.filtered(c.get('call'), found, { ...order, ...after })
    return answer(outcomes, encodeCursor(next, listed))

    async function answer(outcomes: RevokeOutcome[], nextCursor: string | null) {
      const rest = { dryRun: order.dryRun, ...summaryOf(outcomes, order.dryRun), nextCursor }
      const rows = outcomes.map((outcome, index) => ({ outcome, index }))
      return answerList(c, { member: 'results', rows, render: renderOutcome, rest })
    }
  },
)

function renderOutcome({ outcome, index }: { outcome: RevokeOutcome; index: number }) {
  const { named: key, status } = outcome
  switch (outcome.status) {
    case 'failed':
      return { key, status, id: null, ...renderFailure(outcome.fault, `/ids/${index}`) }
    case 'skipped':
      return { key, status, id: outcome.id, code: outcome.why, detail: SKIPPED[outcome.why] }
    default: {
      const { id, receipt } = outcome
      return { key, status, id, ...(receipt && { receipt: renderRevocation(receipt) }) }
    }
  }
}

const SKIPPED = {
  own_key: 'The key that makes the call. Name it in ids, or revoke it alone.',
  no_longer_matches: 'Changed or used since it was found.',
}

function summaryOf(outcomes: readonly RevokeOutcome[], dryRun: boolean) {
  const count = (wanted: RevokeOutcome['status']) => outcomes.filter(({ status }) => status === wanted).length
  const receipts = outcomes.flatMap((outcome) =>
    outcome.status === 'revoked' && outcome.receipt !== null ? [outcome.receipt] : [],
  )
  const last = receipts.at(-1)
  return {
    revoked: count('revoked'),
    alreadyRevoked: count('already_revoked'),
    skipped: count('skipped'),
    failed: count('failed'),
    effective:
      last === undefined || dryRun
        ? null
        : {
            scope: receipts.some(({ inForce }) => inForce === null)
              ? ('this-node' as const)
              : ('all-nodes' as const),
            nodes: Math.min(...receipts.map(({ inForce }) => (inForce ?? THIS_NODE).nodes)),
            at: formatInstant(Math.max(...receipts.map(({ at }) => at))),
          },
  }
}
