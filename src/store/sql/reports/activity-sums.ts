import type { Instant } from '../../../core/ground/clock.ts'
import type { AccountId, UsageEvent } from '../../../core/ledger/entries.ts'
import { ACTIVITY_NAMES, parseTokens, TOKEN_COUNTS } from '../../../core/metering/activity.ts'
import type { Added } from '../ledger/sums.ts'
import { sumStart } from '../ledger/sums.ts'

/** What events with one set of names add to one day of one account. */
export interface ActivityAdded extends Added {
  kind: AccountId['kind']
  start: Instant
  accountId: string
  /** In the order of {@link ACTIVITY_NAMES}; empty for one that was not told. */
  names: string[]
  /** In the order of {@link TOKEN_COUNTS}. */
  tokens: number[]
}

/**
 * What the events add to the activity of the accounts that they concern, ordered by place. Events that carry nothing of it
 * add nothing: theirs is what is left of the day's sum.
 */
export function activityAddedBy(events: readonly UsageEvent[]): ActivityAdded[] {
  const sums = new Map<string, ActivityAdded>()
  for (const event of events) {
    if (!tellsActivity(event.meta)) continue
    const { keyId, ownerId, workspaceId, meta } = event
    const start = sumStart('daily', event.at)
    const names = ACTIVITY_NAMES.map((name) => meta[name] ?? '')
    const tokens = TOKEN_COUNTS.map((name) => parseTokens(meta[name] ?? '') ?? 0)
    for (const [kind, accountId] of [
      ['key', keyId],
      ['user', ownerId],
      ['workspace', workspaceId],
    ] as const) {
      const place = JSON.stringify([kind, start, accountId, names])
      const known = sums.get(place)
      if (known !== undefined) addTo(known, event, tokens)
      else {
        const { amount, byokAmount, requests } = event
        sums.set(place, {
          kind,
          start,
          accountId,
          names,
          tokens: [...tokens],
          amount,
          byokAmount,
          requests,
        })
      }
    }
  }
  return [...sums].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, added]) => added)
}

function tellsActivity(meta: UsageEvent['meta']): boolean {
  return [...ACTIVITY_NAMES, ...TOKEN_COUNTS].some((name) => meta[name] !== undefined)
}

function addTo(sum: ActivityAdded, event: UsageEvent, tokens: readonly number[]): void {
  sum.amount += event.amount
  sum.byokAmount += event.byokAmount
  sum.requests += event.requests
  sum.tokens = sum.tokens.map((count, index) => count + (tokens[index] ?? 0))
}
