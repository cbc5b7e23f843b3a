import { CORRECTED, RECORDED, REPORT, REPORTED } from './answers.ts'
import type {
  CorrectUsage,
  operations,
  RecordedEvent,
  RecordedEvents,
  UsageCorrection,
  UsageEvent,
  UsageReport,
  UsageReported,
} from './api.gen.ts'
import type { Connection } from './connection.ts'
import type { CallOptions } from './options.ts'

/** The query of a report: the interval, the groups and the filters. */
export type UsageQuery = Omit<AskedUsage, 'groupBy'> & {
  /** One grouping, or two of which at most one is meta: `['key', 'meta:model']`. The rows have both in `group`. */
  groupBy?: string | AskedUsage['groupBy'] | undefined
}
type AskedUsage = NonNullable<operations['summariseUsage']['parameters']['query']>

/** Reports of spending that happened elsewhere, and the sums of all spending. */
export interface Usage {
  /** Up to 1,000 events, all durable when it answers. An `id` counts once per key, so a call that failed may be repeated. */
  report(events: UsageEvent[], options?: CallOptions): Promise<UsageReported>
  /**
   * Takes back all or part of one event that was recorded by mistake, in the windows of that event. Needs a key of an ADMIN or ROOT. An
   * `id` counts once per key, so a call that failed may be repeated.
   */
  correct(body: CorrectUsage, options?: CallOptions): Promise<UsageCorrection>
  /** Reads one usage event of a key by its id; null if it was never recorded or its retention has ended. */
  event(keyId: string, id: string, options?: CallOptions): Promise<RecordedEvent | null>
  /** One row per interval and group, and one more, marked `correction`, where something was taken back. */
  summarise(query?: UsageQuery, options?: CallOptions): Promise<UsageReport['data']>
}

/** The usage of a server. */
export function usageOf(connection: Connection): Usage {
  return {
    report: (events, options) =>
      connection.call({ method: 'POST', path: '/v2/usage', body: { events }, answers: REPORTED }, options),
    correct: (body, options) =>
      connection.call({ method: 'POST', path: '/v2/usage/corrections', body, answers: CORRECTED }, options),
    async event(keyId, id, options) {
      const { data } = await connection.call<RecordedEvents>(
        {
          method: 'GET',
          path: '/v2/usage/events',
          query: { keyId, id },
          answers: RECORDED,
        },
        options,
      )
      return data[0] ?? null
    },
    async summarise(query, options) {
      const { data } = await connection.call<UsageReport>(
        {
          method: 'GET',
          path: '/v2/usage',
          query,
          answers: REPORT,
        },
        options,
      )
      return data
    },
  }
}
