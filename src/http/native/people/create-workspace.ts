import { z } from '@hono/zod-openapi'
import type { NewWorkspace } from '../../../core/people/workspaces.ts'
import type { WorkspaceId } from '../../../core/types.ts'
import { uuid } from '../../kernel/input.ts'
import { operation } from '../../kernel/operation.ts'
import { idempotencyHeader, once } from '../idempotency.ts'
import { newAllowance } from '../limits-wire.ts'
import { etag } from '../preconditions.ts'
import { given, json, jsonBody, problems, SECURITY } from '../wire.ts'
import { renderWorkspace, WorkspaceOut, workspaceMembers } from './workspace-wire.ts'

const CreateWorkspace = z
  .strictObject({
    id: uuid<WorkspaceId>().nullish(),
    name: workspaceMembers.name,
    slug: workspaceMembers.slug,
    description: workspaceMembers.description.nullish(),
    ...newAllowance,
  })
  .transform(
    ({ name, slug, limits, ...rest }): NewWorkspace => ({
      ...given(rest),
      ...(limits ? { limits: given(limits) } : {}),
      name,
      slug,
    }),
  )
  .openapi('CreateWorkspace')

/** `POST /workspaces` (docs/api.md#users-and-workspaces). */
export const createWorkspace = operation(
  {
    method: 'post',
    path: '/workspaces',
    operationId: 'createWorkspace',
    summary: 'Add a workspace',
    tags: ['workspaces'],
    security: SECURITY,
    request: { headers: idempotencyHeader, body: jsonBody(CreateWorkspace) },
    responses: { 201: json(WorkspaceOut, 'The workspace.'), ...problems(409, 415, 422) },
  },
  { callers: 'MANAGE_WORKSPACES', action: 'workspace.create', target: 'workspace' },
  async (c) => {
    const input = c.req.valid('json')
    const { answer, replay } = await once<z.infer<typeof WorkspaceOut>>(c, 201, async (memory) =>
      renderWorkspace(
        await c.get('latchkey').workspaces.create(c.get('call'), input, memory?.keep(renderWorkspace)),
      ),
    )
    return c.json(answer, 201, { location: `/v2/workspaces/${answer.id}`, ...etag(answer), ...replay })
  },
)
