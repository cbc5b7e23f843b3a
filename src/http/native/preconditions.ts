import { z } from '@hono/zod-openapi'
import type { Revision } from '../../core/types.ts'

const IF_MATCH = /^(?:"(\d{1,15})"|(\d{1,15})|\*)$/

const ifMatch = z
  .string()
  .trim()
  .refine((value) => IF_MATCH.test(value), 'Must be one revision such as "42", or *.')
  .transform((value): Revision | undefined => {
    const [, quoted, bare] = IF_MATCH.exec(value) ?? []
    const digits = quoted ?? bare
    return digits === undefined ? undefined : Number(digits)
  })
  .optional()
  .openapi({
    type: 'string',
    description: 'Change the record only if it still has this revision; else 412.',
    example: '"42"',
  })

/** The request header by which a caller says which revision it has seen (spec.md §3.1). */
export const ifMatchHeader = z.object({ 'if-match': ifMatch })

/** The revision that the caller insists on, as the core takes it. */
export function expectedRevision(headers: z.infer<typeof ifMatchHeader>): { ifRevision?: Revision } {
  const revision = headers['if-match']
  return revision === undefined ? {} : { ifRevision: revision }
}

/** The header that names the revision of the record in the body. */
export function etag({ revision }: { revision: Revision }): { etag: string } {
  return { etag: `"${revision}"` }
}
