import { z } from '@hono/zod-openapi'
import type { WorkspacePatch } from '../../../core/people/workspaces.ts'
import { allowanceChange, limitChangesOf } from '../limits-wire.ts'
import { etag, expectedRevision, ifMatchHeader } from '../preconditions.ts'
import { changing } from '../wait-wire.ts'
import { json, jsonBody, named, problems, SECURITY } from '../wire.ts'
import {
  renderWorkspace,
  WorkspaceOut,
  workspaceMembers,
  workspaceRef,
  workspaceRefParam,
} from './workspace-wire.ts'

const UpdateWorkspace = z
  .strictObject({
    name: workspaceMembers.name.optional(),
    slug: workspaceMembers.slug.optional(),
    description: workspaceMembers.description.nullable().optional(),
    ...allowanceChange,
  })
  .transform(
    ({ limits, ...members }): WorkspacePatch => named({ ...members, limits: limitChangesOf(limits) }),
  )
  .openapi('UpdateWorkspace')

/** `PATCH /workspaces/{id or slug}` (docs/api.md#users-and-workspaces): a JSON merge patch. */
export const updateWorkspace = changing(
  {
    method: 'patch',
    path: '/workspaces/{ref}',
    operationId: 'updateWorkspace',
    summary: 'Change a workspace',
    description: 'A JSON merge patch.',
    tags: ['workspaces'],
    security: SECURITY,
    request: {
      params: workspaceRefParam,
      headers: ifMatchHeader,
      body: jsonBody(UpdateWorkspace),
    },
    responses: {
      200: json(WorkspaceOut, 'The workspace as it now stands.'),
      ...problems(404, 409, 412, 415),
    },
  },
  { callers: 'MANAGE_WORKSPACES', action: 'workspace.update', target: 'workspace' },
  async (c) => {
    const { workspaces } = c.get('latchkey')
    const { id } = await workspaces.get(c.get('call'), workspaceRef(c.req.valid('param').ref))
    const change = { patch: c.req.valid('json'), ...expectedRevision(c.req.valid('header')) }
    const workspace = await workspaces.update(c.get('call'), id, change)
    return c.json(renderWorkspace(workspace), 200, etag(workspace))
  },
)
