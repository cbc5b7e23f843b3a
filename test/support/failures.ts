import { FAULTS, Fault, type FaultDetails } from '../../src/core/ground/faults.ts'
import { FAULT_STATUS } from '../../src/http/kernel/problem.ts'
import { type AnyFault, type AnyFaultCode, RequestFault } from '../../src/http/kernel/request-faults.ts'

/** The codes of all failures that a dialect answers. */
export const FAILURE_CODES = Object.keys(FAULT_STATUS) as AnyFaultCode[]

/** A failure of the domain or of the request, by its code. */
export function failureOf(code: AnyFaultCode, details?: FaultDetails, options?: ErrorOptions): AnyFault {
  return code in FAULTS
    ? new Fault(code as keyof typeof FAULTS, details, options)
    : new RequestFault(code as RequestFault['code'], details, options)
}

/** The code of the fault that an act throws; null when it throws none, `crash` for anything else. */
export function refusalOf(act: () => unknown): string | null {
  try {
    act()
    return null
  } catch (error) {
    return error instanceof Fault ? error.code : 'crash'
  }
}

/**
 * The error of a call that must fail. `expect(call).rejects` of Bun waits for the call within the present callback: when that is one of two that
 * `setImmediate` has put into the same pass, the other does not run, and a call that needs it hangs until some time limit ends it.
 */
export async function rejectionOf(call: Promise<unknown>): Promise<unknown> {
  const outcome = await call.then(
    () => null,
    (error: unknown) => ({ error }),
  )
  if (outcome === null) throw new Error('The call was answered, and should have failed.')
  return outcome.error
}
