import { createHash } from 'node:crypto'
import { z } from '@hono/zod-openapi'
import { type Operation, operation } from '../kernel/operation.ts'
import { ANY_FAILURE } from '../kernel/responses.ts'

/** `GET /openapi.json`: the requests and answers of all dialects. The text is made once, because anybody may fetch it. */
export function getDocument(documentText: () => Promise<string>): Operation {
  let known: { text: string; etag: string } | undefined
  return operation(
    {
      method: 'get',
      path: '/openapi.json',
      operationId: 'getOpenApiDocument',
      summary: 'This description, as OpenAPI 3.1',
      tags: ['operations'],
      security: [],
      responses: {
        200: {
          description: 'The document.',
          content: { 'application/json': { schema: z.record(z.string(), z.unknown()) } },
        },
        304: { description: 'It is still the one that If-None-Match names.' },
        ...ANY_FAILURE,
      },
    },
    { callers: 'public', action: 'system.describe', target: 'system' },
    async (c) => {
      known ??= tagged(await documentText())
      const { text, etag } = known
      const headers = { etag, 'cache-control': 'no-cache', 'x-robots-tag': 'noindex' }
      if (c.req.header('if-none-match') === etag) return c.body(null, 304, headers)
      return c.body(text, 200, { ...headers, 'content-type': 'application/json' })
    },
  )
}

function tagged(text: string): { text: string; etag: string } {
  return { text, etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 16)}"` }
}
