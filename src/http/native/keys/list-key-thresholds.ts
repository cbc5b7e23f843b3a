import { operation } from '../../kernel/operation.ts'
import {
  CROSSINGS_DESCRIPTION,
  CROSSINGS_SHOWN,
  CrossingsOut,
  NO_FILTERS,
  renderCrossings,
} from '../threshold-wire.ts'
import { json, problems, SECURITY } from '../wire.ts'
import { keyRef, keyRefParam } from './key-ref.ts'

/** `GET /keys/{id or hash}/thresholds`. */
export const listKeyThresholds = operation(
  {
    method: 'get',
    path: '/keys/{ref}/thresholds',
    operationId: 'listKeyThresholds',
    summary: 'List the thresholds of limits that a key has crossed',
    description: CROSSINGS_DESCRIPTION,
    tags: ['native'],
    security: SECURITY,
    request: { params: keyRefParam, query: NO_FILTERS },
    responses: { 200: json(CrossingsOut, 'The crossings.'), ...problems(404) },
  },
  { callers: 'DISPLAY_APIKEY', action: 'key.thresholds', target: 'key' },
  async (c) => {
    const account = { kind: 'key', ref: keyRef(c.req.valid('param').ref) } as const
    const crossings = await c.var.latchkey.accounts.crossings(c.var.call, account, CROSSINGS_SHOWN)
    return c.json(renderCrossings(crossings), 200)
  },
)
