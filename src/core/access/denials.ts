import { LRUCache } from 'lru-cache'
import type { AuditStore } from '../../store/audit.ts'
import { MAX } from '../ground/bounds.ts'
import type { FaultCode } from '../ground/faults.ts'
import type { NewId } from '../ground/ids.ts'
import type { Act, AuditRecord, Denial } from './audit-entry.ts'

/**
 * The denied attempts of callers. A denial causes no write of its own: equal attempts are counted in memory and written together about
 * once a second, after all work that somebody waits for. A crash loses the attempts since then.
 */
export interface Denials {
  /** Notes one attempt; costs no more than a look-up. */
  note(
    act: Act,
    attempt: { action: string; target: AuditRecord['target']; code: FaultCode; reason: string },
  ): void
  /** Writes the pending denials. Those that cannot be written are kept for the next time. */
  flush(): Promise<void>
}

/** The denied attempts of one user since `startedAt`, by the properties that make attempts equal. */
interface Period {
  startedAt: number
  denials: Map<string, Denial>
}

/** Builds the notes. */
export function createDenials({ store, newId }: { store: AuditStore; newId: NewId }): Denials {
  const periods = new LRUCache<string, Period>({ max: MAX.deniedUsersInMemory })
  let unwritten = new Set<Denial>()
  let flushing: Promise<void> = Promise.resolve()

  function periodOf({ userId, at }: Act): Period {
    const known = periods.get(userId ?? '')
    // When the clock was set back, a new period begins.
    if (known !== undefined && at >= known.startedAt && at < known.startedAt + MAX.denialPeriodMs)
      return known
    const period: Period = { startedAt: at, denials: new Map() }
    periods.set(userId ?? '', period)
    return period
  }

  async function write(): Promise<void> {
    const writing = [...unwritten]
    unwritten = new Set()
    while (writing.length > 0) {
      const piece = writing.splice(0, MAX.choreRows)
      try {
        await store.recordDenials(piece.map((denial) => ({ ...denial })))
      } catch (error) {
        unwritten = new Set([...piece, ...writing, ...unwritten])
        throw error
      }
    }
  }

  return {
    note(act, { action, target, code, reason }) {
      const { denials } = periodOf(act)
      const own = [act.keyId, action, target.kind, target.id, code].join('\n')
      const isOneOfMany = !denials.has(own) && denials.size >= MAX.denialsPerUser
      const name = isOneOfMany ? code : own
      const known = denials.get(name)
      if (known !== undefined) {
        known.count += 1
        known.lastAt = Math.max(known.lastAt, act.at)
        unwritten.add(known)
        return
      }
      // While writing fails, memory does not keep new attempts for ever.
      if (unwritten.size >= MAX.denialsUnwritten) return
      const shown = isOneOfMany ? { ...MANY, reason: code } : { action, target, reason }
      const audit = { ...shown, before: null, after: null }
      const by = isOneOfMany ? { ...act, keyId: null } : act
      const denial: Denial = { id: newId<string>(), act: by, audit, count: 1, lastAt: act.at }
      denials.set(name, denial)
      unwritten.add(denial)
    },
    flush() {
      // One write after the other, so that an older count never overwrites a newer one.
      flushing = flushing.catch(() => {}).then(write)
      return flushing
    },
  }
}

/** Beyond {@link MAX.denialsPerUser} different attempts of a user in a period, denials are counted by their reason alone. */
const MANY = { action: '*', target: { kind: 'system', id: null } } as const
