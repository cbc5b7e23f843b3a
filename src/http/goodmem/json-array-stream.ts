import type { Cursor, Page } from '../../core/ground/page.ts'

/** What is sent and where it comes from. */
export interface ArraySource<Row> {
  /** The name of the one member that the sent object has. */
  member: string
  /** Has been read already, so that what fails at the start is answered in the ordinary way. */
  first: Page<Row>
  read(after: Cursor): Promise<Page<Row>>
  render(row: Row): unknown
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

async function* piecesOf<Row>({
  member,
  first,
  read,
  render,
}: ArraySource<Row>): AsyncGenerator<string, void, void> {
  const rendered = (rows: Row[]) => rows.map((row) => JSON.stringify(render(row))).join(',')
  yield `{${JSON.stringify(member)}:[${rendered(first.rows)}`
  let after = first.next
  while (after !== null) {
    const page = await read(after)
    if (page.rows.length > 0) yield `,${rendered(page.rows)}`
    after = page.next
  }
  yield ']}'
}
