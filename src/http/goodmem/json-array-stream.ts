import type { Cursor, Page } from '../../core/ground/page.ts'
import { itemsText } from '../kernel/json-list.ts'
import type { Turns } from '../kernel/turns.ts'

/** What is sent and where it comes from. */
export interface ArraySource<Row> {
  /** The name of the one member that the sent object has. */
  member: string
  /** Has been read already, so that what fails at the start is answered in the ordinary way. */
  first: Page<Row>
  /** Reads at most as many rows as it is told to want. */
  read(after: Cursor, wanted: number): Promise<Page<Row>>
  /** How many rows are sent in all, counting the first page. */
  most: number
  /** The members that stand behind the array of a list that goes on. */
  continued(next: Cursor): Record<string, unknown>
  render(row: Row): unknown
  /** When it is the receiver's turn to have some of it rendered. */
  turns: Turns
  /** Hears of a failure in the middle, when the status has long been sent. */
  reportError(error: unknown): void
}

/**
 * Sends `{"<member>":[...]}` page by page. The next page is read when the receiver has taken the one before, and not at
 * all once it has gone away. A failure in the middle breaks the connection off, so that nobody takes the part for the whole.
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
    // Nothing is read ahead: a page is made when it is asked for.
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
