import type { VerificationStore } from '../../store/verifications.ts'
import { MAX } from '../ground/bounds.ts'
import { HOUR_MS, type Instant } from '../ground/clock.ts'
import type { Digest, KeyId } from '../types.ts'
import type {
  CountedVerdict,
  GatheredOutcomes,
  KeyHour,
  KeyRefusal,
  KeyVerdict,
  SecretUse,
  VerdictCounts,
} from './outcome-records.ts'
import type { WithoutWrites } from './record-writes.ts'

/** Counts verdicts in memory, so that a verify writes nothing. A crash loses the counts since the last flush. */
export interface Outcomes {
  /** Notes one answer; costs no more than a few map entries. */
  note(verdict: CountedVerdict, at: Instant, ip: string | undefined): void
  /** Notes that a secret was used. */
  used(known: { key: { id: KeyId }; secret: { digest: Digest } }, at: Instant, ip: string | undefined): void
  /** Writes the counts. They are lost if the write fails, which is acceptable because no money depends on them. */
  flush(): Promise<void>
}

/** Builds the counter. Keys beyond the bound between two flushes count only in the totals. */
export function createOutcomes(store: WithoutWrites<VerificationStore>): Outcomes {
  let hours = new Map<Instant, Map<KeyId, KeyHour>>()
  let hoursCount = 0
  let totals = new Map<Instant, VerdictCounts>()
  let refusals = new Map<string, KeyRefusal>()
  let uses = new Map<Digest, SecretUse>()

  function noteRefusal(verdict: KeyVerdict, at: Instant, ip: string | null) {
    const { code, key } = verdict
    const bound = boundOf(verdict)
    const name = `${key.id} ${code} ${bound}`
    const known = refusals.get(name)
    if (known !== undefined) {
      known.count += 1
      known.at = at
      known.ip = ip ?? known.ip
    } else if (refusals.size < MAX.outcomesInMemory)
      refusals.set(name, { keyId: key.id, code, bound, count: 1, at, ip })
  }

  // By two steps and not by one name of both, which would be made for each verify.
  function noteKey(keyId: KeyId, hour: Instant, code: KeyVerdict['code']) {
    const ofHour = hours.get(hour) ?? new Map<KeyId, KeyHour>()
    const known = ofHour.get(keyId)
    if (known !== undefined) known.counts[code] = (known.counts[code] ?? 0) + 1
    else if (hoursCount < MAX.outcomesInMemory) {
      hours.set(hour, ofHour)
      ofHour.set(keyId, { keyId, hour, counts: { [code]: 1 } })
      hoursCount += 1
    }
  }

  return {
    note(verdict, at, ip) {
      const hour = at - (at % HOUR_MS)
      const { code } = verdict
      const total = totals.get(hour) ?? {}
      totals.set(hour, total)
      total[code] = (total[code] ?? 0) + 1
      if (verdict.code === 'NOT_FOUND') return
      noteKey(verdict.key.id, hour, verdict.code)
      if (verdict.code !== 'VALID') noteRefusal(verdict, at, ip ?? null)
    },

    used({ key, secret }, at, ip) {
      const known = uses.get(secret.digest)
      if (known !== undefined) {
        known.count += 1
        known.at = at
        known.ip = ip ?? known.ip
      } else if (uses.size < MAX.outcomesInMemory)
        uses.set(secret.digest, { keyId: key.id, digest: secret.digest, count: 1, at, ip: ip ?? null })
    },

    async flush() {
      if (totals.size === 0 && uses.size === 0) return
      const gathered = {
        hours: [...hours.values()].flatMap((ofHour) => [...ofHour.values()]),
        totals: [...totals].map(([hour, counts]) => ({ hour, counts })),
        refusals: [...refusals.values()],
        uses: [...uses.values()],
      }
      hours = new Map()
      hoursCount = 0
      totals = new Map()
      refusals = new Map()
      uses = new Map()
      for (const piece of piecesOf(gathered)) await store.recordOutcomes(piece)
    },
  }
}

/** The limit that a refusal names. */
function boundOf(verdict: KeyVerdict): string {
  switch (verdict.code) {
    case 'RATE_LIMITED':
      return `rate:${verdict.bound.name}`
    case 'BUDGET_EXCEEDED':
      return `${verdict.bound.account.kind}:${verdict.bound.window}`
    default:
      return ''
  }
}

/** Splits the rows, so that another writer waits for one piece at most. */
function* piecesOf({ hours, totals, refusals, uses }: GatheredOutcomes): Generator<GatheredOutcomes> {
  const none = { hours: [], totals: [], refusals: [], uses: [] }
  yield { ...none, totals }
  for (const piece of pieces(hours)) yield { ...none, hours: piece }
  for (const piece of pieces(refusals)) yield { ...none, refusals: piece }
  for (const piece of pieces(uses)) yield { ...none, uses: piece }
}

function* pieces<T>(rows: T[]): Generator<T[]> {
  for (let from = 0; from < rows.length; from += MAX.choreRows) yield rows.slice(from, from + MAX.choreRows)
}
