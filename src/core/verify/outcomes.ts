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
  /**
   * Notes a use that passed: its verdict and the use of the secret. It costs a few additions for callers that keep the result of the last
   * call for this secret. When the `ip` has to be found, it is found for the first of some uses, and from then on now and again.
   */
  passed(known: UsedSecret, at: Instant, ip: string | AddressFinder | undefined, last: Tally | null): Tally
  /** Writes the counts. They are lost if the write fails, which is acceptable because no money depends on them. */
  flush(): Promise<void>
}

/** The used secret, and its key. */
export interface UsedSecret {
  key: { id: KeyId }
  secret: { digest: Digest }
}

/** Finds the address that a request comes from; null for none. */
export interface AddressFinder {
  clientIp(): string | null
}

/** The counts of one secret that have to be written. */
export interface Tally {
  /** The counts of all keys that are written with these. */
  among: ReadonlyMap<Instant, VerdictCounts>
  hour: Instant
  /** All verdicts of the hour. */
  total: VerdictCounts
  /** Null when so many keys are counted that this one is not. */
  ofKey: VerdictCounts | null
  use: SecretUse | null
  /** The time at which the address was last found. */
  ipAt: Instant
}

/** An address that was found this recently is used for the next use as well, because finding it costs as much as the decision. */
const ADDRESS_MS = 500

/** Builds the counter. Beyond the maximum of keys between two flushes, further keys count only in the totals. */
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

  // Two look-ups are used, because one name made of both would be built for each verify.
  function countsOf(keyId: KeyId, hour: Instant): VerdictCounts | null {
    const ofHour = hours.get(hour) ?? new Map<KeyId, KeyHour>()
    const known = ofHour.get(keyId)
    if (known !== undefined) return known.counts
    if (hoursCount >= MAX.outcomesInMemory) return null
    const counts: VerdictCounts = {}
    hours.set(hour, ofHour)
    ofHour.set(keyId, { keyId, hour, counts })
    hoursCount += 1
    return counts
  }

  function totalOf(hour: Instant): VerdictCounts {
    const total = totals.get(hour) ?? {}
    totals.set(hour, total)
    return total
  }

  function use({ key, secret }: UsedSecret, at: Instant, ip: string | undefined): SecretUse | null {
    const known = uses.get(secret.digest)
    if (known !== undefined) {
      known.count += 1
      known.at = at
      known.ip = ip ?? known.ip
      return known
    }
    if (uses.size >= MAX.outcomesInMemory) return null
    const first = { keyId: key.id, digest: secret.digest, count: 1, at, ip: ip ?? null }
    uses.set(secret.digest, first)
    return first
  }

  return {
    note(verdict, at, ip) {
      const hour = hourOf(at)
      const { code } = verdict
      countOne(totalOf(hour), code)
      if (verdict.code === 'NOT_FOUND') return
      const counts = countsOf(verdict.key.id, hour)
      if (counts !== null) countOne(counts, code)
      if (verdict.code !== 'VALID') noteRefusal(verdict, at, ip ?? null)
    },

    passed(known, at, ip, last) {
      const hour = hourOf(at)
      if (last === null || last.among !== totals || last.hour !== hour) {
        const tally: Tally = {
          among: totals,
          hour,
          total: totalOf(hour),
          ofKey: countsOf(known.key.id, hour),
          use: use(known, at, foundAddress(ip)),
          ipAt: at,
        }
        countOne(tally.total, 'VALID')
        if (tally.ofKey !== null) countOne(tally.ofKey, 'VALID')
        return tally
      }
      countOne(last.total, 'VALID')
      if (last.ofKey !== null) countOne(last.ofKey, 'VALID')
      if (last.use === null) return last
      last.use.count += 1
      last.use.at = at
      // When the clock was set back, the age is unknown.
      const isRecent = last.use.ip !== null && Math.abs(at - last.ipAt) < ADDRESS_MS
      if (typeof ip === 'object' && isRecent) return last
      last.use.ip = foundAddress(ip) ?? last.use.ip
      last.ipAt = at
      return last
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

/** An address that is known or has to be found; undefined when there is none. */
export function foundAddress(ip: string | AddressFinder | undefined): string | undefined {
  return typeof ip === 'object' ? (ip.clientIp() ?? undefined) : ip
}

function hourOf(at: Instant): Instant {
  return at - (at % HOUR_MS)
}

function countOne(counts: VerdictCounts, code: CountedVerdict['code']): void {
  counts[code] = (counts[code] ?? 0) + 1
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
