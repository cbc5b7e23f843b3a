import { pageOf } from './answers.ts'
import type { Connection } from './connection.ts'
import { LatchkeyResponseError } from './errors.ts'
import type { CallOptions } from './options.ts'
import type { Shape } from './shape.ts'

/** One page as the server answers it. */
export interface Page<T> {
  /** The items of the page. */
  data: T[]
  /** The cursor of the next page; null on the last page. */
  nextCursor: string | null
}

/** A list that is read page by page during the iteration.
 *
 * @example
 * for await (const key of client.keys.list({ status: 'active' })) console.log(key.name)
 */
export interface List<T> extends AsyncIterable<T> {
  /** Reads only the first page, or the page of the query's cursor. */
  page(): Promise<Page<T>>
}

/** A list of the records at a path. */
export function listOf<T>(
  connection: Connection,
  {
    path,
    names,
    item,
    query = {},
    options,
  }: {
    path: string
    names?: Record<string, string> | undefined
    item: Shape
    query?: object | undefined
    options?: CallOptions | undefined
  },
): List<T> {
  const answers = pageOf(item)
  const pageAt = (cursor: string | undefined) =>
    connection.call<Page<T>>(
      {
        method: 'GET',
        path,
        names,
        query: cursor === undefined ? { ...query } : { ...query, cursor },
        answers,
      },
      options,
    )
  return {
    page: () => pageAt(undefined),
    async *[Symbol.asyncIterator]() {
      const { cursor: first } = query as { cursor?: string | undefined }
      const seen = new Set([first])
      let cursor: string | undefined
      do {
        const { data, nextCursor }: Page<T> = await pageAt(cursor)
        yield* data
        cursor = nextCursor ?? undefined
        if (cursor !== undefined && seen.has(cursor)) throw endless(path)
        if (cursor !== undefined) seen.add(cursor)
      } while (cursor !== undefined)
    },
  }
}

function endless(path: string): LatchkeyResponseError {
  const message = `The list ${path} does not end: a page names one as its next that was there before.`
  return new LatchkeyResponseError(message, { status: 200, body: '' })
}
