import type { CallOptions, Connection } from './connection.ts'

/** One page as the server answers it. */
export interface Page<T> {
  /** The items of the page. */
  data: T[]
  /** For the next page; null on the last. */
  nextCursor: string | null
}

/**
 * A list that is read as it is gone through, page by page.
 *
 * @example
 * for await (const key of client.keys.list({ status: 'active' })) console.log(key.name)
 */
export interface List<T> extends AsyncIterable<T> {
  /** Only the first page, or the one that the query's cursor names. */
  page(): Promise<Page<T>>
}

/** A list of what lies at a path. */
export function listOf<T>(
  connection: Connection,
  {
    path,
    query = {},
    options,
  }: { path: string; query?: object | undefined; options?: CallOptions | undefined },
): List<T> {
  const pageAt = (cursor: string | undefined) =>
    connection.call<Page<T>>(
      {
        method: 'GET',
        path,
        query: cursor === undefined ? { ...query } : { ...query, cursor },
        repeatable: true,
        fits: ({ data }) => Array.isArray(data),
      },
      options,
    )
  return {
    page: () => pageAt(undefined),
    async *[Symbol.asyncIterator]() {
      let cursor: string | null | undefined
      do {
        const page: Page<T> = await pageAt(cursor ?? undefined)
        yield* page.data
        cursor = page.nextCursor
      } while (typeof cursor === 'string')
    },
  }
}
