import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import { isTokenCount } from '../../../core/metering/activity.ts'
import type { NamedKind, UsageGrouping } from '../../../core/metering/reports.ts'
import { labelName } from '../../kernel/input.ts'

/** One grouping, with the caller's spelling, which names it in the answer. */
export interface AskedGrouping {
  name: string
  by: UsageGrouping
}

const GROUP_BY = /^(?:(key|owner|workspace|externalUserId)|(label|meta):(.+))$/s
const FORMS = 'key, owner, workspace, externalUserId, label:<name> or meta:<name>'

const grouping = z
  .string()
  .max('label:'.length + MAX.labelNameChars)
  .transform((text, context): AskedGrouping => {
    const [, kind, named, name = ''] = GROUP_BY.exec(text) ?? []
    if (kind === 'externalUserId') return { name: text, by: { kind: 'externalUser' } }
    if (kind !== undefined) return { name: text, by: { kind: kind as NamedKind } }
    if (named === 'label' && labelName.safeParse(name).success)
      return { name: text, by: { kind: 'label', name } }
    if (named === 'meta' && isTokenCount(name)) {
      const message = `${name} is a count: GET /api/v1/activity adds it up, and nothing is grouped by it.`
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    }
    if (named === 'meta' && name.length <= MAX.usageMetaNameChars)
      return { name: text, by: { kind: 'meta', name } }
    const list = /^(key|owner|workspace|externalUserId|label:[^,]+),/.test(text)
    context.addIssue({
      code: 'custom',
      message: list
        ? 'Repeat the parameter to group by two: groupBy=key&groupBy=meta:model.'
        : `Must be ${FORMS}.`,
    })
    return z.NEVER
  })

/** The groupings of a report: none, one, or two of which at most one is meta. */
export const groupBy = z
  .union([grouping.transform((one) => [one]), z.array(grouping).max(MAX.reportGroups)])
  .superRefine((asked, context) => {
    const [one, other] = asked
    if (one === undefined || other === undefined) return
    if (one.name === other.name)
      context.addIssue({ code: 'custom', message: `Names ${one.name} twice: name it once.` })
    else if (one.by.kind === 'meta' && other.by.kind === 'meta')
      context.addIssue({
        code: 'custom',
        message:
          'Only one of the two can be meta: sums are stored by each name of meta, not by pairs of them. Report one value that combines both.',
      })
  })
  .openapi({
    type: 'array',
    items: { type: 'string' },
    maxItems: MAX.reportGroups,
    description: `Splits each interval into groups: ${FORMS}. Repeat it to group by two, of which at most one is meta: \`groupBy=key&groupBy=meta:model\`. The report is not grouped when it is absent.`,
    example: ['key', 'meta:model'],
  })
