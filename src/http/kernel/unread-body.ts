import { MAX } from '../../core/ground/bounds.ts'

// What is on its way of a body that nobody has read. The server receives and keeps all of it while its request waits for anything, and
// after the answer until it has ended: a stranger's megabyte costs ten times what its refusal does.

/** The length of a body as its sender tells it; null where it does not. */
export function declaredBytes(headers: Headers): number | null {
  const declared = headers.get('content-length')
  return declared === null ? null : Number(declared)
}

/** Whether so much of a body is to come, or nobody knows how much, that its request must not wait while it is unread. */
export function isMuchToCome(headers: Headers): boolean {
  return (declaredBytes(headers) ?? 0) > MAX.unreadBodyBytes || headers.has('transfer-encoding')
}

/** Whether an answer should end its connection, because the rest of the body would be received for nothing. */
export function leavesBodyComing(headers: Headers, arrival: 'begun' | 'ended' | undefined): boolean {
  if (arrival === undefined) return isMuchToCome(headers)
  return arrival === 'begun'
}
