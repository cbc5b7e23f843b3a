import { LatchkeyApiError, LatchkeyConnectionError } from '../../packages/client/src/index.ts'
import { UsageError } from './command.ts'
import { printable } from './text.ts'

/** The exit code of a command that has failed. */
export const FAILURE = 1
/** The exit code for an invalid command line. */
export const USAGE = 2

/** The message about a failure, in one line, and the exit code. Never a stack. */
export function messageOf(error: unknown): { text: string; code: number } {
  if (error instanceof UsageError) return { text: printable(error.message), code: USAGE }
  if (error instanceof LatchkeyApiError) return { text: printable(apiMessage(error)), code: FAILURE }
  if (error instanceof LatchkeyConnectionError)
    return { text: printable(`The server cannot be reached: ${error.message}`), code: FAILURE }
  return { text: printable(error instanceof Error ? error.message : String(error)), code: FAILURE }
}

function apiMessage(error: LatchkeyApiError): string {
  const { errors, status, requestId } = error
  const message = error.detail ?? error.message
  const places = errors.map((each) => `${each.pointer}: ${each.message}`)
  const [first = ''] = errors.map((each) => each.message)
  const whole =
    places.length === 0 ? [message] : message.includes(first) && places.length === 1 ? [message] : places
  const hint = status === 401 ? ' Set LATCHKEY_API_KEY, or run: latchkey login' : ''
  return `${whole.join('; ')}${hint}${requestId === undefined ? '' : ` (request ${requestId})`}`
}
