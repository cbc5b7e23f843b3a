import type { MAX } from '../core/ground/bounds.ts'
import type { Page } from '../core/ground/page.ts'
import type { Caller } from '../core/ground/turns.ts'
import type { ThresholdCrossing } from '../core/ledger/entries.ts'
import type {
  AccountCrossings,
  ActivityQuery,
  ActivityRow,
  CrossingQuery,
  NamesQuery,
  OwnKeys,
  ReportedNames,
  UsageReportQuery,
  UsageReportRow,
} from '../core/metering/reports.ts'
import type { NanoUsd } from '../core/money/money.ts'

/**
 * The durable sums as reports. A read that depends on a user's standing in a workspace (`managerId`, `readerId`) throws
 * `workspace_not_found` or `key_not_found` unless the user has it in the moment that the read shows. Every sentence is an obligation
 * that the conformance suite tests.
 */
export interface ReportStore {
  /**
   * Adds usage up by interval and groups, oldest interval first, then groups in order of their text, one after the other. Intervals are
   * complete: the first contains `from`, the last begins before `to`. The sums equal those of the events, also of purged ones. Its cost
   * does not depend on the number of events. Throws `input_invalid` when there would be more than `rowsMax` rows, or more than {@link
   * MAX.reportSums} stored sums to add up. A report on an owner reads no other owner's sums; one `within` an owner or a workspace
   * reads no key beyond it, either.
   */
  usageReport(query: UsageReportQuery, by?: Caller | null): Promise<UsageReportRow[]>

  /**
   * Adds usage up by UTC day and by its events' `model`, `model_permaslug`, `endpoint_id` and `provider_name`, together with their
   * `prompt_tokens`, `completion_tokens` and `reasoning_tokens`; a count that is not a whole number from 0 to {@link MAX.usageTokens}
   * counts as 0. Days are complete, like the intervals of `usageReport`. The order is by day, oldest first, then by names and workspace.
   * The sums equal those of the events, also of purged ones. For one key, user or workspace the first {@link MAX.activityGroups}
   * different sets of names of a day have rows; once a commit finds that many, it adds usage under further ones to the row without names.
   * Its cost does not depend on the number of events. Throws `input_invalid` when there would be more than `rowsMax` rows.
   */
  activityReport(query: ActivityQuery, by?: Caller | null): Promise<ActivityRow[]>

  /**
   * Reads the names of records, also of deleted ones. Ids that are unknown are missing. So are, with a `managerId`, all but this
   * user, the workspace, its keys and its present members; and with a `memberId`, all but this user, its workspaces, and its keys in them.
   */
  namesOf(query: NamesQuery, by?: Caller | null): Promise<ReportedNames>

  /**
   * Settled usage of all time, without usage paid elsewhere: of one user's keys, with a member only of those in workspaces that this
   * user belongs to; or of everything.
   */
  usedOfAllTime(of: OwnKeys | null, by?: Caller | null): Promise<NanoUsd>

  /** Lists crossings of one account, newest first. */
  listCrossings(query: AccountCrossings, by?: Caller | null): Promise<ThresholdCrossing[]>

  /**
   * Lists crossings of all accounts, oldest first, from `since` on: or those of one user and of its keys in workspaces that the
   * member belongs to. Those of others are not read then.
   */
  listAllCrossings(query: CrossingQuery, by?: Caller | null): Promise<Page<ThresholdCrossing>>
}
