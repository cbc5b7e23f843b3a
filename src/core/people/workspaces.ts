// Tests: test/wire/native/workspaces.test.ts
import type { ActorContext, Decide } from '../../store/change.ts'
import type { WorkspaceStore } from '../../store/people.ts'

import { callerOf, type Principal, requireAbility } from '../access/abilities.ts'
import type { Call } from '../access/audit.ts'

import type { Authority } from '../access/authority.ts'
import { namedIn } from '../access/restrictions.ts'
import type { Clock, Instant } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import type { NewId } from '../ground/ids.ts'
import type { Page } from '../ground/page.ts'
import { requireRevision } from '../ground/revision.ts'
import { type LimitChanges, mergedLimits } from '../keys/new-key.ts'
import type { Remember } from '../keys/remembered.ts'
import type { Limits } from '../money/windows.ts'
import type { Expected, UserId, Workspace, WorkspaceId } from '../types.ts'
import type { Changes } from '../verify/changes.ts'
import type { WithoutWrites } from '../verify/record-writes.ts'
import { memberOf } from './membership.ts'
import type { WorkspaceQuery, WorkspaceRef } from './queries.ts'
import { added, changed, deleted, WORKSPACES } from './records.ts'

/** The choices for a new workspace. */
export interface NewWorkspace {
  id?: WorkspaceId
  name: string
  slug: string
  description?: string | null
  /** Caps on what all keys of the workspace spend together. */
  limits?: Limits
  includeByokInLimit?: boolean
}

/** Changes of a workspace. An absent member keeps its value. */
export type WorkspacePatch = Partial<Omit<NewWorkspace, 'id' | 'limits'>> & {
  /** Limits by window; null removes a limit. */
  limits?: LimitChanges
}

/** The operations on workspaces. */
export interface Workspaces {
  /** Adds a workspace. Needs MANAGE_WORKSPACES, like every change of one. */
  create(call: Call, input: NewWorkspace, remember?: Remember<Workspace>): Promise<Workspace>
  /**
   * Reads a workspace by id or slug, or the default one. Needs DISPLAY_WORKSPACE, and membership when that ability reaches only the
   * caller's own.
   */
  get(call: Call, by: WorkspaceRef): Promise<Workspace>
  /** Lists workspaces, newest first. Needs DISPLAY_WORKSPACE. */
  list(call: Call, query: WorkspaceQuery): Promise<Page<Workspace>>
  /** Changes name, slug or description. */
  update(call: Call, id: WorkspaceId, change: { patch: WorkspacePatch } & Expected): Promise<Workspace>
  /** Deletes a workspace whose keys are all revoked; never the default one. */
  remove(call: Call, id: WorkspaceId, order: Expected): Promise<void>
}

/** Builds the operations on workspaces. */
export function createWorkspaces({
  store,
  authority,
  changes,
  clock,
  newId,
}: {
  store: WithoutWrites<WorkspaceStore>
  authority: Authority
  changes: Changes
  clock: Clock
  newId: NewId
}): Workspaces {
  return {
    async create(call, input, remember) {
      const at = clock.now()
      const act = authority.act(call, at, managesWorkspaces)
      const id = input.id ?? newId<WorkspaceId>()
      const decide = ({ actor }: ActorContext) => {
        const creator = actor?.owner ?? call.principal.user
        const choice = { actor: creator, named: namedIn(input), at }
        return added(WORKSPACES, newWorkspace(input, { id, createdById: creator.id, at }), choice)
      }
      const { next: workspace, audit } = decide({ actor: null })
      const record = { act, audit, decide, ...(remember && { remember }) }
      // No memory holds that there was no such workspace, so no node has anything to forget.
      const { written } = await changes.make(
        { kind: 'workspace', id },
        (records) => records.createWorkspace(workspace, record),
        'none',
      )
      return written
    },

    async get(call, by) {
      requireAbility(call.principal, 'DISPLAY_WORKSPACE')
      const workspace = await store.findWorkspace(by, memberOf(call.principal).memberId)
      if (workspace === null) throw new Fault('workspace_not_found')
      return workspace
    },

    async list(call, query) {
      requireAbility(call.principal, 'DISPLAY_WORKSPACE')
      const { principal } = call
      return store.listWorkspaces({ ...query, ...memberOf(principal) }, callerOf(principal))
    },

    async update(call, id, { patch, ifRevision }) {
      const at = clock.now()
      const act = authority.act(call, at, managesWorkspaces)
      const decide: Decide<Workspace> = (current, { actor }) => {
        requireRevision(current, ifRevision)
        const { limits, ...rest } = patch
        const wanted = { ...current, ...rest, limits: mergedLimits(current.limits, limits ?? {}) }
        const granter = actor?.owner ?? call.principal.user
        return changed(WORKSPACES, { current, wanted, actor: granter, named: namedIn(patch), at })
      }
      const { written } = await changes.make(
        { kind: 'workspace', id },
        (records) => records.changeWorkspace(id, decide, { act }),
        call.wait,
      )
      return written
    },

    async remove(call, id, { ifRevision }) {
      const act = authority.act(call, clock.now(), managesWorkspaces)
      const decide: Decide<Workspace> = (current) => {
        requireRevision(current, ifRevision)
        if (current.isDefault) throw new Fault('workspace_default')
        return deleted(WORKSPACES, current)
      }
      await changes.make(
        { kind: 'workspace', id },
        (records) => records.deleteWorkspace(id, decide, { act }),
        call.wait,
      )
    },
  }
}

function newWorkspace(
  input: NewWorkspace,
  { id, createdById, at }: { id: WorkspaceId; createdById: UserId; at: Instant },
): Workspace {
  return {
    id,
    slug: input.slug,
    name: input.name,
    description: input.description ?? null,
    isDefault: false,
    limits: mergedLimits({}, input.limits ?? {}),
    includeByokInLimit: input.includeByokInLimit ?? false,
    createdById,
    restrictions: {},
    createdAt: at,
    updatedAt: null,
    revision: 0,
  }
}

function managesWorkspaces(principal: Principal): void {
  requireAbility(principal, 'MANAGE_WORKSPACES')
}
