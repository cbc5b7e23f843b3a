import { z } from '@hono/zod-openapi'
import type { Call } from '../../core/access/audit.ts'

/** `wait=none`: the answer comes as soon as the change is on disk, before the other nodes act by it. */
export const waitParam = z.enum(['all', 'none']).optional().openapi({
  description:
    'Whether the answer waits until the change is in force on every node (`all`, the default) or comes as soon as it is on disk (`none`). With `none` other nodes follow within a moment, at the latest when their lease ends.',
})

/** The query of a change that takes nothing else. */
export const waitQuery = z.strictObject({ wait: waitParam })

/** The call, with what it chose. */
export function waiting(call: Call, { wait }: { wait?: 'all' | 'none' | undefined }): Call {
  return wait === undefined ? call : { ...call, wait }
}
