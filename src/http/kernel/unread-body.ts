import { MAX } from '../../core/ground/bounds.ts'

// Bodies that nobody reads. While a request waits, the server receives and keeps all of its body, and also after the answer, until the
// body has ended. So a stranger's megabyte would cost ten times as much as its refusal.

/** The declared length of a body; null when the request does not declare it. */
export function declaredBytes(headers: Headers): number | null {
  const declared = headers.get('content-length')
  return declared === null ? null : Number(declared)
}

/** Whether the request must not wait while its body is unread, because much of it has still to arrive or its length is unknown. */
export function isMuchToCome(headers: Headers): boolean {
  return (declaredBytes(headers) ?? 0) > MAX.unreadBodyBytes || headers.has('transfer-encoding')
}

/** How far a body has come that an operation receives; `in_tiny_chunks` when it is refused for these. */
export type BodyArrival = 'begun' | 'ended' | 'in_tiny_chunks'

/** Whether an answer should end its connection, because the server would receive the rest of the body for nothing. */
export function leavesBodyComing(headers: Headers, arrival: BodyArrival | undefined): boolean {
  if (arrival === undefined) return isMuchToCome(headers)
  return arrival !== 'ended'
}

/**
 * Lets go of what has arrived of a body, and of what is still to come. Without this the bytes stay until the request is collected as garbage, which is
 * not done sooner because of them. A body that was read in part is locked, and is let go with its reader.
 */
export function letGoOfBody({ body }: Request): void {
  body?.cancel().catch(() => undefined)
}
