import type { RequestReport } from '../http/kernel/api.ts'

/** Which requests are logged: none, those that were refused, these and one in a hundred of the others, or all. */
export type RequestLogMode = 'none' | 'refused' | 'sampled' | 'all'

/** Says of which requests a line is written. */
export interface RequestLines {
  wants(report: Pick<RequestReport, 'status'>): boolean
  /** The same of the next request that passed, before its report is made. */
  wantsPassed(): boolean
}

const SAMPLE = 100
const REFUSED_FROM = 400

/** Builds the choice. */
export function createRequestLines(mode: RequestLogMode): RequestLines {
  let passed = 0
  function wantsPassed(): boolean {
    if (mode !== 'sampled') return mode === 'all'
    passed = (passed + 1) % SAMPLE
    return passed === 1
  }
  return {
    wantsPassed,
    wants: ({ status }) => (status >= REFUSED_FROM ? mode !== 'none' : wantsPassed()),
  }
}
