import { type RouteConfig, type RouteHandler, z } from '@hono/zod-openapi'
import type { Context, Next } from 'hono'
import type { Env } from '../kernel/env.ts'
import { type Operation, type OperationFacts, operation } from '../kernel/operation.ts'

const waitParam = z.enum(['all', 'none']).optional().openapi({
  description:
    'Whether the answer waits until the change is in force on every node (`all`, the default) or comes as soon as it is on disk (`none`). With `none` other nodes follow within a moment, at the latest when their lease ends. The header `Latchkey-Effective` of the answer says which it was: `all-nodes` or `this-node`.',
})

/** The header that says on which nodes a change is in force when it is answered. */
export const EFFECTIVE = 'Latchkey-Effective'

/**
 * Defines an operation that changes records which nodes remember, and so waits for the nodes. It takes `wait` in its query, and its
 * answer says where the change is in force.
 */
export function changing<R extends RouteConfig>(
  route: R,
  facts: OperationFacts,
  handler: RouteHandler<R, Env>,
): Operation {
  const { request } = route
  const others = request?.query instanceof z.ZodObject ? request.query : z.strictObject({})
  const waited = { ...route, request: { ...request, query: others.extend({ wait: waitParam }) } } as R
  const answered = async (c: Context<Env>, next: Next) => {
    const { wait } = c.req.valid('query' as never) as { wait?: 'all' | 'none' }
    if (wait !== undefined) c.set('call', { ...c.get('call'), wait })
    const response = await handler(c as never, next)
    const isLeft = wait === 'none' && c.get('latchkey').isShared
    if (response instanceof Response) response.headers.set(EFFECTIVE, isLeft ? 'this-node' : 'all-nodes')
    return response
  }
  return operation(waited, { ...facts, waits: true }, answered as never)
}
