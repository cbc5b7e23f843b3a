import { z } from '@hono/zod-openapi'
import { type Operation, operation } from '../kernel/operation.ts'
import { ANY_FAILURE } from '../kernel/responses.ts'

/** A page, and the content security policy for it. */
export interface Page {
  html: string
  contentSecurityPolicy: string
}

/** `GET /docs`: the reference for people. */
export function getReference(page: () => Promise<Page>): Operation {
  return operation(
    {
      method: 'get',
      path: '/docs',
      operationId: 'getReference',
      summary: 'This description, as a page',
      tags: ['operations'],
      security: [],
      responses: {
        200: { description: 'The page.', content: { 'text/html': { schema: z.string() } } },
        ...ANY_FAILURE,
      },
    },
    { callers: 'public', action: 'system.describe', target: 'system' },
    async (c) => {
      const { html, contentSecurityPolicy } = await page()
      return c.html(html, 200, {
        'content-security-policy': contentSecurityPolicy,
        'referrer-policy': 'no-referrer',
        'x-robots-tag': 'noindex',
      })
    },
  )
}
