import { z } from '@hono/zod-openapi'
import { MAX } from '../../core/ground/bounds.ts'
import type { AccountRef } from '../../core/metering/balances.ts'
import { LIMIT_WINDOWS } from '../../core/money/windows.ts'
import { formatInstant } from '../kernel/input.ts'
import { type Operation, type OperationFacts, operation } from '../kernel/operation.ts'
import { json, problems, SECURITY, timeOut } from './wire.ts'

// How many are shown, the newest first.
const SHOWN = MAX.pageSize

const Crossing = z
  .object({
    window: z.enum(LIMIT_WINDOWS),
    start: timeOut.openapi({ description: 'The start of the window; the epoch for `total`.' }),
    percent: z.int().openapi({ description: '50, 80 or 100 of the limit in force.', example: 80 }),
    at: timeOut,
  })
  .openapi('ThresholdCrossing')

const CrossingsOut = z.object({ data: z.array(Crossing) }).openapi('ThresholdCrossings')

/**
 * The list of the thresholds that one kind of record has crossed. It takes no parameters, and refuses any, because the caller would
 * take an ignored one for a filter.
 */
export function listThresholds<Params extends z.ZodObject>({
  path,
  operationId,
  of,
  params,
  accountOf,
  ...facts
}: Pick<OperationFacts, 'callers' | 'action' | 'target'> & {
  path: string
  operationId: string
  /** The kind of record, in words. */
  of: string
  params: Params
  accountOf: (params: z.output<Params>) => AccountRef
}): Operation {
  return operation(
    {
      method: 'get',
      path,
      operationId,
      summary: `List the thresholds of limits that ${of} has crossed`,
      description: `Settled usage that reached 50, 80 or 100 % of a limit: once per window and threshold, newest first, at most ${SHOWN}.`,
      tags: ['usage'],
      security: SECURITY,
      request: { params, query: z.strictObject({}) },
      responses: { 200: json(CrossingsOut, 'The crossings.'), ...problems(404) },
    },
    facts,
    async (c) => {
      const account = accountOf(c.req.valid('param' as never) as z.output<Params>)
      const crossings = await c.get('latchkey').accounts.crossings(c.get('call'), account, SHOWN)
      const data = crossings.map(({ window, start, percent, at }) => ({
        window,
        start: formatInstant(start),
        percent,
        at: formatInstant(at),
      }))
      return c.json({ data }, 200)
    },
  )
}
