import { operation } from '../kernel/operation.ts'
import { ANY_FAILURE } from '../kernel/responses.ts'

/** `GET /` of a server without a dashboard: leads to the reference. */
export const getHome = operation(
  {
    method: 'get',
    path: '/',
    operationId: 'getHome',
    summary: 'Leads to the reference',
    tags: ['operations'],
    security: [],
    responses: { 302: { description: 'To /docs.' }, ...ANY_FAILURE },
  },
  { callers: 'public', action: 'system.describe', target: 'system' },
  (c) => {
    c.header('x-robots-tag', 'noindex')
    return c.redirect('/docs', 302)
  },
)
