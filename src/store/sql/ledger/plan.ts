import type { Instant } from '../../../core/ground/clock.ts'
import { correctionEvent } from '../../../core/ledger/correcting.ts'
import type {
  Extension,
  LedgerEntry,
  LedgerOutcome,
  Money,
  NewCorrection,
  Reservation,
  ReservationId,
  ReservationState,
  Resolution,
  ThresholdCrossing,
  UsageEvent,
} from '../../../core/ledger/entries.ts'
import { ADMITS_ALL, type Judge } from '../../../core/ledger/judge.ts'
import type { NanoUsd } from '../../../core/money/money.ts'
import type { KeyId } from '../../../core/types.ts'

/** The stored records that entries name. */
export interface Stored {
  hasEvent(keyId: KeyId, id: string): boolean
  hasRequest(keyId: KeyId, requestId: string): boolean
  /** The state of a reservation, null for none; `expected` is the state that the entry needs. */
  standingOf(id: ReservationId, expected: Standing | null): Standing | null
  /** The corrected amounts of an event, null for no such event; `expected` are the amounts that the entry needs. */
  takenBackOf(keyId: KeyId, eventId: string, expected: Money): Money | null
}

/** The state of a reservation; its expiry is null where it is unknown and not needed. */
export interface Standing {
  state: ReservationState
  amount: NanoUsd
  expiresAt: Instant | null
}

/** Assumes that no entry was written before and that every record is as expected, which is nearly always true. */
export const AS_EXPECTED: Stored = {
  hasEvent: () => false,
  hasRequest: () => false,
  standingOf: (_, expected) => expected,
  takenBackOf: (_, __, expected) => expected,
}

/** The plan of a commit: one outcome for each entry, and the rows to write. */
export interface LedgerPlan {
  outcomes: LedgerOutcome[]
  /** In the state after the last entry, ordered by id, like every list here. */
  newReservations: Reservation[]
  /** The new state of each stored reservation that is extended, and its stored state. */
  extensions: Pick<Extension, 'id' | 'from' | 'amount' | 'expiresAt'>[]
  /** The last end of each stored reservation, and its stored state. */
  ends: { from: ReservationState; resolution: Resolution }[]
  /** Including those of corrections, whose amounts are negative. */
  events: PlannedEvent[]
  /** The stored corrected amounts of each event, and the new ones. */
  corrected: { keyId: KeyId; eventId: string; from: Money; to: Money }[]
  /** Of the events, those whose accounts may have reached thresholds that nobody has worked out. */
  unseen: ReadonlySet<PlannedEvent>
  /** Thresholds that the others have reached, as far as they may not be stored. */
  crossings: ThresholdCrossing[]
  /** Audit entries of corrections. */
  audit: NewCorrection['audit'][]
}

/** An event to write; in the event of a correction also the corrected event and the reason. */
export type PlannedEvent = UsageEvent & Partial<Pick<NewCorrection, 'eventId' | 'reason'>>

/** The state of one reservation after the entries so far. */
interface Course {
  stored: ReservationState | null
  now: Standing | null
  held: Reservation | null
  extension: LedgerPlan['extensions'][number] | null
  end: Resolution | null
}

/**
 * Processes the entries one after the other, as if each were written before the next. The statements that write the plan must verify that
 * the stored records are as `stored` says.
 */
