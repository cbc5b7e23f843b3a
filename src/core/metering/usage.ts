// Tests: test/wire/native/usage.test.ts, test/wire/native/usage-report.test.ts
import type { KeyStore } from '../../store/keys.ts'
import type { LedgerStore } from '../../store/ledger.ts'
import type { MemberStore } from '../../store/members.ts'
import type { ReportStore } from '../../store/reports.ts'
import { type Ability, callerOf, type Principal, reachOf, requireAbility } from '../access/abilities.ts'
import { type Call, noteEffect } from '../access/audit.ts'
import type { Authority } from '../access/authority.ts'
import { ROUNDS_MAX } from '../ground/attempts.ts'
import { MAX } from '../ground/bounds.ts'
import { type Clock, DAY_MS, type Instant } from '../ground/clock.ts'
import { afterAPart, Fault, type InputError, inputFault } from '../ground/faults.ts'
import { type KeyRef, nameOf } from '../keys/queries.ts'
import type { EventName, LedgerEntry, LedgerOutcome, Payer, UsageEvent } from '../ledger/entries.ts'
import { beginsAsOurs } from '../ledger/event-ids.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { type Meta, sameMeta } from '../ledger/meta.ts'
import { createStanding } from '../ledger/standing.ts'
import type { EventCounts } from '../ledger/units.ts'
import { beyondCap } from '../money/amount-cap.ts'
import type { NanoUsd } from '../money/money.ts'
import { manages, memberOf, readAsOwner, sees } from '../people/membership.ts'
import type { Digest, KeyId, UserId, WorkspaceId } from '../types.ts'
import type { Facts } from '../verify/facts.ts'
import type { WithoutWrites } from '../verify/record-writes.ts'
import type {
  ActivityQuery,
  ActivityRow,
  NamedKind,
  NamesQuery,
  ReportedIds,
  ReportedNames,
  UsageReportQuery,
  UsageReportRow,
} from './reports.ts'

/** One use of money, as its service reported it. */
export interface ReportedUsage {
  /** Chosen by the reporter; repeating it for the same key changes nothing. */
  id: string
  key: KeyRef
  amount: NanoUsd
  byokAmount: NanoUsd
  requests: number
  /** When it happened; now, when absent. It decides the windows that the amount belongs to. */
  at?: Instant
  meta: Meta
}

/** The outcome of a report. */
export interface UsageReceipt {
  /** New events. */
  accepted: number
  /** Events that had been reported before with the same content. */
  duplicates: number
  /** Events whose id is known with other content, which stays as it is: by their place in the report. */
  conflicts: { id: string; index: number }[]
}

/** A usage report. */
export interface UsageSummary {
  rows: UsageReportRow[]
  /** The names of the keys, owners and workspaces in the rows, of each kind that the caller may read. */
  names: ReportedNames
}

/** Metering: the spending of keys. */
export interface Usage {
  /**
   * Writes events durably, each once however often it is reported, also beyond a limit: the ledger records what happened. Needs
   * REPORT_USAGE for every named key. A refused report has written nothing. When the store fails, or with `partly_done`, some events may
   * have been written; they are duplicates when the call is repeated.
   */
  report(call: Call, events: readonly ReportedUsage[]): Promise<UsageReceipt>
  /**
   * Throws `rate_limited` if a report of at least so many events would be refused because too much of the caller waits to be written. So a
   * large report can be refused before the work of reading it.
   */
  requireRoom(call: Call, counts: EventCounts): void
  /**
   * Reads one event of a key by its id, with its reporter. Null when it was never recorded or is deleted by now, and for another
   * user's key, or one in a workspace out of sight, when the caller sees only its own. Needs READ_USAGE.
   */
  event(call: Call, name: EventName): Promise<UsageEvent | null>
  /** The errors that these events would get, by place; null stands for an event to skip. */
  wrongWith(events: readonly (ReportedUsage | null)[]): Promise<InputError[]>
  /** Deletes raw events recorded before the instant, some at a time; sums stay. Returns how many. */
  purge(recordedBefore: Instant): Promise<number>
  /** Updates the order of key lists by spent money, for some keys. Returns how many. */
  refreshSpentOrder(): Promise<number>
  /**
   * Adds usage up by interval and groups, with the names of the records in the groups, as far as the caller may read them; a caller
   * that may read only its own sees only that. Throws `input_invalid` for an empty period, and for more than {@link MAX.reportRows}
   * rows.
   */
  summarise(call: Call, query: Omit<UsageReportQuery, 'rowsMax'>): Promise<UsageSummary>
  /** Adds usage up by day, model, endpoint and provider, within the same reach and bounds. */
  activity(call: Call, query: Omit<ActivityQuery, 'rowsMax'>): Promise<ActivityRow[]>
}

