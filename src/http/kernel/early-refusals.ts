import { Fault } from '../../core/ground/faults.ts'
import { type ApiParts, dialectAt, requestIdOf, traceparentOf } from './api.ts'
import { clientAddress } from './client-address.ts'
import type { Connection } from './env.ts'
import { problemAnswer } from './problem-answer.ts'

const MESSAGE = 'Too many requests with large bodies were refused. Send fewer at a time.'

type Answer = (request: Request, connection: Connection) => Response | Promise<Response>

/** The parts of {@link ApiParts} that such a refusal needs. */
type Parts = Pick<ApiParts, 'latchkey' | 'dialects' | 'forwarding' | 'pressing' | 'lateRefusals' | 'report'>

/**
 * Answers as `answer` does, but refuses the large requests of senders that press before the framework sees them, in the form of the address's
 * dialect. Such a refusal waits, as all refusals of large bodies do.
 */
export function refusingEarly(
  { latchkey, dialects, forwarding, pressing, lateRefusals, report }: Parts,
  answer: Answer,
): Answer {
  return function answerOrRefuse(request, connection) {
    const { headers, method } = request
    const clientIp = () => clientAddress(connection.peerAddress, headers, forwarding)
    const sender = pressing.recognise(headers, { clientIp })
    if (sender === null) return answer(request, connection)
    const startedAt = performance.now()
    const requestId = requestIdOf(headers, latchkey.newId)
    const traceparent = traceparentOf(headers)
    const fault = new Fault('rate_limited', { message: MESSAGE, retryAfterMs: 1_000 })
    const rendered = dialectAt(dialects, pathOf(request.url)).renderFault(fault, {
      requestId,
      at: latchkey.clock.now(),
      part: 'query',
    })
    const more = { connection: 'close', ...(traceparent !== null && { traceparent }) }
    const refusal = problemAnswer(rendered, requestId, more)
    report({
      requestId,
      method,
      route: 'unmatched',
      status: refusal.status,
      seconds: (performance.now() - startedAt) / 1_000,
      clientIp: clientIp(),
      keyId: null,
      verdict: null,
      verifiedKeyId: null,
      fault: fault.code,
      traceparent,
      isProbe: false,
    })
    return lateRefusals.wait(request, sender.id)?.then(() => refusal) ?? refusal
  }
}

function pathOf(url: string): string {
  return URL.parse(url)?.pathname ?? '/'
}
