import type { LedgerEntry, ReservationId } from './entries.ts'
import type { Unit } from './units.ts'

/**
 * Which unit is written before which. The end of a hold is written after the hold; and what was admitted since a hold ran out
 * may use the room that this gave back, so it is written after that end.
 */
export interface WriteOrder {
  /** Takes up a unit and notes what it is written after. */
  add(unit: Unit): void
  /** The units of these that can be written together now. Each of the others waits until the one before it is finished. */
  ready(units: readonly Unit[]): Unit[]
  /** Drops a unit that is written or has failed; answers the units that waited for it. */
  finish(unit: Unit): Unit[]
}

/** Builds an order that has no unit yet. */
export function createWriteOrder(): WriteOrder {
  /** The newest end of a hold that ran out, by account. */
  const newestEnd = new Map<string, Unit>()
  const newHolds = new Map<ReservationId, Unit>()
  /** Units that wait for another, by the one they wait for. */
  const behind = new Map<Unit, Unit[]>()

  /** Reported usage took no room, so nothing has to come before it. */
  function before({ counted, accounts, entries }: Unit): Unit[] {
    if (!counted) return []
    const holds = entries.flatMap((entry) => (isEnd(entry) ? (newHolds.get(entry.resolution.id) ?? []) : []))
    return [...holds, ...accounts.flatMap((name) => newestEnd.get(name) ?? [])]
  }

  return {
    add(unit) {
      unit.after = before(unit)
      for (const entry of unit.entries) {
        if (entry.kind === 'hold') newHolds.set(entry.reservation.id, unit)
        if (unit.counted && isEnd(entry)) for (const name of unit.accounts) newestEnd.set(name, unit)
      }
    },
    ready(units) {
      const batch = new Set<Unit>()
      for (const unit of units) {
        const missing = unit.after.find((other) => !other.isDone && !batch.has(other))
        if (missing === undefined) batch.add(unit)
        else behind.set(missing, [...(behind.get(missing) ?? []), unit])
      }
      return [...batch]
    },
    finish(unit) {
      unit.isDone = true
      for (const name of unit.accounts) if (newestEnd.get(name) === unit) newestEnd.delete(name)
      for (const entry of unit.entries) if (entry.kind === 'hold') newHolds.delete(entry.reservation.id)
      const waited = behind.get(unit) ?? []
      behind.delete(unit)
      return waited
    },
  }
}

/** True for the end of a hold that ran out. */
function isEnd(entry: LedgerEntry): entry is Extract<LedgerEntry, { kind: 'resolution' }> {
  return entry.kind === 'resolution' && entry.resolution.ranOutAt !== undefined
}
