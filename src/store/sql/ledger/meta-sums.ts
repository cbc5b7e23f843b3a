import type { Instant } from '../../../core/ground/clock.ts'
import type { AccountId, UsageEvent } from '../../../core/ledger/entries.ts'
import { metaPairs } from '../../../core/ledger/meta.ts'
import { TOKEN_COUNTS } from '../../../core/metering/activity.ts'
import { windowStart } from '../../../core/money/windows.ts'
import { type Added, addTo, nothing, sumCells, sumStart } from './sums.ts'

/** By hour, the sums of names with their values, each pair as {@link metaPairs} writes it. */
type Hours = Map<Instant, Map<string, MetaSum>>

/**
 * The sums by metadata that the events add to their accounts, ordered by kind and id: for each value and hour the row that is written, as a JSON array
 * of the kind, the id, the day, the name, the value, the hour and the sums. The rows are put together from texts, because one report may need
 * sixty thousand of them: as arrays and objects they took several times as long, and memory that was garbage at once.
 */
export function metaRows(events: readonly UsageEvent[]): string[] {
  const accounts = { key: new Map(), user: new Map(), workspace: new Map() } satisfies Record<
    AccountId['kind'],
    Map<string, Hours>
  >
  for (const event of events) {
    const pairs = metaPairs(event.meta).filter((pair) => !isTokenCount(pair))
    if (pairs.length === 0) continue
    const hour = sumStart('hourly', event.at)
    const sum = MetaSum.of(event, hour)
    add(sumsIn(accounts.key, event.keyId, hour), pairs, sum)
    add(sumsIn(accounts.user, event.ownerId, hour), pairs, sum)
    add(sumsIn(accounts.workspace, event.workspaceId, hour), pairs, sum)
  }
  const rows: string[] = []
  for (const [kind, hoursOf] of Object.entries(accounts)) {
    const inOrder = [...hoursOf].sort(([one], [other]) => (one < other ? -1 : 1))
    for (const [id, hours] of inOrder)
      for (const [hour, sums] of hours) addRows(rows, [kind, id, windowStart('daily', hour)], sums)
  }
  return rows
}

// They are added up apart, and nearly every use has another number.
const COUNTS = TOKEN_COUNTS.map((name) => `${JSON.stringify(name)},`)

function isTokenCount(pair: string): boolean {
  return COUNTS.some((start) => pair.startsWith(start))
}

/** A sum of one hour that never changes: the events of a report have thousands of values, and most of these share the sum of their event. */
class MetaSum {
  private readonly hour: Instant
  private readonly added: Added
  private text: string | null = null

  private constructor(hour: Instant, added: Added) {
    this.hour = hour
    this.added = added
  }

  static of(event: UsageEvent, hour: Instant): MetaSum {
    const added = nothing()
    addTo(added, event)
    return new MetaSum(hour, added)
  }

  plus({ added }: MetaSum): MetaSum {
    const own = this.added
    return new MetaSum(this.hour, {
      amount: own.amount + added.amount,
      byokAmount: own.byokAmount + added.byokAmount,
      requests: own.requests + added.requests,
      corrected: own.corrected + added.corrected,
      byokCorrected: own.byokCorrected + added.byokCorrected,
    })
  }

  /** The end of a row: the hour, and the cells of the sum. */
  get end(): string {
    this.text ??= `,${JSON.stringify([this.hour, ...sumCells(this.added)]).slice(1)}`
    return this.text
  }
}

function sumsIn(accounts: Map<string, Hours>, id: string, hour: Instant): Map<string, MetaSum> {
  let hours = accounts.get(id)
  if (hours === undefined) {
    hours = new Map()
    accounts.set(id, hours)
  }
  let sums = hours.get(hour)
  if (sums === undefined) {
    sums = new Map()
    hours.set(hour, sums)
  }
  return sums
}

function add(sums: Map<string, MetaSum>, pairs: readonly string[], sum: MetaSum): void {
  for (const pair of pairs) {
    const known = sums.get(pair)
    sums.set(pair, known === undefined ? sum : known.plus(sum))
  }
}

function addRows(
  rows: string[],
  place: [kind: string, id: string, day: Instant],
  sums: Map<string, MetaSum>,
): void {
  const start = `${JSON.stringify(place).slice(0, -1)},`
  // Without an array for each entry, which iterating makes.
  sums.forEach(({ end }, pair) => {
    rows.push(`${start}${pair}${end}`)
  })
}
