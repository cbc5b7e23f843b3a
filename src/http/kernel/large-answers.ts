// Tests: test/server/slow-readers.long.test.ts
import type { Context } from 'hono'
import { MAX } from '../../core/ground/bounds.ts'
import { Failure } from '../../core/ground/faults.ts'
import type { AnswerBudget } from './answer-budget.ts'
import type { Env } from './env.ts'
import { textBytes } from './memory-size.ts'

const TEXT_TYPE = /^(?:application\/(?:[\w.-]+\+)?json|text\/csv)\b/

/**
 * Counts the answer to a known caller, if it is large, until its reader has taken it or has gone, and sends it in pieces, each when the socket
 * has taken the one before: the server would otherwise keep it as long as its reader likes. Throws, for a request that only reads, when too many
 * of them are under way. The answer to a change is sent in any case, for the change is made. An answer that is made while it is read counts as
 * what it is made of. Its reader decides how long sending takes, so the caller is judged again for each piece. One that has lost its right gets
 * a broken connection.
 */
export async function holdWhileRead(c: Context<Env>, budget: AnswerBudget): Promise<void> {
  const { user } = c.get('call')?.principal ?? {}
  const { status, headers, ok } = c.res
  if (user === undefined || c.req.raw.method === 'HEAD') return
  const held = (bytes: number, pieces: Pieces) => {
    if (c.req.raw.method === 'GET') budget.requireRoom(user.id, bytes)
    return streamOf(judged(c, pieces), c.req.raw.signal, budget.count(user.id, bytes))
  }
  // A long answer may have been made in vain: its caller had lost its right.
  const keptBytes = ok ? c.get('keptBytes') : undefined
  if (keptBytes === undefined && !TEXT_TYPE.test(headers.get('content-type') ?? '')) return
  const body = keptBytes === undefined ? await heldText(c.res, held) : heldStream(c.res, keptBytes, held)
  // The framework would read the old answer to join the two.
  c.res = undefined
  c.res = new Response(body, { status, headers })
}

/** What is to be sent, a piece at a time. */
interface Pieces {
  /** The next piece; null after the last. */
  next(): Promise<Uint8Array | null>
  /** Is called when the reader has gone before the last. */
  leave(): void
}

type Hold = (bytes: number, pieces: Pieces) => ReadableStream<Uint8Array>

async function heldText(answer: Response, held: Hold): Promise<string | ReadableStream<Uint8Array>> {
  const text = await answer.text()
  const bytes = textBytes(text)
  return bytes <= MAX.smallAnswerBytes ? text : held(bytes, piecesOf(text))
}

function heldStream({ body }: Response, keptBytes: number, held: Hold): ReadableStream<Uint8Array> | null {
  if (body === null) return null
  const reader = body.getReader()
  const leave = () => void reader.cancel().catch(() => {})
  const next = async () => (await reader.read()).value ?? null
  try {
    return held(keptBytes, { next, leave })
  } catch (error) {
    leave()
    throw error
  }
}

/** The same pieces, each for a caller that may still get it. A refusal tells nothing, so it is sent to anybody. */
function judged(c: Context<Env>, pieces: Pieces): Pieces {
  if (!c.res.ok) return pieces
  const judgeRead = c.get('judgeRead')
  const reportError = c.get('reportError')
  const judge = async () => {
    try {
      await judgeRead()
    } catch (error) {
      pieces.leave()
      // A caller that has lost its right is no fault of the server.
      if (!(error instanceof Failure) || error.code === 'store_unavailable') reportError(error)
      throw error
    }
  }
  return {
    ...pieces,
    async next() {
      // Before a piece is made, because that may be work, and after that, because it may have waited.
      await judge()
      const piece = await pieces.next()
      await judge()
      return piece
    },
  }
}

/** A text in pieces of some length. */
function piecesOf(text: string): Pieces {
  const encoder = new TextEncoder()
  let at = 0
  return {
    async next() {
      if (at === text.length) return null
      const from = at
      at = endOfPiece(text, from)
      return encoder.encode(text.slice(from, at))
    },
    leave() {},
  }
}

/** Sends pieces, each made when the reader has taken the one before. Calls `end` when all are taken, or the reader has gone. */
function streamOf(pieces: Pieces, signal: AbortSignal, end: () => void): ReadableStream<Uint8Array> {
  // Who has gone before the first piece never begins to read.
  signal.addEventListener('abort', gone)
  if (signal.aborted) gone()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const piece = await pieces.next()
          if (piece !== null) return controller.enqueue(piece)
          controller.close()
        } catch (error) {
          controller.error(error)
        }
        finish()
      },
      cancel: gone,
    },
    { highWaterMark: 0 },
  )

  function gone(): void {
    pieces.leave()
    finish()
  }

  function finish(): void {
    signal.removeEventListener('abort', gone)
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
