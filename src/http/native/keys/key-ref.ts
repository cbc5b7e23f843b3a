import { z } from '@hono/zod-openapi'
import { Fault } from '../../../core/ground/faults.ts'
import type { KeyRef } from '../../../core/keys/queries.ts'
import type { Digest, KeyId } from '../../../core/types.ts'

/** The path parameter that names a key. Texts of another form are answered like unknown keys. */
export const keyRefParam = z.object({
  ref: z.string().openapi({
    param: { name: 'ref', in: 'path' },
    description: "The key's id, its hash, or the lower-case hex SHA-256 of any of its live secrets.",
    example: '019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e',
  }),
})

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const DIGEST = /^[0-9a-f]{64}$/

/** True for the text of an id in lower case. */
export function isUuid(text: string): boolean {
  return UUID.test(text)
}

/** The key that a path parameter names. Throws `key_not_found` for a text that is neither id nor digest. */
export function keyRef(text: string): KeyRef {
  const ref = keyRefIn(text)
  if (ref === null) throw new Fault('key_not_found')
  return ref
}

/** The key that a text names; null for a text that is neither id nor digest. */
export function keyRefIn(text: string): KeyRef | null {
  const lower = text.toLowerCase()
  if (UUID.test(lower)) return { id: lower as KeyId }
  return DIGEST.test(lower) ? { digest: lower as Digest } : null
}

/** The hex SHA-256 of a secret, in any letter case. */
export const digest = z
  .string()
  .max(64)
  .transform((value) => value.toLowerCase())
  .refine((value) => DIGEST.test(value), 'Must be 64 hexadecimal digits.')
  .transform((value) => value as Digest)
  .openapi({ pattern: '^[0-9a-fA-F]{64}$' })
