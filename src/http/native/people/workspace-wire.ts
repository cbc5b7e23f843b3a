import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import type { Workspace, WorkspaceId } from '../../../core/types.ts'
import { formatInstant, text } from '../../kernel/input.ts'
import { BudgetOut } from '../budget-wire.ts'
import { isUuid } from '../keys/key-ref.ts'
import { LimitsOut, renderLimits } from '../limits-wire.ts'
import { revisionOut, timeOut, uuidOut } from '../wire.ts'

/** The settings of a workspace. Slugs follow OpenRouter's rule: lower-case words joined by single hyphens. */
export const workspaceMembers = {
  name: text(1, MAX.workspaceNameChars).openapi({ example: 'Billing team' }),
  slug: z
    .string()
    .max(MAX.slugChars)
    .regex(
      /^[a-z0-9]+(?:-[a-z0-9]+)*$/,
      'Must be lower-case words of letters and digits joined by single hyphens.',
    )
    // A path takes an id or a slug, and must be able to tell them apart.
    .refine((slug) => !isUuid(slug), 'Must not look like an id.')
    .openapi({ example: 'billing-team' }),
  description: text(0, MAX.descriptionChars),
}

/** A workspace in an answer. */
export const WorkspaceOut = z
  .object({
    id: uuidOut,
    slug: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    isDefault: z.boolean().openapi({ description: 'True for the workspace that always exists.' }),
    limits: LimitsOut.openapi({ description: 'Caps on the spending of all keys of the workspace together.' }),
    includeByokInLimit: z.boolean(),
    createdById: uuidOut.nullable(),
    createdAt: timeOut,
    updatedAt: timeOut,
    revision: revisionOut,
  })
  .openapi('Workspace')

/** A single workspace in an answer. */
export const WorkspaceWithBudget = z
  .object({
    ...WorkspaceOut.shape,
    budget: z.array(BudgetOut).openapi({ description: 'The present state of the limits.' }),
  })
  .openapi('WorkspaceWithBudget')

/** A workspace as the wire shows it. */
export function renderWorkspace(workspace: Workspace): z.infer<typeof WorkspaceOut> {
  return {
    id: workspace.id,
    slug: workspace.slug,
    name: workspace.name,
    description: workspace.description,
    isDefault: workspace.isDefault,
    limits: renderLimits(workspace.limits),
    includeByokInLimit: workspace.includeByokInLimit,
    createdById: workspace.createdById,
    createdAt: formatInstant(workspace.createdAt),
    updatedAt: formatInstant(workspace.updatedAt ?? workspace.createdAt),
    revision: workspace.revision,
  }
}

/** The path parameter that names a workspace. */
export const workspaceRefParam = z.object({
  ref: z
    .string()
    .openapi({ param: { name: 'ref', in: 'path' }, description: 'Its id or its slug.', example: 'default' }),
})

/** The workspace that a path parameter names. */
export function workspaceRef(param: string): { id: WorkspaceId } | { slug: string } {
  const lower = param.toLowerCase()
  return isUuid(lower) ? { id: lower as WorkspaceId } : { slug: param }
}
