import { z } from '@hono/zod-openapi'
import type { TypedResponse } from 'hono'
import type { Call } from '../../core/access/audit.ts'
import { Fault } from '../../core/ground/faults.ts'
import type { Cursor, Page } from '../../core/ground/page.ts'
import type { KeyView } from '../../core/keys/key-views.ts'
import { answerList } from '../kernel/json-list.ts'
import { operation } from '../kernel/operation.ts'
import { refusals } from './errors.ts'
import { streamJsonArray } from './json-array-stream.ts'
import { LIST } from './list-bounds.ts'
import { formatPageToken, pageToken } from './page-token.ts'
import { ApiKeyResponse, renderKey, SECURITY, TAGS } from './wire.ts'

const ListApiKeysResponse = z
  .object({
    keys: z.array(ApiKeyResponse),
    nextToken: z
      .string()
      .optional()
      .openapi({ description: 'Where the next page starts; absent on the last.' }),
  })
  .openapi('ListApiKeysResponse')

const maxResults = z
  .string()
  .regex(/^[1-9]\d{0,3}$/, `Must be a whole number from 1 to ${LIST.pageSize}`)
  .transform(Number)
  .refine((value) => value <= LIST.pageSize, `Must be a whole number from 1 to ${LIST.pageSize}`)
  .openapi({ type: 'integer', minimum: 1, maximum: LIST.pageSize })

/**
 * `GET /apikeys`: the caller's keys, or everybody's for callers that may see them, newest first (docs/wire/goodmem.md#list-keys).
 * Without `maxResults` it answers all of them, because the first clients know no pages.
 */
export const listApiKeys = operation(
  {
    method: 'get',
    path: '/apikeys',
    operationId: 'listApiKeys',
    summary: 'List API keys',
    tags: TAGS,
    security: SECURITY,
    request: {
      query: z.object({
        maxResults: maxResults
          .optional()
          .openapi({ description: 'Asks for one page. Without it everything is sent.' }),
        nextToken: pageToken.optional().openapi({ description: 'Continues a list where a page ended.' }),
      }),
    },
    responses: {
      200: { description: 'The keys', content: { 'application/json': { schema: ListApiKeysResponse } } },
      ...refusals(400, 401, 403, 429, 500, 503),
    },
  },
  { callers: 'LIST_APIKEY', action: 'key.list', target: 'key' },
  async (c) => {
    const { maxResults, nextToken } = c.req.valid('query')
    const { latchkey, call, reportError } = c.var
    const read = (reader: Call, after: Cursor | undefined, wanted: number): Promise<Page<KeyView>> => {
      // A page is rendered in one go, so it is small however many keys the client asks for.
      const limit = Math.min(wanted, LIST.chunkKeys)
      const query = { sort: 'createdAt' as const, limit, ...(after === undefined ? {} : { after }) }
      return latchkey.keys.list(reader, query)
    }
    const most = maxResults ?? Number.POSITIVE_INFINITY
    const page = await read(call, nextToken, most)
    const continued = (next: Cursor) => ({ nextToken: formatPageToken(next) })
    if (page.next === null || page.rows.length >= most) {
      const rest: { nextToken?: string } = page.next === null ? {} : continued(page.next)
      return answerList(c, { member: 'keys', rows: page.rows, render: renderKey, rest })
    }
    // The list may be of any length, so only one page of it is in memory.
    const stream = streamJsonArray({
      member: 'keys',
      first: page,
      // The receiver decides how long sending takes, so the caller's rights are checked again for each page.
      read: async (after, wanted) => read(await latchkey.authority.again(call), after, wanted),
      most,
      continued,
      render: renderKey,
      turns: c.var.turns,
      // When the caller loses its rights in the middle, that is no fault of the server.
      reportError: (error) => (isCallers(error) ? undefined : reportError(error)),
    })
    const answer = c.body(stream, 200, { 'content-type': 'application/json' })
    return answer as unknown as TypedResponse<z.infer<typeof ListApiKeysResponse>, 200, 'json'>
  },
)

function isCallers(error: unknown): boolean {
  return error instanceof Fault && error.code !== 'store_unavailable' && error.code !== 'internal'
}
