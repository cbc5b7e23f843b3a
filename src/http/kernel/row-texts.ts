// Tests: test/server/long-reports.long.test.ts
import type { Context } from 'hono'
import { MAX } from '../../core/ground/bounds.ts'
import type { Env } from './env.ts'
import { dataBytes } from './memory-size.ts'
import type { Turns } from './turns.ts'

/** A text with one part for each of its rows. */
export interface RowTexts<Row> {
  head: string
  rows: readonly Row[]
  textOf(row: Row, index: number): string
  tail: string
  /** What the rows' texts are made of besides the rows; it is counted with them. */
  besides?: unknown
}

/**
 * Answers 200 with a text that may be long: thousands of rows, each of which may become a long text. It is made only while it is the caller's
 * turn. What is longer than one piece is made piece by piece while it is read, and counts as its rows.
 */
export async function answerRows<Row>(
  c: Context<Env>,
  texts: RowTexts<Row>,
  headers: Record<string, string>,
): Promise<Response> {
  const turns = c.get('turns')
  const pieces = piecesOf(texts, turns)
  const first = await pieces.next()
  if (first === null || pieces.isDone()) return c.body(first ?? '', 200, headers)
  c.set('keptBytes', await bytesKept(texts, turns))
  return c.body(streamOf(first, pieces, c.get('reportError')), 200, headers)
}

interface RowPieces {
  /** The next piece: about as many characters as one has, in whole rows. Null after the last. */
  next(): Promise<string | null>
  isDone(): boolean
}

function piecesOf<Row>({ head, rows, textOf, tail }: RowTexts<Row>, turns: Turns): RowPieces {
  const left = rows.entries()
  let begun = head
  let isDone = false
  return {
    isDone: () => isDone,
    async next() {
      if (isDone) return null
      let text = begun
      begun = ''
      while (text.length < MAX.answerPieceChars) {
        if (turns.isOver()) await turns.next()
        const { done, value } = left.next()
        if (done === true) {
          isDone = true
          return text + tail
        }
        const [index, row] = value
        text += textOf(row, index)
      }
      return text
    },
  }
}

/** About the bytes that stay in memory until the last piece is made, with one piece. */
async function bytesKept<Row>({ rows, besides }: RowTexts<Row>, turns: Turns): Promise<number> {
  let bytes = dataBytes(besides) + 2 * MAX.answerPieceChars
  for (const row of rows) {
    if (turns.isOver()) await turns.next()
    bytes += dataBytes(row)
  }
  return bytes
}

function streamOf(
  first: string,
  pieces: RowPieces,
  reportError: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let ready: string | null = first
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const piece = ready ?? (await pieces.next())
          ready = null
          if (piece === null) controller.close()
          else controller.enqueue(encoder.encode(piece))
        } catch (error) {
          // The status has been sent already: a broken connection says that this is not the whole answer.
          reportError(error)
          controller.error(error)
        }
      },
    },
    { highWaterMark: 0 },
  )
}
