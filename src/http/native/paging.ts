import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { MAX } from '../../core/ground/bounds.ts'
import type { Cursor, Page } from '../../core/ground/page.ts'
import type { Env } from '../kernel/env.ts'
import { answerList } from '../kernel/json-list.ts'
import { decodeCursor, encodeCursor, type ListedQuery } from './cursor.ts'

const PAGE_SIZE = 50

/** The query parameters of every list. */
export const pageQuery = {
  limit: z
    .string()
    .regex(/^\d{1,4}$/, 'Must be an integer.')
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= MAX.pageSize, `Must be from 1 to ${MAX.pageSize}.`)
    .optional()
    .openapi({ type: 'integer', minimum: 1, maximum: MAX.pageSize, default: PAGE_SIZE }),
  cursor: z
    .string()
    .max(MAX.cursorChars)
    .optional()
    .openapi({ description: "The previous page's `nextCursor`, with the same filters and order." }),
}

/** One page of a list in an answer. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    data: z.array(item).openapi({
      description:
        'A page may have fewer entries than `limit`, even none, before the last page: see `nextCursor`.',
    }),
    nextCursor: z.string().nullable().openapi({ description: 'Null on the last page, and only there.' }),
  })
}

/** The part of a store query that selects the page; `listed` is the list that its cursors belong to. */
export function pageAsked(
  { limit = PAGE_SIZE, cursor }: { limit?: number | undefined; cursor?: string | undefined },
  listed: ListedQuery,
): { limit: number; after?: Cursor } {
  return cursor === undefined ? { limit } : { limit, after: decodeCursor(cursor, listed) }
}

/** Answers with a page, as the wire shows it. */
export function answerPage<Row, Item>(
  c: Context<Env>,
  { rows, next }: Page<Row>,
  { listed, render }: { listed: ListedQuery; render: (row: Row) => Item },
) {
  return answerList(c, { member: 'data', rows, render, rest: { nextCursor: encodeCursor(next, listed) } })
}
