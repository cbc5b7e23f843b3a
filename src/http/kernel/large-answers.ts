// Tests: test/server/slow-readers.long.test.ts
import type { Context } from 'hono'
import { MAX } from '../../core/ground/bounds.ts'
import type { AnswerBudget } from './answer-budget.ts'
import type { Env } from './env.ts'

const TEXT_TYPE = /^(?:application\/(?:[\w.-]+\+)?json|text\/csv)\b/

/**
 * Counts the answer to a known caller, if it is large, until its reader has taken it or has gone, and sends it in pieces, each when the socket
 * has taken the one before: the server would otherwise keep it as long as its reader likes. Throws, for a request that only reads, when too many
 * of them are under way. The answer to a change is sent in any case, for the change is made.
 */
export async function holdWhileRead(c: Context<Env>, budget: AnswerBudget): Promise<void> {
  const { user } = c.get('call')?.principal ?? {}
  const { method, signal } = c.req.raw
  const { status, headers } = c.res
  if (user === undefined || method === 'HEAD' || !TEXT_TYPE.test(headers.get('content-type') ?? '')) return
  const text = await c.res.text()
  const bytes = bytesOf(text)
  // The framework would read the old answer to join the two.
  c.res = undefined
  if (bytes <= MAX.smallAnswerBytes) {
    c.res = new Response(text, { status, headers })
    return
  }
  if (method === 'GET') budget.requireRoom(user.id, bytes)
  const end = budget.count(user.id, bytes)
  c.res = new Response(inPieces(text, signal, end), { status, headers })
}

/** The bytes that a text takes in memory: one per character if all are ASCII. */
function bytesOf(text: string): number {
  const { length } = text
  return Buffer.byteLength(text) === length ? length : 2 * length
}

/** The text in pieces, each made when the reader has taken the one before. Calls `end` when the last is taken, or the reader has gone. */
function inPieces(text: string, signal: AbortSignal, end: () => void): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let at = 0
  // Who has gone before the first piece never begins to read.
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const until = endOfPiece(text, at)
        controller.enqueue(encoder.encode(text.slice(at, until)))
        at = until
        if (at < text.length) return
        controller.close()
        finish()
      },
      cancel: finish,
    },
    { highWaterMark: 0 },
  )

  function finish(): void {
    signal.removeEventListener('abort', end)
    end()
  }
}

/** Where a piece that begins here ends: not between the two halves of a character. */
function endOfPiece(text: string, from: number): number {
  const until = Math.min(text.length, from + MAX.answerPieceChars)
  const isWithin = until < text.length && isFirstHalf(text.charCodeAt(until - 1))
  return isWithin ? until - 1 : until
}

/** Whether a UTF-16 unit needs the next one to be a character. */
function isFirstHalf(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}
