import { z } from '@hono/zod-openapi'
import type { Expected, Revision } from '../../core/types.ts'

// RFC 9110 §8.8.3: an entity tag, weak or strong. We also accept a bare number.
const TAG = /[ \t]*(?:(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"|(\d{1,15}))?[ \t]*(?:,|$)/y
const REVISION = /^(?:0|[1-9]\d{0,14})$/

/**
 * The revisions that an `If-Match` names (RFC 9110 §13.1.1); undefined for `*`, which every record matches. The comparison is strong:
 * a weak tag, and one that is no revision of ours, names none. Null for a malformed header.
 */
export function revisionsIn(header: string): Revision[] | undefined | null {
  if (header.trim() === '*') return undefined
  const revisions: Revision[] = []
  let tags = 0
  for (TAG.lastIndex = 0; TAG.lastIndex < header.length; ) {
    const match = TAG.exec(header)
    if (match === null) return null
    const [, weak, opaque, bare] = match
    const text = opaque ?? bare
    if (text === undefined) continue
    tags += 1
    if (weak === undefined && REVISION.test(text)) revisions.push(Number(text))
  }
  return tags === 0 ? null : revisions
}

const ifMatch = z
  .string()
  .transform((value, context): Revision[] | undefined => {
    const revisions = revisionsIn(value)
    if (revisions !== null) return revisions
    context.addIssue({ code: 'custom', message: 'Must be revisions such as "42", or *.' })
    return z.NEVER
  })
  .optional()
  .openapi({
    type: 'string',
    description: 'Change the record only if it still has this revision, or one of these; else 412.',
    example: '"42"',
  })

/** The request header in which a caller names the revision that it has seen (docs/api.md#rules-for-all-calls). */
export const ifMatchHeader = z.object({ 'if-match': ifMatch })

/** The revisions that the caller requires, in the words of the core. */
export function expectedRevision(headers: z.infer<typeof ifMatchHeader>): Expected {
  const revisions = headers['if-match']
  return revisions === undefined ? {} : { ifRevision: revisions }
}

/** The response header with the revision of the record in the body. */
export function etag({ revision }: { revision: Revision }): { etag: string } {
  return { etag: `"${revision}"` }
}
