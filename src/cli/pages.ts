import type { Page } from '../../packages/client/src/index.ts'
import type { Context } from './command.ts'
import type { Shower } from './show.ts'

const PAGE = 100

/** Shows a list page by page, so that it begins at once and takes no more memory than one page. True when there is more than `most`. */
export async function showPages<Row>(
  { stopping }: Pick<Context, 'stopping'>,
  shower: Shower<Row>,
  { most, read }: { most: number; read: (query: { limit: number; cursor?: string }) => Promise<Page<Row>> },
): Promise<boolean> {
  let left = most
  let cursor: string | undefined
  do {
    const page = await read({ limit: Math.min(PAGE, left), ...(cursor && { cursor }) })
    shower.rows(page.data)
    left -= page.data.length
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined && left > 0 && !stopping.aborted)
  shower.end()
  return cursor !== undefined && !stopping.aborted
}
