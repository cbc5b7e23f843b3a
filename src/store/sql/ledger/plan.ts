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
  UsageEvent,
} from '../../../core/ledger/entries.ts'
import { ADMITS_ALL, type Judge } from '../../../core/ledger/judge.ts'
import type { NanoUsd } from '../../../core/money/money.ts'
import type { KeyId } from '../../../core/types.ts'

/** The stored records that entries name. */
export interface Stored {
  hasEvent(keyId: KeyId, id: string): boolean
  hasRequest(keyId: KeyId, requestId: string): boolean
  /** How a reservation stands, null for none; `expected` is what the entry can use. */
  standingOf(id: ReservationId, expected: Standing | null): Standing | null
  /** What was taken back of an event, null for no such event; `expected` is what the entry can use. */
  takenBackOf(keyId: KeyId, eventId: string, expected: Money): Money | null
}

/** How a reservation stands; amount and end are null where nothing is known of them and nothing asked. */
export interface Standing {
  state: ReservationState
  amount: NanoUsd | null
  expiresAt: Instant | null
}

/** Takes it that nothing was written before and that nothing has ended otherwise, as is nearly always so. */
export const AS_EXPECTED: Stored = {
  hasEvent: () => false,
  hasRequest: () => false,
  standingOf: (_, expected) => expected,
  takenBackOf: (_, __, expected) => expected,
}

/** The plan of a commit: one outcome for each entry, and the rows to write. */
export interface LedgerPlan {
  outcomes: LedgerOutcome[]
  /** In the state that the last entry leaves them in, ordered by id, as everything here. */
  newReservations: Reservation[]
  /** What becomes of each extended reservation that was stored before, and how it is stored. */
  extensions: Pick<Extension, 'id' | 'from' | 'amount' | 'expiresAt'>[]
  /** The last end of each reservation that was stored before, and the state in which it is stored. */
  ends: { from: ReservationState; resolution: Resolution }[]
  /** With those of corrections, whose amounts are below zero. */
  events: PlannedEvent[]
  /** What is stored as taken back of each corrected event, and what will be. */
  corrected: { keyId: KeyId; eventId: string; from: Money; to: Money }[]
  /** Audit entries of corrections. */
  audit: NewCorrection['audit'][]
}

/** An event to write, and of a correction's what it takes back, and why. */
export type PlannedEvent = UsageEvent & Partial<Pick<NewCorrection, 'eventId' | 'reason'>>

/** What the entries so far have made of one reservation. */
interface Course {
  stored: ReservationState | null
  now: Standing | null
  held: Reservation | null
  extension: LedgerPlan['extensions'][number] | null
  end: Resolution | null
}

/**
 * Goes through the entries one after the other, as if each were written before the next is looked at. Whether what is
 * stored is as told, the statements that write the plan have to make sure.
 */
export function planLedger(
  entries: readonly LedgerEntry[],
  stored: Stored,
  admits: Judge['admits'] = ADMITS_ALL.admits,
): LedgerPlan {
  const courses = new Map<ReservationId, Course>()
  const requests = new Set<string>()
  const events = new Map<string, PlannedEvent>()
  const corrected = new Map<string, LedgerPlan['corrected'][number]>()
  const audit: NewCorrection['audit'][] = []

  function courseOf(id: ReservationId, expected: Standing | null): Course {
    const known = courses.get(id)
    if (known !== undefined) return known
    const now = stored.standingOf(id, expected)
    const course: Course = { stored: now?.state ?? null, now, held: null, extension: null, end: null }
    courses.set(id, course)
    return course
  }

  /** Names a hold that is new; null for one that was written before. */
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

  function canResolve({ id, from: state, ...resolution }: Resolution): boolean {
    const ranOutAt = resolution.ranOutAt ?? null
    const { now } = courseOf(id, { state, amount: null, expiresAt: ranOutAt })
    return now?.state === state && (ranOutAt === null || now.expiresAt === ranOutAt)
  }

  function resolve(resolution: Resolution): void {
    const course = courseOf(resolution.id, null)
    if (course.now !== null) course.now = { ...course.now, state: resolution.state }
    course.end = resolution
  }

  function canCorrect({ keyId, eventId, from, ...correction }: NewCorrection): boolean {
    const taken = corrected.get(nameOf(keyId, eventId))?.to ?? stored.takenBackOf(keyId, eventId, from)
    if (taken === null || taken.amount !== from.amount || taken.byokAmount !== from.byokAmount) return false
    return isNew(correctionEvent({ keyId, eventId, ...correction }))
  }

  function correct(correction: NewCorrection): void {
    const { keyId, eventId, from, reason } = correction
    const name = nameOf(keyId, eventId)
    add({ ...correctionEvent(correction), eventId, reason })
    const to = {
      amount: from.amount + correction.amount,
      byokAmount: from.byokAmount + correction.byokAmount,
    }
    corrected.set(name, { keyId, eventId, from: corrected.get(name)?.from ?? from, to })
    audit.push(correction.audit)
  }

  function isNew({ keyId, id }: Pick<UsageEvent, 'keyId' | 'id'>): boolean {
    return !events.has(nameOf(keyId, id)) && !stored.hasEvent(keyId, id)
  }

  function add(event: PlannedEvent): void {
    events.set(nameOf(event.keyId, event.id), event)
  }

  /** What writes the entry; null when it was written before. */
  function writerOf(entry: LedgerEntry): (() => void) | null {
    switch (entry.kind) {
      case 'event':
        return isNew(entry.event) ? () => add(entry.event) : null
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
          // What it has cost may have been reported before; the end counts all the same.
          if (event !== undefined && isNew(event)) add(event)
        }
      }
    }
  }

  const outcomes = entries.map((entry): LedgerOutcome => {
    const write = writerOf(entry)
    if (write === null) return 'duplicate'
    if (!admits(entry)) return 'refused'
    write()
    return 'written'
  })
  return { outcomes, ...writtenOf(courses), events: inOrder(events), corrected: inOrder(corrected), audit }
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

// In one order for all callers, so that two of them never wait for each other in a circle.
function inOrder<T>(named: ReadonlyMap<string, T>): T[] {
  return [...named].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, value]) => value)
}
