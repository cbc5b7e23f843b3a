import { MAX } from '../../core/ground/bounds.ts'
import { countPieces } from './body-pieces.ts'

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

/** Whether an answer should end its connection, because the server would receive the rest of the body for nothing. */
export function leavesBodyComing(headers: Headers, arrival: 'begun' | 'ended' | undefined): boolean {
  if (arrival === undefined) return isMuchToCome(headers)
  return arrival === 'begun'
}

/**
 * Lets go of what has arrived of a body, and of what is still to come. Without this the bytes stay until the request is collected as garbage, which is
 * not done sooner because of them. A body that was read in part is locked, and is let go with its reader.
 */
export function letGoOfBody({ body }: Request): void {
  body?.cancel().catch(() => undefined)
}

/**
 * Receives a body of unknown length and throws it away, until `stop` is called. While nobody reads such a body the server takes in whatever number of
 * chunks arrives, at once, so it is read, and `inTooManyPieces` is called when it has more than a body of its size may have.
 */
export function throwAwayBody({ body }: Request, inTooManyPieces: () => void): () => void {
  if (body === null || body.locked) return () => undefined
  const reader = (body as ReadableStream<Uint8Array>).getReader()
  const count = countPieces(MAX.bodyPieces.unread)
  let hasStopped = false
  const stop = () => {
    if (hasStopped) return
    hasStopped = true
    reader.cancel().catch(() => undefined)
  }
  const read = async () => {
    while (!hasStopped) {
      const { done, value } = await reader.read()
      if (done) return
      if (!count(value.byteLength)) return inTooManyPieces()
    }
  }
  // A body that breaks off leaves nothing to throw away.
  read().catch(() => undefined)
  return stop
}
