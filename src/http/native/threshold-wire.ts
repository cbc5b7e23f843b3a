import { z } from '@hono/zod-openapi'
import { MAX } from '../../core/ground/bounds.ts'
import type { ThresholdCrossing } from '../../core/ledger/entries.ts'
import { LIMIT_WINDOWS } from '../../core/money/windows.ts'
import { formatInstant } from '../kernel/input.ts'
import { timeOut } from './wire.ts'

/** How many crossings are shown: the newest. */
export const CROSSINGS_SHOWN = MAX.pageSize

const Crossing = z
  .object({
    window: z.enum(LIMIT_WINDOWS),
    start: timeOut.openapi({ description: 'Of the window in which it happened; the epoch for `total`.' }),
    percent: z.int().openapi({ description: '50, 80 or 100 of the limit in force.', example: 80 }),
    at: timeOut,
  })
  .openapi('ThresholdCrossing')

/** The crossings of one record in an answer, newest first. */
export const CrossingsOut = z.object({ data: z.array(Crossing) }).openapi('ThresholdCrossings')

/** What the three listings say of themselves. */
export const CROSSINGS_DESCRIPTION = `Settled usage that reached 50, 80 or 100 % of a limit: once per window and threshold, newest first, at most ${CROSSINGS_SHOWN}.`

/** A listing of all crossings takes no parameters. One that is sent all the same would be taken for a filter. */
export const NO_FILTERS = z.strictObject({})

/** Crossings as the wire shows them. */
export function renderCrossings(crossings: readonly ThresholdCrossing[]): z.infer<typeof CrossingsOut> {
  const data = crossings.map(({ window, start, percent, at }) => ({
    window,
    start: formatInstant(start),
    percent,
    at: formatInstant(at),
  }))
  return { data }
}
