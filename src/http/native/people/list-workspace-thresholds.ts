import { listThresholds } from '../list-thresholds.ts'
import { workspaceRef, workspaceRefParam } from './workspace-wire.ts'

/** `GET /workspaces/{id or slug}/thresholds`. */
export const listWorkspaceThresholds = listThresholds({
  path: '/workspaces/{ref}/thresholds',
  operationId: 'listWorkspaceThresholds',
  of: 'a workspace',
  callers: 'DISPLAY_WORKSPACE',
  action: 'workspace.thresholds',
  target: 'workspace',
  params: workspaceRefParam,
  accountOf: ({ ref }) => ({ kind: 'workspace', by: workspaceRef(ref) }),
})
