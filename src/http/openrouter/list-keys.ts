import { z } from '@hono/zod-openapi'
import type { WorkspaceId } from '../../core/types.ts'
import { uuid } from '../kernel/input.ts'
import { answerList } from '../kernel/json-list.ts'
import { operation } from '../kernel/operation.ts'
import { refusals } from './errors.ts'
import { LIST } from './list-bounds.ts'
import { KeyData, renderKey, SECURITY, TAGS } from './wire.ts'

const query = z.object({
  include_disabled: z.enum(['true', 'false', '1', '0', '']).optional(),
  offset: z
    .string()
    .regex(/^\d+$/, 'Must be an integer of 0 or more.')
    .transform(Number)
    .refine((rows) => rows <= LIST.offset, `Must be at most ${LIST.offset}.`)
    .optional()
    .openapi({ type: 'integer', minimum: 0, maximum: LIST.offset }),
  workspace_id: uuid<WorkspaceId>().optional(),
})

/**
 * `GET /keys`: the keys of one workspace, newest first, 100 per page; an empty page is the end. Expired keys are listed, disabled ones
 * only on request (docs/wire/openrouter.md#list-keys).
 */
export const listKeys = operation(
  {
    method: 'get',
    path: '/keys',
    operationId: 'openrouterListKeys',
    summary: 'List the keys of a workspace',
    description: `Newest first, ${LIST.pageSize} per page. The next page starts ${LIST.pageSize} further; an empty page is the end.`,
    tags: TAGS,
    security: SECURITY,
    request: { query },
    responses: {
      200: {
        description: 'One page of keys',
        content: { 'application/json': { schema: z.object({ data: z.array(KeyData) }) } },
      },
      ...refusals(400, 401, 403, 429, 500, 503),
    },
  },
  { callers: 'LIST_APIKEY', action: 'key.list', target: 'key' },
  async (c) => {
    const latchkey = c.get('latchkey')
    const call = c.get('call')
    const { include_disabled, offset, workspace_id } = c.req.valid('query')
    const workspace = await latchkey.workspaces.get(
      call,
      workspace_id === undefined ? 'default' : { id: workspace_id },
    )
    const page = await latchkey.keys.list(call, {
      workspaceId: workspace.id,
      includeDisabled: include_disabled === 'true' || include_disabled === '1',
      sort: 'createdAt',
      limit: LIST.pageSize,
      offset: offset ?? 0,
    })
    return answerList(c, { member: 'data', rows: page.rows, render: renderKey, rest: {} })
  },
)