export function planLedger(
  entries: readonly LedgerEntry[],
  stored: Stored,
  judge: Pick<Judge, 'admits' | 'reachedBy'> = ADMITS_ALL,
): LedgerPlan {
  const courses = new Map<ReservationId, Course>()
  const requests = new Set<string>()
  const events = new Map<string, PlannedEvent>()
  const corrected = new Map<string, LedgerPlan['corrected'][number]>()
  const audit: NewCorrection['audit'][] = []
  const unseen = new Set<PlannedEvent>()
  const crossings: ThresholdCrossing[] = []

  function courseOf(id: ReservationId, expected: Standing | null): Course {
    const known = courses.get(id)
    if (known !== undefined) return known
    const now = stored.standingOf(id, expected)
    const course: Course = { stored: now?.state ?? null, now, held: null, extension: null, end: null }
    courses.set(id, course)
    return course
  }

  /** The name of a new hold; null for one that was written before. */
  function newHold({ id, keyId, requestId }: Reservation): string | null {
    if (courseOf(id, null).now !== null) return null
    const name = nameOf(keyId, requestId ?? `\n${id}`)
    const isKnown = requests.has(name) || (requestId !== null && stored.hasRequest(keyId, requestId))
    return isKnown ? null : name
  }

  function hold(reservation: Reservation, name: string): void {
    requests.add(name)
    const course = courseOf(reservation.id, null)
    course.held = reservation
    course.now = reservation
  }

  function canExtend({ id, from }: Extension): boolean {
    const { now } = courseOf(id, { state: 'open', ...from })
    return now?.state === 'open' && now.amount === from.amount && now.expiresAt === from.expiresAt
  }

  function extend({ id, from, amount, expiresAt }: Extension): void {
    const course = courseOf(id, null)
    if (course.held !== null) course.held = { ...course.held, amount, expiresAt }
    else course.extension = { id, from: course.extension?.from ?? from, amount, expiresAt }
    course.now = { state: 'open', amount, expiresAt }
  }

  function canResolve({ id, from: state, fromAmount: amount, ...resolution }: Resolution): boolean {
    const ranOutAt = resolution.ranOutAt ?? null
    const { now } = courseOf(id, { state, amount, expiresAt: ranOutAt })
    return now?.state === state && now.amount === amount && (ranOutAt === null || now.expiresAt === ranOutAt)
  }

  function resolve(resolution: Resolution): void {
    const course = courseOf(resolution.id, null)
    if (course.now !== null) course.now = { ...course.now, state: resolution.state }
    course.end = resolution
  }

  function canCorrect({ keyId, eventId, from, ...correction }: NewCorrection): boolean {
    const taken = corrected.get(nameOf(keyId, eventId))?.to ?? stored.takenBackOf(keyId, eventId, from)
    if (taken === null || taken.amount !== from.amount || taken.byokAmount !== from.byokAmount) return false
    return newEvent(correctionEvent({ keyId, eventId, ...correction })) !== null
  }

  function correct(correction: NewCorrection): void {
    const { keyId, eventId, from, reason } = correction
    const name = nameOf(keyId, eventId)
    const event: PlannedEvent = { ...correctionEvent(correction), eventId, reason }
    add(nameOf(keyId, event.id), event)
    const to = {
      amount: from.amount + correction.amount,
      byokAmount: from.byokAmount + correction.byokAmount,
    }
    corrected.set(name, { keyId, eventId, from: corrected.get(name)?.from ?? from, to })
    audit.push(correction.audit)
  }

  /** The name of a new event; null for one that was written before. */
  function newEvent({ keyId, id }: Pick<UsageEvent, 'keyId' | 'id'>): string | null {
    const name = nameOf(keyId, id)
    return events.has(name) || stored.hasEvent(keyId, id) ? null : name
  }

  function add(name: string, event: PlannedEvent, reached: readonly ThresholdCrossing[] | null = null): void {
    events.set(name, event)
    if (reached === null) unseen.add(event)
    else crossings.push(...reached)
  }

  /** The function that adds the entry to the plan; null when it was written before. */
  function writerOf(entry: LedgerEntry): (() => void) | null {
    switch (entry.kind) {
      case 'event': {
        const name = newEvent(entry.event)
        return name === null ? null : () => add(name, entry.event, judge.reachedBy?.(entry) ?? null)
      }
      case 'hold': {
        const name = newHold(entry.reservation)
        return name === null ? null : () => hold(entry.reservation, name)
      }
      case 'extension':
        return canExtend(entry.extension) ? () => extend(entry.extension) : null
      case 'correction':
        return canCorrect(entry.correction) ? () => correct(entry.correction) : null
      case 'resolution': {
        const { resolution, event } = entry
        if (!canResolve(resolution)) return null
        return () => {
          resolve(resolution)
          // Its cost may have been reported before; the end counts all the same.
          const name = event === undefined ? null : newEvent(event)
          if (event !== undefined && name !== null) add(name, event)
        }
      }
    }
  }

  const outcomes = entries.map((entry): LedgerOutcome => {
    const write = writerOf(entry)
    if (write === null) return 'duplicate'
    if (!judge.admits(entry)) return 'refused'
    write()
    return 'written'
  })
  const written = { ...writtenOf(courses), events: inOrder(events), corrected: inOrder(corrected) }
  return { outcomes, ...written, unseen, crossings, audit }
}

function writtenOf(
  courses: ReadonlyMap<ReservationId, Course>,
): Pick<LedgerPlan, 'newReservations' | 'extensions' | 'ends'> {
  const newReservations: Reservation[] = []
  const extensions: LedgerPlan['extensions'] = []
  const ends: LedgerPlan['ends'] = []
  for (const { stored, held, extension, end } of inOrder(courses)) {
    if (held !== null) newReservations.push(end === null ? held : ended(held, end))
    if (extension !== null) extensions.push(extension)
    if (held === null && end !== null && stored !== null) ends.push({ from: stored, resolution: end })
  }
  return { newReservations, extensions, ends }
}

function ended(held: Reservation, { state, resolvedAt, resolvedBy, settlement }: Resolution): Reservation {
  return { ...held, state, resolvedAt, resolvedBy, settlement }
}

/** One name for two; a key's id holds no line break, so the first one ends it. */
export function nameOf(keyId: KeyId, id: string): string {
  return `${keyId}\n${id}`
}

// All callers write in one order, so that no two of them wait for each other in a circle.
function inOrder<T>(named: ReadonlyMap<string, T>): T[] {
  return [...named].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, value]) => value)
}
