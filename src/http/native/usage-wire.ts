import { z } from '@hono/zod-openapi'
import { MAX } from '../../core/bounds.ts'
import { text } from '../input.ts'

/** What a caller notes about a use, by which reports can group it. */
export const usageMeta = z
  .record(text(1, MAX.usageMetaNameChars), text(0, MAX.usageMetaValueChars))
  .refine(
    (entries) => Object.keys(entries).length <= MAX.usageMetaEntries,
    `Has at most ${MAX.usageMetaEntries} entries.`,
  )