function mayReport(principal: Principal): void {
  requireAbility(principal, 'REPORT_USAGE')
}

/** Builds the metering. */
export function createUsage({
  store,
  facts,
  ledger,
  authority,
  clock,
  amountMax,
}: {
  store: WithoutWrites<KeyStore & LedgerStore & ReportStore & MemberStore>
  authority: Authority
  facts: Pick<Facts, 'payersOf'>
  ledger: Ledger
  clock: Clock
  /** The largest amount of one event. */
  amountMax: NanoUsd
}): Usage {
  /** The events that were reported before, and are stored with other content. */
  async function conflictsAmong(known: readonly KnownEvent[]): Promise<UsageReceipt['conflicts']> {
    const conflicts: UsageReceipt['conflicts'] = []
    for (let from = 0; from < known.length; from += MAX.eventsReadAtOnce) {
      // A read of SQLite blocks this thread, so other work gets a pass of the event loop between two reads.
      if (from > 0) await new Promise((resolve) => setImmediate(resolve))
      const some = known.slice(from, from + MAX.eventsReadAtOnce)
      const names = some.map(({ keyId, event }) => ({ keyId, id: event.id }))
      const found = await store.findEvents(names)
      const stored = new Map(found.map((event) => [`${event.keyId} ${event.id}`, event]))
      for (const { index, keyId, event } of some) {
        const kept = stored.get(`${keyId} ${event.id}`)
        // An event that was purged since counts as equal.
        if (kept !== undefined && !isSame(event, kept)) conflicts.push({ id: event.id, index })
      }
    }
    return conflicts
  }

  /** The query, restricted to the caller's reach; null when it names another user's keys, which the caller may not see. */
  async function withinReach<Query extends Scoped>({ principal }: Call, query: Query): Promise<Query | null> {
    const reach = requireAbility(principal, 'READ_USAGE')
    if (query.from >= query.to) throw inputFault(['from'], 'Must lie before the end of the report.')
    if (reach !== 'OWN') return query
    const self = principal.user.id
    if (query.workspaceId !== undefined && !(await sees(store, principal, query.workspaceId)))
      throw new Fault('workspace_not_found')
    if (query.workspaceId !== undefined && (await manages(store, principal, query.workspaceId)))
      return { ...query, within: 'workspaceId', managerId: self }
    if (query.ownerId !== undefined && query.ownerId !== self) return null
    return { ...query, ownerId: self, within: 'ownerId', ...memberOf(principal) }
  }

  /** The payers of the events, found in the turn of the event loop in which the caller was judged. */
  async function payersNow(call: Call, events: readonly ReportedUsage[]): Promise<Payers> {
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const known = await facts.payersOf(events.map((event) => event.key))
      const judging = authority.check(call, mayReport)
      if (judging === undefined) return known
      await judging
    }
    throw new Fault('store_unavailable', { internal: 'the facts of a caller kept changing' })
  }

  /** Records entries in the order of the call, those that a commit refused once more, after the caller was judged again. */
  async function recordAll(call: Call, entries: readonly LedgerEntry[]): Promise<LedgerOutcome[]> {
    const judge = () => authority.check(call, mayReport)
    const standing = createStanding(clock)
    const outcomes: LedgerOutcome[] = entries.map(() => 'refused')
    async function attempt(left: readonly LedgerEntry[], round: number): Promise<LedgerOutcome[]> {
      if (round > 0) await judge()
      standing.made()
      const stands = () => standing.passes(judge)
      return ledger.record(left, callerOf(call.principal), { stands, signIn: call.signIn })
    }
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const places = outcomes.flatMap((outcome, place) => (outcome === 'refused' ? [place] : []))
      if (places.length === 0) return outcomes
      const left = places.flatMap((place) => entries[place] ?? [])
      const written = await attempt(left, round).catch((error) => {
        throw places.length < entries.length ? afterAPart(error) : error
      })
      for (const [n, place] of places.entries()) outcomes[place] = written[n] ?? 'duplicate'
      if (written.includes('written')) noteEffect(call)
    }
    throw new Fault('store_unavailable', { internal: 'the facts of a caller kept changing' })
  }

  return {
    requireRoom: ({ principal }, counts) => ledger.requireRoom(callerOf(principal), counts),

    async wrongWith(events) {
      const known = await facts.payersOf(events.flatMap((event) => (event === null ? [] : [event.key])))
      const now = clock.now()
      return events.flatMap((event, index) =>
        event === null ? [] : problemsOf(event, index, { known, now, amountMax }),
      )
    },

    async report(call, events) {
      requireAbility(call.principal, 'REPORT_USAGE')
      const now = clock.now()
      const reportedBy = callerOf(call.principal)
      const known = await payersNow(call, events)
      const problems = events.flatMap((event, index) => problemsOf(event, index, { known, now, amountMax }))
      const [first] = problems
      if (first !== undefined) throw new Fault('input_invalid', { message: first.message, errors: problems })
      const written = events.map(({ key, id, amount, byokAmount, requests, meta, at = now }): UsageEvent => {
        const payer = known.get(nameOf(key)) ?? NOBODY
        const times = { at: Math.min(at, now), recordedAt: now }
        return { ...payer, id, amount, byokAmount, requests, meta, ...times, reportedBy }
      })
      const entries = written.map((event) => ({ kind: 'event' as const, event }))
      const outcomes = await recordAll(call, entries)
      const repeated = events.flatMap((event, index) => {
        const { keyId = NOBODY.keyId } = written[index] ?? {}
        return outcomes[index] === 'written' ? [] : [{ index, keyId, event }]
      })
      const conflicts = await conflictsAmong(repeated)
      const accepted = outcomes.length - repeated.length
      return { accepted, duplicates: repeated.length - conflicts.length, conflicts }
    },

    async event({ principal }, { keyId, id }) {
      const isOwn = requireAbility(principal, 'READ_USAGE') === 'OWN'
      const read = () => store.findEvent(keyId, id)
      return isOwn ? readAsOwner(store, principal, { id: keyId, read }) : read()
    },

    purge: (recordedBefore) => store.purgeEvents(recordedBefore, MAX.choreRows),

    refreshSpentOrder: () => store.refreshSpentOrder(MAX.spentOrderBatch),

    async summarise(call, query) {
      requireSpan(query)
      const by = callerOf(call.principal)
      const asked = await withinReach(call, query)
      const rows = asked === null ? [] : await store.usageReport({ ...asked, rowsMax: MAX.reportRows }, by)
      const ids = reportedIds(rows, query.groupBy, call.principal)
      if (asked === null || Object.keys(ids).length === 0) return { rows, names: {} }
      return { rows, names: await store.namesOf({ ids, ...sightOf(asked) }, by) }
    },

    async activity(call, query) {
      const asked = await withinReach(call, query)
      return asked === null
        ? []
        : store.activityReport({ ...asked, rowsMax: MAX.reportRows }, callerOf(call.principal))
    },
  }
}

