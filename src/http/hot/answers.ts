import { renderProblem } from '../kernel/problem.ts'
import { COMMON_HEADERS, problemAnswer } from '../kernel/problem-answer.ts'
import type { AnyFault } from '../kernel/request-faults.ts'

const jsonHeaders = new Headers({ ...COMMON_HEADERS, 'content-type': 'application/json' })
const jsonInit = { headers: jsonHeaders }

/** A success with a JSON text. A response copies its headers, so all responses are made from the same ones. */
export function jsonAnswer(text: string, requestId: string): Response {
  jsonHeaders.set('x-request-id', requestId)
  return new Response(text, jsonInit)
}

/** A fault, in the form of the native dialect. */
export function faultAnswer(fault: AnyFault, requestId: string, more: Record<string, string> = {}): Response {
  return problemAnswer(renderProblem(fault, { requestId }), requestId, more)
}
