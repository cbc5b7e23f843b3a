import { z } from '@hono/zod-openapi'
import { type Operation, operation } from '../kernel/operation.ts'
import { problemResponse } from '../kernel/problem.ts'
import { ANY_FAILURE } from '../kernel/responses.ts'
import type { NodeState } from './node-measurements.ts'

const Ready = z
  .object({
    status: z.literal('ready'),
    node: z
      .object({
        revision: z.int().openapi({ description: 'The last change that memory reflects.' }),
        lagMs: z
          .number()
          .nullable()
          .openapi({ description: 'For how long memory was not compared with the database.' }),
        leaseAgeMs: z
          .number()
          .nullable()
          .openapi({ description: 'When the present lease began; null without one.' }),
        isFresh: z.boolean().openapi({ description: 'Whether the node may answer from memory.' }),
        nodes: z.int().openapi({ description: 'Nodes on the database, this one among them.' }),
        waiters: z
          .int()
          .openapi({ description: 'Changes of this node that other nodes have not applied yet.' }),
      })
      .optional()
      .openapi({
        description: 'The state of this node among the others; absent when there can be no others.',
      }),
  })
  .openapi('Readiness')

/**
 * `GET /readyz` (docs/api.md#for-operators): whether the process and its database can work. `check` fails when they cannot. `node`
 * returns the state of this process among the nodes; absent without other nodes.
 */
export function getReadiness(check: () => Promise<void>, node?: () => NodeState): Operation {
  let underWay: Promise<void> | null = null
  // A request that arrives during a check shares its result, so many requests cost no more than one.
  const oneCheck = () => {
    underWay ??= check().finally(() => {
      underWay = null
    })
    return underWay
  }
  return operation(
    {
      method: 'get',
      path: '/readyz',
      operationId: 'getReadiness',
      summary: 'Tell whether the server can take requests',
      tags: ['operations'],
      security: [],
      responses: {
        200: { description: 'Ready.', content: { 'application/json': { schema: Ready } } },
        ...ANY_FAILURE,
        503: problemResponse('The database cannot be reached, or is not of this version.'),
      },
    },
    { callers: 'public', action: 'system.ready', target: 'system', probe: true },
    async (c) => {
      await oneCheck()
      return c.json({ status: 'ready' as const, ...(node && { node: rounded(node()) }) }, 200)
    },
  )
}

function rounded(state: NodeState): NodeState {
  const whole = (ms: number | null) => (ms === null ? null : Math.round(ms))
  return { ...state, lagMs: whole(state.lagMs), leaseAgeMs: whole(state.leaseAgeMs) }
}
