import type { MAX } from '../ground/bounds.ts'
import type { Instant } from '../ground/clock.ts'
import type { Cursor } from '../ground/page.ts'
import type { AccountId, ReservationState } from '../ledger/entries.ts'
import type { NanoUsd } from '../money/money.ts'
import type { KeyId, UserId, WorkspaceId } from '../types.ts'

/** One property by which usage is grouped. */
export type UsageGrouping =
  | { kind: 'key' | 'owner' | 'workspace' }
  /** The customer whom the key stands for now; null for a key without one. */
  | { kind: 'externalUser' }
  /** The present value of the key's label; null for a key without it. */
  | { kind: 'label'; name: string }
  /** The value in the metadata of each event. */
  | { kind: 'meta'; name: string }

/** The keys of one owner; with a member, only those in workspaces that this user belongs to. */
export interface OwnKeys {
  ownerId: UserId
  memberId?: UserId
}

/** How a report adds usage up. */
export interface UsageReportQuery {
  from: Instant
  to: Instant
  interval: 'hour' | 'day' | 'week' | 'month'
  /** At most two, of which at most one is metadata: values of two names are not stored together. No grouping adds everything up. */
  groupBy: readonly UsageGrouping[]
  /** Only keys of this owner. */
  ownerId?: UserId
  /** With an owner: only keys in workspaces that this user belongs to. */
  memberId?: UserId
  keyId?: KeyId
  workspaceId?: WorkspaceId
  /** With a workspace: only while this user is a manager of it. */
  managerId?: UserId
  /** The member beside it that bounds what the caller may see: nothing beyond it is read. Absent for a caller that sees all keys. */
  within?: 'ownerId' | 'workspaceId'
  /** Only keys of this customer. */
  externalUserId?: string
  rowsMax: number
  /** The maximum number of stored sums; {@link MAX.reportSums} when absent. */
  sumsMax?: number
}

/** One sum of a report. */
export interface UsageReportRow {
  start: Instant
  /** One value for each of `groupBy`, in its order; null for usage without the customer, label or meta name. */
  groups: readonly (string | null)[]
  /** Without the amounts that were taken back. */
  amount: NanoUsd
  byokAmount: NanoUsd
  requests: number
  /** The amount that corrections have subtracted. */
  corrected: NanoUsd
  byokCorrected: NanoUsd
}

/** A kind of record by which reports are grouped, and whose records have names. */
export type NamedKind = 'key' | 'owner' | 'workspace'

/** Whose names to read. */
export interface NamesQuery {
  ids: ReportedIds
  /** Only records that this user sees by itself: it, its workspaces, and its keys in them. */
  memberId?: UserId
  workspaceId?: WorkspaceId
  /** With a workspace: only it, its keys and its members, while this user is a manager of it. */
  managerId?: UserId
}

/** Records whose ids a report contains. */
export type ReportedIds = Partial<Record<NamedKind, readonly string[]>>

/** Their names by id: of a key its name, of an owner the user name, of a workspace its name. Deleted records are included. */
export type ReportedNames = Partial<Record<NamedKind, ReadonlyMap<string, string>>>

/** The records and the days of an activity report. */
export interface ActivityQuery {
  from: Instant
  to: Instant
  /** Groups by workspace, too. */
  byWorkspace: boolean
  /** Only keys of this owner. */
  ownerId?: UserId
  /** With an owner: only keys in workspaces that this user belongs to. */
  memberId?: UserId
  keyId?: KeyId
  workspaceId?: WorkspaceId
  /** With a workspace: only while this user is a manager of it. */
  managerId?: UserId
  rowsMax: number
  /** The maximum number of stored sums; {@link MAX.reportSums} when absent. */
  sumsMax?: number
}

/** The usage of one model, by one endpoint of one provider, on one UTC day; an unknown name is empty. */
export interface ActivityRow {
  /** Start of the day. */
  start: Instant
  /** Null unless the report is split by workspace. */
  workspaceId: WorkspaceId | null
  model: string
  modelPermaslug: string
  endpointId: string
  providerName: string
  amount: NanoUsd
  byokAmount: NanoUsd
  requests: number
  promptTokens: number
  completionTokens: number
  reasoningTokens: number
}

/** Which reservations to list, newest first. */
export interface ReservationQuery {
  keyId?: KeyId
  ownerId?: UserId
  /** Only in workspaces that this user belongs to. */
  memberId?: UserId
  /** `open` leaves out those that have expired at `at`; `expired` includes them. */
  state?: ReservationState
  at: Instant
  limit: number
  after?: Cursor
}

/** Which crossings of thresholds of one account to list, newest first. */
export interface AccountCrossings {
  account: AccountId
  /** Only while this user sees the account: a workspace as its member, a key as its owner there or as a manager of its workspace. */
  readerId?: UserId
  limit: number
}

/** Which crossings of thresholds to list, oldest first. */
export interface CrossingQuery {
  /** The first moment that is included. */
  since?: Instant
  /** Only this threshold: 50, 80 or 100. */
  percent?: number
  /** Only those of this user and of its keys. */
  ownerId?: UserId
  /** Keys in workspaces that this user does not belong to are left out. */
  memberId?: UserId
  limit: number
  after?: Cursor
}
