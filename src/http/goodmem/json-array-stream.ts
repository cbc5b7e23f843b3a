import type { Cursor, Page } from '../../core/ground/page.ts'
import { itemsText } from '../kernel/json-list.ts'
import type { Turns } from '../kernel/turns.ts'

/** The rows to send, and how to read and render them. */
export interface ArraySource<Row> {
  /** The name of the object's one member. */
  member: string
  /** The first page, read before the answer begins, so that an early failure gets an ordinary error. */
  first: Page<Row>
  /** Reads one page of at most `wanted` rows. */
  read(after: Cursor, wanted: number): Promise<Page<Row>>
  /** The maximum of rows in all, with those of the first page. */
  most: number
  /** The members after the array, when the list has more rows than were sent. */
  continued(next: Cursor): Record<string, unknown>
  render(row: Row): unknown
  /** The turns of the receiver; rendering waits for them. */
  turns: Turns
  /** Is called with a failure in the middle, when the status has been sent already. */
  reportError(error: unknown): void
}

/**
 * Sends `{"<member>":[...]}` page by page. It reads a page when the receiver has taken the one before, and stops when the receiver has
 * gone away. A failure in the middle breaks the connection, so that nobody mistakes a part for the whole list.
 */
export function streamJsonArray<Row>(source: ArraySource<Row>): ReadableStream<Uint8Array> {
  const pieces = piecesOf(source)
  const encoder = new TextEncoder()
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await pieces.next()
          if (done === true) controller.close()
          else controller.enqueue(encoder.encode(value))
        } catch (error) {
          source.reportError(error)
          controller.error(error)
        }
      },
      async cancel() {
        await pieces.return()
      },
    },
    // Nothing is read ahead; a page is made when the receiver asks for it.
    { highWaterMark: 0 },
  )
}

async function* piecesOf<Row>(source: ArraySource<Row>): AsyncGenerator<string, void, void> {
  const { member, first, read, render, most, continued, turns } = source
  const rendered = (rows: Row[]) => itemsText(rows, render, turns)
  yield `{${JSON.stringify(member)}:[${await rendered(first.rows)}`
  let sent = first.rows.length
  let after = first.next
  while (after !== null && sent < most) {
    const page = await read(after, most - sent)
    if (page.rows.length > 0) yield `,${await rendered(page.rows)}`
    sent += page.rows.length
    after = page.next
  }
  const rest = after === null ? [] : Object.entries(continued(after))
  yield `]${rest.map(([name, value]) => `,${JSON.stringify(name)}:${JSON.stringify(value)}`).join('')}}`
}
