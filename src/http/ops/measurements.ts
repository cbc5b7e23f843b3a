import type Registry from 'prom-client/lib/registry.js'
import type { Latchkey, LatchkeyProcess } from '../../core/latchkey.ts'
import { VERDICT_CODES, type Verdict } from '../../core/verify/verify.ts'
import type { RequestReport } from '../kernel/api.ts'
import { type AnyFaultCode, FAULT_TEXTS } from '../kernel/request-faults.ts'
import type { MeasuredParts } from './metric-registry.ts'
import { createRequestDurations, type RequestCount, type RequestKind } from './request-durations.ts'
import { sharedScrapes } from './shared-scrapes.ts'
import { createStoreCounts, type StoreNews } from './store-counts.ts'

/** The counts of one process. Labels have few values by construction: never an id, an address or a text of a caller's. */
export interface Measurements {
  /** Counts a finished request. */
  request(report: RequestReport): void
  /** The count of one kind of answers; a caller that counts many keeps it. */
  countOf(kind: RequestKind): RequestCount
  /** Is told about events of the store. */
  storeNews: StoreNews
  /** The same core, with its verdicts counted. */
  measured(latchkey: LatchkeyProcess): LatchkeyProcess
  /** All counts in Prometheus' text form, made once for all who ask at the same time. */
  text(): Promise<string>
  contentType: string
}

/** Faults that say that a credential was missing or refused. */
const AUTHENTICATION_FAULTS = [
  'credential_missing',
  'credential_invalid',
  'credential_conflict',
  'address_forbidden',
] as const satisfies readonly AnyFaultCode[]

/** Starts counting in a registry of its own, so several applications in one process do not mix. */
export function createMeasurements({ node, sharing, store, openFiles }: MeasuredParts): Measurements {
  const durations = createRequestDurations()
  // The path of a verify only adds to plain numbers; a scrape reads them.
  const verdicts = zeros(VERDICT_CODES)
  const failures = zeros(AUTHENTICATION_FAULTS)
  const counts = createStoreCounts()
  const faults = zeros(Object.keys(FAULT_TEXTS) as AnyFaultCode[])
  let factsInMemory = () => 0
  let registry: Promise<Registry> | null = null

  // Loading the metrics library would be a tenth of a start, and most servers get their first scrape later, or never.
  const written = () => {
    registry ??= load().catch((error) => {
      // The process may have had no file left to read the library with. The next scrape tries again.
      registry = null
      throw error
    })
    return registry
  }
  const load = async () => {
    const { createRegistry } = await import('./metric-registry.ts')
    return createRegistry({
      verdicts,
      failures,
      faults,
      factsInMemory: () => factsInMemory(),
      node,
      sharing,
      counts,
      store,
      openFiles,
    })
  }
  // Events among nodes are counted as they happen.
  if (node !== undefined) written().catch(() => {})

  return {
    request({ method, route, status, seconds, fault }) {
      if (fault !== null) faults[fault] += 1
      if (isAuthentication(fault)) failures[fault] += 1
      durations.of({ method, route, status }).add(seconds)
    },
    countOf: (kind) => durations.of(kind),
    measured(latchkey) {
      factsInMemory = () => latchkey.facts.count()
      return {
        ...latchkey,
        verify: countingVerify(latchkey.verify, (code) => {
          verdicts[code] += 1
        }),
      }
    },
    storeNews: counts,
    text: sharedScrapes(
      async () => `${await (await written()).metrics()}\n${durations.text()}${counts.text()}`,
    ),
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
  }
}

function zeros<Code extends string>(codes: readonly Code[]): Record<Code, number> {
  return Object.fromEntries(codes.map((code) => [code, 0])) as Record<Code, number>
}

function countingVerify(
  verify: Latchkey['verify'],
  count: (code: Verdict['code']) => void,
): Latchkey['verify'] {
  const noted = (verdict: Verdict): Verdict => {
    count(verdict.code)
    return verdict
  }
  return (request) => {
    const verdict = verify(request)
    return verdict instanceof Promise ? verdict.then(noted) : noted(verdict)
  }
}

function isAuthentication(fault: AnyFaultCode | null): fault is (typeof AUTHENTICATION_FAULTS)[number] {
  return AUTHENTICATION_FAULTS.some((code) => code === fault)
}
