import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import { IMPORTED_MASK, Secret, wrongWithImported } from '../../../core/ground/secret.ts'

/** The text of an imported key. Messages about it do not quote it. */
export const importedText = z
  .string()
  .transform((text, context): Secret => {
    const message = wrongWithImported(text)
    if (message === null) return new Secret(text)
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })
  .openapi({ minLength: MAX.importedSecretCharsMin, maxLength: MAX.credentialChars })

/** The mask of a secret that is imported by its digest. */
export const importedMask = z
  .string()
  .regex(
    IMPORTED_MASK,
    `Must be at most ${MAX.maskCharsBefore} characters, three dots, and at most ${MAX.maskCharsAfter} characters, such as sk-...x1Yz.`,
  )
