import { z } from '@hono/zod-openapi'
import { LIMIT_WINDOWS, type LimitWindow } from '../../../core/money/windows.ts'
import { RequestFault } from '../../kernel/request-faults.ts'
import { keyRefParam } from './key-ref.ts'

/** The path parameters that name the limit of a key. */
export const limitParams = keyRefParam.extend({
  window: z.string().openapi({
    param: { name: 'window', in: 'path' },
    description: `One of ${LIMIT_WINDOWS.join(', ')}.`,
    example: 'daily',
  }),
})

/** The window that a path parameter names. Throws `route_not_found` for other texts, because only the windows have addresses. */
export function limitWindow(param: string): LimitWindow {
  const window = LIMIT_WINDOWS.find((each) => each === param)
  if (window === undefined) throw new RequestFault('route_not_found')
  return window
}