function problemsOf(
  { key, at, id, amount, byokAmount }: ReportedUsage,
  index: number,
  { known, now, amountMax }: { known: Payers; now: Instant; amountMax: NanoUsd },
): InputError[] {
  const problems: InputError[] = []
  const wrong = (member: string | readonly string[], message: string) =>
    problems.push({ place: ['events', index].concat(member), message })
  if (!known.has(nameOf(key))) wrong(['key', 'id' in key ? 'id' : 'digest'], 'No such key.')
  if (at !== undefined && !mayHaveHappened(at, now)) wrong('at', AT)
  for (const [member, given] of Object.entries({ amount, byokAmount })) {
    const beyond = beyondCap(given, amountMax)
    if (beyond !== null) wrong(member, beyond)
  }
  const ours = beginsAsOurs(id)
  if (ours !== null) wrong('id', ours)
  return problems
}

/** The payers for the keys of a report, by the names in the report. */
type Payers = ReadonlyMap<KeyId | Digest, Payer>

/** A reported event whose id is known. */
interface KnownEvent {
  index: number
  keyId: KeyId
  event: ReportedUsage
}

/** True when the event equals the stored one. An event without a time has the time of its first report. */
function isSame({ amount, byokAmount, requests, at, meta }: ReportedUsage, kept: UsageEvent): boolean {
  const { recordedAt } = kept
  // A time slightly ahead of our clock was stored as our own time.
  const isAhead = at !== undefined && at > recordedAt && at <= recordedAt + MAX.usageAheadMs
  const told = at === undefined || isAhead ? recordedAt : at
  const sums = amount === kept.amount && byokAmount === kept.byokAmount && requests === kept.requests
  return sums && told === kept.at && sameMeta(meta, kept.meta)
}

