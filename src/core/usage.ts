import type { KeyRef, Store, UsageEvent } from '../store/store.ts'
import { requireAbility } from './access.ts'
import type { Call } from './audit.ts'
import { MAX } from './bounds.ts'
import type { Clock, Instant } from './clock.ts'
import type { Facts } from './facts.ts'
import { Fault, type InputError } from './faults.ts'
import type { Digest, KeyId, NanoUsd } from './types.ts'

/** One use of money as reported by whoever served it. */
export interface ReportedUsage {
  /** Chosen by the reporter; repeating it for the same key changes nothing. */
  id: string
  key: KeyRef
  amount: NanoUsd
  byokAmount: NanoUsd
  requests: number
  /** When it happened; now, when absent. It decides the windows that the amount belongs to. */
  at?: Instant
  meta: Record<string, string>
}

/** Metering: what keys have spent. */
export interface Usage {
  /**
   * Writes events durably, each once however often it is reported, also beyond a limit: the ledger records the truth.
   * Needs REPORT_USAGE for every key named. All events are written or none.
   */
  report(call: Call, events: readonly ReportedUsage[]): Promise<{ accepted: number; duplicates: number }>
}

/** Builds the metering. */
export function createUsage({ store, facts, clock }: { store: Store; facts: Facts; clock: Clock }): Usage {
  return {
    async report(call, events) {
      const reach = requireAbility(call.principal, 'REPORT_USAGE')
      const now = clock.now()
      const keys = await store.resolveKeys(events.map((event) => event.key))
      const problems: InputError[] = []
      const written = events.map((event, index): UsageEvent => {
        const key = keys.get(nameOf(event.key))
        // Somebody else's key looks like none, so that reporting does not tell which keys exist.
        if (key === undefined || (reach === 'OWN' && key.ownerId !== call.principal.user.id)) {
          const member = 'id' in event.key ? 'keyId' : 'hash'
          problems.push({ pointer: `/events/${index}/${member}`, message: 'No such key.' })
        }
        if (event.at !== undefined && event.at > now + MAX.usageAheadMs) {
          problems.push({
            pointer: `/events/${index}/at`,
            message: "Lies too far ahead of the server's clock.",
          })
        }
        const { id, amount, byokAmount, requests, meta } = event
        const keyId = key?.id ?? ('' as KeyId)
        return {
          id,
          keyId,
          amount,
          byokAmount,
          requests,
          meta,
          at: Math.min(event.at ?? now, now),
          recordedAt: now,
        }
      })
      const [first] = problems
      if (first !== undefined) throw new Fault('input_invalid', { message: first.message, errors: problems })
      const result = await store.recordUsage(written)
      for (const keyId of new Set(written.map((event) => event.keyId))) facts.spendChanged(keyId)
      return result
    },
  }
}

function nameOf(ref: KeyRef): KeyId | Digest {
  return 'id' in ref ? ref.id : ref.digest
}
