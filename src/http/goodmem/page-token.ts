import { z } from '@hono/zod-openapi'
import { MAX } from '../../core/ground/bounds.ts'
import type { Cursor } from '../../core/ground/page.ts'

const COMPLAINT = 'Must be the nextToken of a list'

const Position = z.tuple([z.int().min(0).max(MAX.instant), z.uuid()])

/** Reads a `nextToken`, which clients return unchanged. */
export const pageToken = z
  .string()
  .max(MAX.cursorChars, COMPLAINT)
  .transform((text, context): Cursor => {
    const position = positionIn(text)
    if (position !== null) return position
    context.addIssue({ code: 'custom', message: COMPLAINT })
    return z.NEVER
  })
  .openapi({ type: 'string' })

/** Writes the start of the next page of keys as a `nextToken`. */
export function formatPageToken({ value, id }: Cursor): string {
  return Buffer.from(JSON.stringify([value, id])).toString('base64url')
}

function positionIn(text: string): Cursor | null {
  try {
    const [value, id] = Position.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
    return { value, id }
  } catch {
    return null
  }
}