/** A machine whose clock was never set reports a time such as 1970, which no present window would count. */
function mayHaveHappened(at: Instant, now: Instant): boolean {
  return at >= now - MAX.usageAgoMs && at <= now + MAX.usageAheadMs
}

const AT = "Must lie within the last 400 days, and at most 5 minutes ahead of the server's clock."

function requireSpan({ from, to, interval }: Pick<UsageReportQuery, 'from' | 'to' | 'interval'>): void {
  const days = MAX.reportSpanMs[interval] / DAY_MS
  if (to - from > MAX.reportSpanMs[interval])
    throw inputFault(['from'], `A report by ${interval} covers at most ${days} days.`)
}

const READING = {
  key: 'DISPLAY_APIKEY',
  owner: 'DISPLAY_USER',
  workspace: 'DISPLAY_WORKSPACE',
} as const satisfies Record<NamedKind, Ability>

/** The ids in the rows, of each kind of which the caller may read some. */
function reportedIds(
  rows: readonly UsageReportRow[],
  groupBy: UsageReportQuery['groupBy'],
  principal: Principal,
): ReportedIds {
  const found = groupBy.flatMap(({ kind }, place) => {
    const ability = kind in READING ? READING[kind as NamedKind] : null
    if (ability === null || reachOf(principal, ability) === null) return []
    const ids = new Set(rows.flatMap(({ groups }) => groups[place] ?? []))
    return [[kind, [...ids]]]
  })
  return Object.fromEntries(found)
}

/** The part of a report's query that selects the records. */
type Scoped = Pick<UsageReportQuery, 'from' | 'to' | 'ownerId' | 'memberId' | 'workspaceId' | 'managerId'>

/** The records of a report whose names its caller sees. */
function sightOf({ memberId, workspaceId, managerId }: Scoped): Omit<NamesQuery, 'ids'> {
  if (managerId !== undefined && workspaceId !== undefined) return { workspaceId, managerId }
  return memberId === undefined ? {} : { memberId }
}

// Stands in for a key that does not exist until the problem is thrown; never written.
const NOBODY = { keyId: '' as KeyId, ownerId: '' as UserId, workspaceId: '' as WorkspaceId }
