import { z } from '@hono/zod-openapi'
import type { TypedResponse } from 'hono'
import type { Cursor } from '../../core/ground/page.ts'
import type { KeyTexts } from '../../core/keys/key-form.ts'
import { operation } from '../kernel/operation.ts'
import { refusals } from './errors.ts'
import { jsonArray } from './json-array-stream.ts'
import { LIST } from './list-bounds.ts'
import { formatPageToken, pageToken } from './page-token.ts'
import { ApiKeyResponse, KEY_FORM, SECURITY, TAGS } from './wire.ts'

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
    const latchkey = c.get('latchkey')
    const read = (after: Cursor | undefined, wanted: number): Promise<KeyTexts> => {
      // A page is sent in one go, so it is small however many keys the client asks for.
      const query = { limit: Math.min(wanted, LIST.chunkKeys), ...(after === undefined ? {} : { after }) }
      return latchkey.keys.listTexts(c.get('call'), query, KEY_FORM)
    }
    const most = maxResults ?? Number.POSITIVE_INFINITY
    // The list may be of any length, so only one page of it is in memory.
    const first = await read(nextToken, most)
    const body = jsonArray({
      member: 'keys',
      first,
      read,
      most,
      continued: (next) => ({ nextToken: formatPageToken(next) }),
      turns: c.get('turns'),
      reportError: c.get('reportError'),
    })
    if (body instanceof ReadableStream) c.set('keptBytes', first.json.byteLength)
    const answer = c.body(body, 200, { 'content-type': 'application/json' })
    return answer as unknown as TypedResponse<z.infer<typeof ListApiKeysResponse>, 200, 'json'>
  },
)
