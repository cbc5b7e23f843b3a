import type { Fault } from '../../core/faults.ts'
import type { FaultResponse } from '../dialect.ts'

/** The dialect's form of a fault. */
export function renderFault(fault: Fault): FaultResponse {
  return { status: 500, contentType: 'application/json', body: { error: fault.message } }
}
