import { retryAfterMs } from '../transport/retry.ts'
import { type Incoming, isRedirect, redirectAdvice, tooLargeAdvice } from '../transport/send.ts'
import { type Call, operationOf } from './call.ts'
import { type ApiErrorFacts, LatchkeyApiError, LatchkeyResponseError } from './errors.ts'
import type { AnswerFacts } from './options.ts'
import { isObject, type Shape } from './shape.ts'

// Other success statuses are not accepted: they mean no body, a partial one, or a result that comes later.
const SUCCESSES = [200, 201]
const NO_CONTENT = 204
// The text that a message quotes from a response comes from outside, so it is bounded.
const LINE_CHARS = 500

/** The parsed body of a success. Throws for everything else. */
export function read<T>(call: Call, incoming: Incoming, tries: number): T {
  const { status, headers, text, tooLarge } = incoming
  const failed = status < 200 || status >= 300
  if (isRedirect(incoming)) throw apiError(call, { incoming, tries, advice: redirectAdvice(incoming) })
  if (tooLarge && failed) throw apiError(call, { incoming, tries, advice: tooLargeAdvice(incoming) })
  if (tooLarge) throw noAnswer(call, { incoming, message: tooLargeAdvice(incoming) })
  const answer = parsed(text)
  if (failed) throw apiError(call, { incoming, tries, answer })
  const wrong = wrongWith(status, answer, call.answers)
  if (wrong === undefined) return answer as T
  const type = headers.get('content-type') ?? 'no content type'
  const message = `status ${status} with ${type} is no answer to this call: ${wrong}. Is the base URL that of a Latchkey server?`
  throw noAnswer(call, { incoming, message })
}

/** The facts about a successful response. */
export function factsOf({ status, headers }: Incoming, tries: number): AnswerFacts {
  return { status, headers, tries, requestId: requestIdOf(headers) }
}

/** The id of the request in the server's log. */
export function requestIdOf(headers: Headers): string | undefined {
  return headers.get('x-request-id') ?? undefined
}

/** The reason why a success is malformed; undefined for a good one. */
function wrongWith(status: number, answer: unknown, answers: Shape | undefined): string | undefined {
  if (!answers) return status === NO_CONTENT ? undefined : 'it answers with 204'
  if (!SUCCESSES.includes(status)) return `it answers with ${SUCCESSES.join(' or ')}`
  if (!isObject(answer)) return 'it answers with a JSON object'
  const misfit = answers(answer, '')
  return misfit === undefined ? undefined : `\`${misfit}\` is missing or not what it must be`
}

function noAnswer(
  call: Call,
  { incoming: { status, headers, text }, message }: { incoming: Incoming; message: string },
): LatchkeyResponseError {
  const named = `${operationOf(call)}: ${message}${request(requestIdOf(headers))}`
  return new LatchkeyResponseError(named, { status, body: text })
}

function apiError(
  call: Call,
  {
    incoming: { status, headers, text },
    tries,
    advice,
    answer,
  }: { incoming: Incoming; tries: number; advice?: string | undefined; answer?: unknown },
): LatchkeyApiError {
  const problem: ApiErrorFacts['problem'] =
    isObject(answer) && typeof answer.code === 'string' ? answer : undefined
  const told = [problem?.detail, problem?.title].find((each) => typeof each === 'string')
  const operation = operationOf(call)
  const id = [problem?.requestId, requestIdOf(headers)].find((each) => typeof each === 'string')
  const parts = [operation, `status ${status}`, problem?.code, advice ?? told].filter(Boolean)
  return new LatchkeyApiError(parts.map((each) => line(String(each))).join(': ') + request(id), {
    status,
    headers,
    problem,
    body: text,
    retryAfterMs: retryAfterMs(headers, Date.now()),
    operation,
    tries,
  })
}

function request(id: string | undefined): string {
  return id ? ` (request ${line(id)})` : ''
}

/** One line of bounded length, so that an answer cannot forge lines of a log. */
function line(text: string): string {
  return text.slice(0, LINE_CHARS).replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
