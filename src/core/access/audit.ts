// Tests: test/wire/native/audit.test.ts
import type { AuditStore } from '../../store/audit.ts'
import { MAX } from '../ground/bounds.ts'
import type { Clock, Instant } from '../ground/clock.ts'
import { Fault, type FaultCode } from '../ground/faults.ts'
import type { NewId } from '../ground/ids.ts'
import type { Page } from '../ground/page.ts'
import { ENDED } from '../keys/life.ts'
import { formatUsd } from '../money/money.ts'
import type { Key, User, Workspace } from '../types.ts'
import type { Wait } from '../verify/changes.ts'
import { callerOf, type Principal, requireAbility } from './abilities.ts'
import type { Act, AuditEntry, AuditQuery, AuditRecord, Effect } from './audit-entry.ts'
import type { CallersSignIn } from './browser-session.ts'
import { createDenials } from './denials.ts'

/** One call of the control plane: its caller, and its request. */
export interface Call {
  principal: Principal
  requestId: string | null
  ip: string | null
  /** Whether a change by this call is answered only when every node acts by it; absent for yes. */
  wait?: Wait
  /** The sign-in of the browser that made the call; absent for a call with a credential. */
  signIn?: CallersSignIn
  /** Whether it has changed something; until then it has only read. Absent for calls that are not judged after their reads. */
  effect?: Effect
}

/** Notes that a call has changed something. It is then answered, whatever its caller has lost since. */
export function noteEffect({ effect }: Pick<Call, 'effect'>): void {
  if (effect !== undefined) effect.isMade = true
}

/** The faults that say that the caller lacks a right; they are logged as denied attempts. */
export const DENIALS: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'access_forbidden',
  'permission_denied',
  'delegation_exceeded',
  'key_foreign',
  'user_foreign',
])

/** The denial in an error, also of a call that was denied only after a part of it was written; null for any other error. */
export function denialIn(error: unknown): Fault | null {
  const refusal = error instanceof Fault && error.code === 'partly_done' ? error.cause : error
  return refusal instanceof Fault && DENIALS.has(refusal.code) ? refusal : null
}

/** The audit log as callers see it. */
export interface Audit {
  /** Lists entries, newest first, with all denials until now. Needs READ_AUDIT. */
  list(call: Call, query: AuditQuery): Promise<Page<AuditEntry>>
  /** Notes a denied call; it is written a moment later. */
  noteDenied(call: Call, attempt: { action: string; target: AuditRecord['target']; fault: Fault }): void
  /** Writes the noted denials. */
  flush(): Promise<void>
  /** Deletes some entries that are older than the instant; returns how many. */
  purge(outcome: AuditEntry['outcome'], before: Instant): Promise<number>
}

/** Builds the audit log; changes write their own entries in their own transactions. */
export function createAudit({
  store,
  clock,
  newId,
}: {
  store: AuditStore
  clock: Clock
  newId: NewId
}): Audit {
  const denials = createDenials({ store, newId })
  return {
    async list(call, query) {
      requireAbility(call.principal, 'READ_AUDIT')
      // When pending denials cannot be written now, they appear later; the stored entries can still be read.
      await denials.flush().catch(() => {})
      return store.listAudit(query, callerOf(call.principal))
    },
    noteDenied(call, { action, target, fault }) {
      const { code, details } = fault
      const reason = details.internal === undefined ? code : `${code}: ${details.internal}`
      const { principal, requestId, ip } = call
      const { user, keyId } = principal
      // A denied caller has no right that it could lose in the meantime.
      const act: Act = { at: clock.now(), userId: user.id, keyId, requestId, ip, warrant: null }
      denials.note(act, { action, target, code, reason })
    },
    flush: () => denials.flush(),
    purge: (outcome, before) => store.purgeAudit({ outcome, before, limit: MAX.choreRows }),
  }
}

/** A key as the audit log shows it: every member that can change, and only the masks of its secrets that nobody has ended. */
export function auditedKey(key: Key): Record<string, unknown> {
  const {
    secrets,
    limits,
    boosts,
    hash,
    lastUsedAt,
    requestCount,
    revision,
    restrictions,
    updatedAt,
    updatedById,
    ...rest
  } = key
  return {
    ...rest,
    limits: usdLimits(limits),
    boosts: usdBoosts(boosts),
    secrets: secrets
      .filter(({ expiresAt }) => expiresAt !== ENDED)
      .map(({ mask, createdAt, expiresAt }) => ({ mask, createdAt, expiresAt })),
  }
}

/** A user as the audit log shows it. */
export function auditedUser(user: User): Record<string, unknown> {
  const { revision, restrictions, updatedAt, policy, limits, ...rest } = user
  return { ...rest, limits: usdLimits(limits), policy: { ...policy, limits: usdLimits(policy.limits) } }
}

/** A workspace as the audit log shows it. */
export function auditedWorkspace(workspace: Workspace): Record<string, unknown> {
  const { revision, restrictions, updatedAt, limits, ...rest } = workspace
  return { ...rest, limits: usdLimits(limits) }
}

/** The members of a change that alters no shown member, but only the author of a restriction. */
export const NO_MEMBERS: Pick<AuditRecord, 'before' | 'after'> = { before: null, after: null }

/** The members that differ, before and after; null when none does. */
export function changedMembers(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): Pick<AuditRecord, 'before' | 'after'> | null {
  const names = Object.keys(after).filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  )
  if (names.length === 0) return null
  const pick = (from: Record<string, unknown>) => Object.fromEntries(names.map((name) => [name, from[name]]))
  return { before: pick(before), after: pick(after) }
}

function usdBoosts(boosts: Key['boosts']): Record<string, { amount: string; until: number }> {
  const entries = Object.entries(boosts)
  return Object.fromEntries(
    entries.map(([window, { amount, until }]) => [window, { amount: formatUsd(amount), until }]),
  )
}

function usdLimits(limits: Key['limits']): Record<string, string> {
  return Object.fromEntries(Object.entries(limits).map(([window, amount]) => [window, formatUsd(amount)]))
}
