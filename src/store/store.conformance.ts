import { auditTests } from './conformance/audit.conformance.ts'
import type { It, Runner, Skip } from './conformance/case.conformance.ts'
import { changeTests } from './conformance/changes.conformance.ts'
import { factTests } from './conformance/facts.conformance.ts'
import { idempotencyTests } from './conformance/idempotency.conformance.ts'
import { initializeTests } from './conformance/initialize.conformance.ts'
import { keyLifeTests } from './conformance/key-life.conformance.ts'
import { keyListTests } from './conformance/key-list.conformance.ts'
import { keyPageTests } from './conformance/key-pages.conformance.ts'
import { keySearchTests } from './conformance/key-search.conformance.ts'
import { keyTextTests } from './conformance/key-texts.conformance.ts'
import { keyTests } from './conformance/keys.conformance.ts'
import { ledgerActivityTests } from './conformance/ledger-activity.conformance.ts'
import { ledgerCommitTests } from './conformance/ledger-commit.conformance.ts'
import { ledgerCorrectionTests } from './conformance/ledger-corrections.conformance.ts'
import { ledgerCrossingTests } from './conformance/ledger-crossings.conformance.ts'
import { ledgerEventTests } from './conformance/ledger-events.conformance.ts'
import { ledgerExtensionTests } from './conformance/ledger-extensions.conformance.ts'
import { ledgerFenceTests } from './conformance/ledger-fence.conformance.ts'
import { ledgerHistoryTests } from './conformance/ledger-histories.conformance.ts'
import { ledgerHoldTests } from './conformance/ledger-holds.conformance.ts'
import { ledgerJudgedTests } from './conformance/ledger-judged.conformance.ts'
import { ledgerMetaTests } from './conformance/ledger-meta.conformance.ts'
import { ledgerReportTests } from './conformance/ledger-report.conformance.ts'
import { ledgerReservationTests } from './conformance/ledger-reservations.conformance.ts'
import { memberScopeTests } from './conformance/member-scope.conformance.ts'
import { memberTests } from './conformance/members.conformance.ts'
import { nodeTests } from './conformance/nodes.conformance.ts'
import { ownerTests } from './conformance/owners.conformance.ts'
import { rateTests } from './conformance/rates.conformance.ts'
import { signInTests } from './conformance/sign-ins.conformance.ts'
import { spentOrderTests } from './conformance/spent-order.conformance.ts'
import { usageTests } from './conformance/usage.conformance.ts'
import { userTests } from './conformance/users.conformance.ts'
import { valueTests } from './conformance/values.conformance.ts'
import { verificationTests } from './conformance/verifications.conformance.ts'
import { warrantRaceTests } from './conformance/warrant-races.conformance.ts'
import { warrantTests } from './conformance/warrants.conformance.ts'
import { workspaceTests } from './conformance/workspaces.conformance.ts'
import type { Store } from './store.ts'

/** The index of the port's contract: every sentence of `store.ts` has its tests in one of these. */
const TOPICS: ((it: It) => void)[] = [
  initializeTests,
  changeTests,
  warrantTests,
  warrantRaceTests,
  keyTests,
  factTests,
  keyListTests,
  keyLifeTests,
  keyPageTests,
  keySearchTests,
  keyTextTests,
  usageTests,
  ledgerCommitTests,
  ledgerHistoryTests,
  ledgerFenceTests,
  ledgerJudgedTests,
  ledgerCrossingTests,
  ledgerReservationTests,
  ledgerHoldTests,
  ledgerCorrectionTests,
  ledgerExtensionTests,
  ledgerReportTests,
  ledgerEventTests,
  ledgerActivityTests,
  ledgerMetaTests,
  spentOrderTests,
  rateTests,
  userTests,
  workspaceTests,
  memberTests,
  ownerTests,
  memberScopeTests,
  nodeTests,
  auditTests,
  idempotencyTests,
  signInTests,
  valueTests,
  verificationTests,
]

/** A store that belongs to one test. */
export interface OpenedStore {
  store: Store
  /** Closes the store and removes its files or schema. */
  dispose(): Promise<void>
}

/**
 * Tests one implementation against the whole contract of the store. `open` gives every test an empty store of its own. A test is skipped
 * only by its name and a reason; a name without a test is a failure.
 */
export function runStoreTests(
  name: string,
  open: () => Promise<OpenedStore>,
  { runner, skip = [] }: { runner: Runner; skip?: Skip[] },
): void {
  runner.describe(`store conformance: ${name}`, () => {
    const names = new Set<string>()
    const it: It = (title, body) => {
      if (names.has(title)) throw new Error(`Two conformance tests are named "${title}".`)
      names.add(title)
      if (skip.some((entry) => entry.test === title)) return
      runner.test(title, async () => {
        const { store, dispose } = await open()
        try {
          await body(store)
        } finally {
          await dispose()
        }
      })
    }
    for (const topic of TOPICS) topic(it)
    for (const { test, reason } of skip) {
      if (!names.has(test))
        throw new Error(`No conformance test is named "${test}" (left out because: ${reason}).`)
    }
  })
}
