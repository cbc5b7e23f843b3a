import type { Registry } from 'prom-client'
import { Fault } from '../../core/ground/faults.ts'
import type { Latchkey } from '../../core/latchkey.ts'
import { VERDICT_CODES, type Verdict } from '../../core/verify/verify.ts'
import type { RequestReport } from '../kernel/api.ts'
import { type AnyFaultCode, FAULT_TEXTS } from '../kernel/request-faults.ts'
import type { MeasuredNode } from './node-measurements.ts'
import { createRequestDurations, type RequestCount, type RequestKind } from './request-durations.ts'

/** What is counted of one process. Labels have few values by construction: never an id, an address or a text of a caller's. */
export interface Measurements {
  /** Takes note of a finished request. */
  request(report: RequestReport): void
  /** The count of one kind of answers, to be kept by whoever counts many. */
  countOf(kind: RequestKind): RequestCount
  /** The same core, whose verdicts and failed authentications are counted. */
  measured(latchkey: Latchkey): Latchkey
  /** Everything counted so far, in Prometheus' text form. */
  text(): Promise<string>
  contentType: string
}

type AuthenticationFailure = 'credential_invalid' | 'address_forbidden'

/** Starts counting, in a registry of its own, so that several applications in one process do not mix. `node` is absent where there are no others. */
export function createMeasurements(node?: MeasuredNode): Measurements {
  const durations = createRequestDurations()
  // Plain numbers on the path of a verify; they are read when somebody asks.
  const verdicts = zeros(VERDICT_CODES)
  const failures = zeros(['credential_invalid', 'address_forbidden'] as const)
  const faults = zeros(Object.keys(FAULT_TEXTS) as AnyFaultCode[])
  let factsInMemory = () => 0
  let registry: Promise<Registry> | null = null

  // Loading what writes them is a tenth of a start, and most servers are asked for metrics later, or never.
  const written = () => {
    registry ??= import('./metric-registry.ts').then(({ createRegistry }) =>
      createRegistry({ verdicts, failures, faults, factsInMemory: () => factsInMemory(), node }),
    )
    return registry
  }
  // What happens among nodes is counted as it happens.
  if (node !== undefined) void written()

  return {
    request({ method, route, status, seconds, fault }) {
      if (fault !== null) faults[fault] += 1
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
        authenticate: countingAuthenticate(latchkey.authenticate, (code) => {
          failures[code] += 1
        }),
      }
    },
    text: async () => `${await (await written()).metrics()}\n${durations.text()}`,
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

function countingAuthenticate(
  authenticate: Latchkey['authenticate'],
  count: (code: AuthenticationFailure) => void,
): Latchkey['authenticate'] {
  return async (credential, ip) => {
    try {
      return await authenticate(credential, ip)
    } catch (error) {
      const code = error instanceof Fault ? error.code : null
      if (code === 'credential_invalid' || code === 'address_forbidden') count(code)
      throw error
    }
  }
}
