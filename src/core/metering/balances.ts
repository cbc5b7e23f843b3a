import type { LedgerStore } from '../../store/ledger.ts'
import type { MemberStore } from '../../store/members.ts'
import type { WorkspaceStore } from '../../store/people.ts'
import type { ReportStore } from '../../store/reports.ts'
import { callerOf, requireAbility, requireReach } from '../access/abilities.ts'
import type { Call } from '../access/audit.ts'
import { decided, untilDecided } from '../ground/attempts.ts'
import { MAX } from '../ground/bounds.ts'
import { Fault } from '../ground/faults.ts'
import type { Page } from '../ground/page.ts'
import type { Caller } from '../ground/turns.ts'
import type { Keys } from '../keys/keys.ts'
import type { KeyRef } from '../keys/queries.ts'
import type { AccountId, ThresholdCrossing } from '../ledger/entries.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Allowed, BudgetLine } from '../money/budgets.ts'
import type { NanoUsd } from '../money/money.ts'
import { memberOf, readerOf, sees } from '../people/membership.ts'
import type { Users } from '../people/users.ts'
import type { Workspaces } from '../people/workspaces.ts'
import type { User, UserId, Workspace } from '../types.ts'
import type { WithoutWrites } from '../verify/record-writes.ts'
import type { CrossingQuery } from './reports.ts'

/** A key, a user or a workspace, as callers name them. */
export type AccountRef =
  | { kind: 'key'; ref: KeyRef }
  | { kind: 'user'; id: UserId }
  | { kind: 'workspace'; by: Parameters<Workspaces['get']>[1] }

/** The usage of all records in a caller's reach, and the rest of their limits. */
export interface Balance {
  /** Settled usage of all time, without usage that was paid elsewhere. */
  used: NanoUsd
  /** The rest of the limits on all time, without subtracting reservations; null when a record has no such limit. */
  left: NanoUsd | null
}

/** Reads the money of a user, of a workspace, or of all records in a caller's reach. */
export interface Accounts {
  /** The state of every limit of a user: the numbers by which the ledger decides. Needs DISPLAY_USER for that user. */
  budgetOfUser(call: Call, user: User): Promise<BudgetLine[]>
  /** The same for a workspace. Needs DISPLAY_WORKSPACE. */
  budgetOfWorkspace(call: Call, workspace: Workspace): Promise<BudgetLine[]>
  /** The thresholds of limits that were crossed, newest first, for callers that may read the record. */
  crossings(call: Call, account: AccountRef, limit: number): Promise<ThresholdCrossing[]>
  /** The same for every record in the caller's reach, oldest first: all records, or the caller itself and its own keys. Needs READ_USAGE. */
  allCrossings(
    call: Call,
    query: Pick<CrossingQuery, 'since' | 'percent' | 'limit' | 'after'>,
  ): Promise<Page<ThresholdCrossing>>
  /** The balance of everything in the caller's reach: the whole instance, or its own keys. Needs READ_USAGE. */
  balance(call: Call): Promise<Balance>
}

/** Builds the reading of accounts. */
export function createAccounts({ store, ledger, keys, users, workspaces }: AccountsParts): Accounts {
  async function linesOf(account: Allowed): Promise<BudgetLine[]> {
    await ledger.refresh([account])
    return untilDecided(async () => {
      const lines = ledger.budget([account])
      if (lines !== null) return decided(lines)
      await ledger.load([account])
      return undefined
    })
  }

  async function idOf(call: Call, account: AccountRef): Promise<AccountId> {
    switch (account.kind) {
      case 'key':
        return { kind: 'key', id: (await keys.get(call, account.ref)).key.id }
      case 'user':
        return { kind: 'user', id: (await users.get(call, { id: account.id })).id }
      case 'workspace':
        return { kind: 'workspace', id: (await workspaces.get(call, account.by)).id }
    }
  }

  async function leftOf(accounts: readonly Allowed[]): Promise<NanoUsd | null> {
    let left = 0n
    for (const account of accounts) {
      const line = (await linesOf(account)).find(({ window }) => window === 'total')
      if (line === undefined) return null
      left += line.limit > line.spent ? line.limit - line.spent : 0n
    }
    return left
  }

  /** Every workspace; null when there are too many to add up, or one has no limit on all time. */
  async function cappedWorkspaces(by: Caller): Promise<Workspace[] | null> {
    const found: Workspace[] = []
    let page = await store.listWorkspaces({ limit: MAX.pageSize }, by)
    for (;;) {
      found.push(...page.rows)
      const capped = page.rows.every(({ limits }) => limits.total !== undefined)
      if (!capped || found.length > MAX.balanceWorkspaces) return null
      if (page.next === null) return found
      page = await store.listWorkspaces({ limit: MAX.pageSize, after: page.next }, by)
    }
  }

  return {
    async budgetOfUser(call, user) {
      requireReach(call.principal, 'DISPLAY_USER', { ownerId: user.id, foreign: 'user_foreign' })
      return linesOf(accountOf('user', user))
    },

    async budgetOfWorkspace(call, workspace) {
      requireAbility(call.principal, 'DISPLAY_WORKSPACE')
      const lines = await linesOf(accountOf('workspace', workspace))
      // Judged after the read, which may have waited.
      if (!(await sees(store, call.principal, workspace.id))) throw new Fault('workspace_not_found')
      return lines
    },

    async crossings(call, account, limit) {
      const asked = { account: await idOf(call, account), limit, ...readerOf(call.principal) }
      return store.listCrossings(asked, callerOf(call.principal))
    },

    async allCrossings(call, query) {
      const isOwn = requireAbility(call.principal, 'READ_USAGE') === 'OWN'
      const own = isOwn ? { ownerId: call.principal.user.id, ...memberOf(call.principal) } : {}
      return store.listAllCrossings({ ...query, ...own }, callerOf(call.principal))
    },

    async balance(call) {
      const own = requireAbility(call.principal, 'READ_USAGE') === 'OWN'
      const { user } = call.principal
      const by = callerOf(call.principal)
      const used = await store.usedOfAllTime(
        own ? { ownerId: user.id, ...memberOf(call.principal) } : null,
        by,
      )
      if (own) return { used, left: await leftOf([accountOf('user', user)]) }
      const capped = await cappedWorkspaces(by)
      if (capped === null) return { used, left: null }
      return { used, left: await leftOf(capped.map((workspace) => accountOf('workspace', workspace))) }
    },
  }
}

function accountOf(kind: 'user' | 'workspace', allowance: User | Workspace): Allowed {
  return { account: { kind, id: allowance.id }, allowance }
}

interface AccountsParts {
  store: WithoutWrites<LedgerStore & ReportStore & WorkspaceStore & MemberStore>
  ledger: Ledger
  keys: Keys
  users: Users
  workspaces: Workspaces
}
