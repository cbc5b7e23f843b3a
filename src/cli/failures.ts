import { LatchkeyApiError, LatchkeyConnectionError } from '../../packages/client/src/index.ts'
import { UsageError } from './command.ts'
import { printable } from './text.ts'

/** The exit code of a command that has failed. */
const FAILURE = 1
/** The exit code for an invalid command line. */
export const USAGE = 2

/** The message about a failure, in one line, and the exit code. Never a stack. */
export function messageOf(error: unknown): { text: string; code: number } {
  if (error instanceof UsageError) return { text: printable(error.message), code: USAGE }
  if (error instanceof LatchkeyApiError) return { text: printable(apiMessage(error)), code: FAILURE }
  if (error instanceof LatchkeyConnectionError)
    return { text: printable(`The server cannot be reached: ${error.message}`), code: FAILURE }
  return {
    text: printable(systemMessage(error) ?? (error as Error)?.message ?? String(error)),
    code: FAILURE,
  }
}

/** The errors of the operating system about files that a person meets, in words. */
const SYSTEM: Readonly<Record<string, (path: string) => string>> = {
  ENOENT: (path) => `There is no file ${path}.`,
  ENOTDIR: (path) => `There is no file ${path}: a part of the path is no folder.`,
  EISDIR: (path) => `${path} is a folder. Name a file.`,
  EACCES: (path) => `This user may not open ${path}.`,
  EPERM: (path) => `This user may not open ${path}.`,
  EROFS: (path) => `${path} cannot be written: its file system takes no writes.`,
  ENOSPC: (path) => `${path} cannot be written: its disk is full.`,
}

/** The message about a file, where the error is one of the operating system about it. */
function systemMessage(error: unknown): string | null {
  if (!(error instanceof Error)) return null
  const { code, path } = error as NodeJS.ErrnoException
  return code === undefined || path === undefined ? null : (SYSTEM[code]?.(path) ?? null)
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
