import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import { parseSecretShape, Secret } from '../../../core/ground/secret.ts'

const PRINTABLE = new RegExp(`^[!-~]{${MAX.importedSecretCharsMin},${MAX.credentialChars}}$`)

/** The text of a key that was made elsewhere. What is wrong is said without quoting it. */
export const importedText = z
  .string()
  .transform((text, context): Secret => {
    const shape = parseSecretShape(text)
    if (shape === 'valid' || (shape === 'other' && PRINTABLE.test(text))) return new Secret(text)
    const message =
      shape === 'bad_checksum'
        ? 'Has the shape of a secret of ours but a wrong checksum: a character of it is missing or changed.'
        : `Must be ${MAX.importedSecretCharsMin} to ${MAX.credentialChars} printable ASCII characters without spaces.`
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })
  .openapi({ minLength: MAX.importedSecretCharsMin, maxLength: MAX.credentialChars })

const MASK = new RegExp(`^[!-~]{0,${MAX.maskCharsBefore}}\\.{3}[!-~]{0,${MAX.maskCharsAfter}}$`)

/** What may be shown of a secret whose text nobody sends. */
export const importedMask = z
  .string()
  .regex(
    MASK,
    `Must be at most ${MAX.maskCharsBefore} characters, three dots, and at most ${MAX.maskCharsAfter} characters, such as sk-...x1Yz.`,
  )
