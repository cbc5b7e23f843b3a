import { z } from '@hono/zod-openapi'
import type { Fault } from '../../../core/ground/faults.ts'
import { shownOf } from '../../kernel/problem.ts'

/** Why one record of many was not changed. */
export const failureMembers = {
  code: z.string().optional().openapi({
    description: 'Why it failed: a code of docs/errors.md.',
    example: 'secret_taken',
  }),
  detail: z.string().optional().openapi({ example: 'This secret belongs to a key already.' }),
  errors: z
    .array(z.object({ pointer: z.string().openapi({ example: '/keys/1/ownerId' }), message: z.string() }))
    .optional()
    .openapi({ description: 'The places in this request.' }),
}

/** The same, as the wire shows it. Places are those of the whole request. */
export function renderFailure(fault: Fault, under: string) {
  const { code, detail, errors } = shownOf(fault)
  const places = errors.map(({ pointer, message }) => ({ pointer: `${under}${pointer}`, message }))
  return { code, detail, ...(places.length === 0 ? {} : { errors: places }) }
}
