import type { Instant } from '../../../core/ground/clock.ts'
import { takenBackBy } from '../../../core/ledger/correcting.ts'
import type { AccountId, UsageEvent } from '../../../core/ledger/entries.ts'
import { metaCount, metaEntries } from '../../../core/ledger/meta.ts'
import { ACTIVITY_NAMES, parseTokens, TOKEN_COUNTS } from '../../../core/metering/activity.ts'
import { type Added, addTo, nothing, sumStart } from '../ledger/sums.ts'

/** The sums that events with one set of names add to one day of one account. */
export interface ActivityAdded extends Added {
  kind: AccountId['kind']
  start: Instant
  accountId: string
  /** In the order of {@link ACTIVITY_NAMES}; a missing name is empty. */
  names: string[]
  /** In the order of {@link TOKEN_COUNTS}. */
  tokens: number[]
}

/**
 * The sums that the events add to the activity of their accounts, ordered by place. Events without these names add nothing: they are the
 * rest of the day's sum.
 */
export function activityAddedBy(events: readonly UsageEvent[]): ActivityAdded[] {
  const sums = new Map<string, ActivityAdded>()
  for (const event of events) {
    const meta = metaCount(event.meta) === 0 ? NO_META : new Map(metaEntries(event.meta))
    if (!TELLING.some((name) => meta.has(name))) continue
    const { keyId, ownerId, workspaceId } = event
    const start = sumStart('daily', event.at)
    const names = ACTIVITY_NAMES.map((name) => meta.get(name) ?? '')
    // Tokens stay used when the money is taken back.
    const tokens = TOKEN_COUNTS.map((name) =>
      isCorrection(event) ? 0 : (parseTokens(meta.get(name) ?? '') ?? 0),
    )
    for (const [kind, accountId] of [
      ['key', keyId],
      ['user', ownerId],
      ['workspace', workspaceId],
    ] as const) {
      const place = JSON.stringify([kind, start, accountId, names])
      const known = sums.get(place) ?? { kind, start, accountId, names, tokens: [0, 0, 0], ...nothing() }
      sums.set(place, known)
      addTo(known, event)
      known.tokens = known.tokens.map((count, index) => count + (tokens[index] ?? 0))
    }
  }
  return [...sums].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, added]) => added)
}

function isCorrection(event: UsageEvent): boolean {
  const { amount, byokAmount } = takenBackBy(event)
  return amount > 0n || byokAmount > 0n
}

// Most events have no metadata.
const NO_META: ReadonlyMap<string, string> = new Map()
const TELLING = [...ACTIVITY_NAMES, ...TOKEN_COUNTS]
