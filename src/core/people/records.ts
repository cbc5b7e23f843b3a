// Tests: test/wire/native/users.test.ts, test/wire/native/workspaces.test.ts, test/authority/restrictions.test.ts
import type { Decided } from '../../store/change.ts'
import { auditedUser, auditedWorkspace, changedMembers, NO_MEMBERS } from '../access/audit.ts'
import {
  type Restraint,
  restrained,
  sameRestrictions,
  USER_RESTRAINTS,
  WORKSPACE_RESTRAINTS,
} from '../access/restrictions.ts'
import type { Instant } from '../ground/clock.ts'
import type { Restrictions, User, Workspace } from '../types.ts'

/** How one kind of record is shown in the audit log, and which of its members restrict it. */
export interface RecordKind<Subject> {
  name: 'user' | 'workspace'
  audited(subject: Subject): Record<string, unknown>
  restraints: readonly Restraint<Subject>[]
  /** The owner of the record: a user owns its own, a workspace has none. */
  ownerOf(subject: Subject): User | null
}

/** Users. */
export const USERS: RecordKind<User> = {
  name: 'user',
  audited: auditedUser,
  restraints: USER_RESTRAINTS,
  ownerOf: (user) => user,
}

/** Workspaces. */
export const WORKSPACES: RecordKind<Workspace> = {
  name: 'workspace',
  audited: auditedWorkspace,
  restraints: WORKSPACE_RESTRAINTS,
  ownerOf: () => null,
}

/** The actor, the named members, and the time of a change. */
interface Choice {
  actor: User
  /** The members that the request names (`namedIn`). */
  named: ReadonlySet<string>
  at: Instant
}

interface Stored {
  id: string
  restrictions: Restrictions
  updatedAt: Instant | null
}

/** A new record with its restrictions, and its audit entry. */
export function added<Subject extends Stored>(
  kind: RecordKind<Subject>,
  record: Subject,
  choice: Choice,
): Decided<Subject> {
  const owner = kind.ownerOf(record)
  const next = restrained(kind.restraints, { current: null, next: record, owner, ...choice })
  const target = { kind: kind.name, id: next.id }
  const audit = {
    action: `${kind.name}.create`,
    target,
    before: null,
    after: kind.audited(next),
    reason: null,
  }
  return { next, audit }
}

/** A changed record with its restrictions, and its audit entry; null when nothing changes. Throws `delegation_exceeded`, as `restrained` does. */
export function changed<Subject extends Stored>(
  kind: RecordKind<Subject>,
  { current, wanted, ...choice }: { current: Subject; wanted: Subject } & Choice,
): Decided<Subject> | null {
  const owner = kind.ownerOf(current)
  const next = restrained(kind.restraints, { current, next: wanted, owner, ...choice })
  const members = changedMembers(kind.audited(current), kind.audited(next))
  if (members === null && sameRestrictions(current, next)) return null
  const target = { kind: kind.name, id: current.id }
  const audit = { action: `${kind.name}.update`, target, ...(members ?? NO_MEMBERS), reason: null }
  return { next: { ...next, updatedAt: choice.at }, audit }
}

/** The deletion of a record: its last state, for the audit entry. */
export function deleted<Subject extends Stored>(
  kind: RecordKind<Subject>,
  current: Subject,
): Decided<Subject> {
  const target = { kind: kind.name, id: current.id }
  const audit = {
    action: `${kind.name}.delete`,
    target,
    before: kind.audited(current),
    after: null,
    reason: null,
  }
  return { next: current, audit }
}
