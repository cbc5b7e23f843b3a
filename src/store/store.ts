import type { MAX } from '../core/ground/bounds.ts'
import type { AuditStore } from './audit.ts'
import type { FoundationStore } from './foundation.ts'
import type { IdempotencyStore } from './idempotency.ts'
import type { KeyStore } from './keys.ts'
import type { LedgerStore } from './ledger.ts'
import type { MemberStore } from './members.ts'
import type { NodeStore } from './nodes.ts'
import type { UserStore, WorkspaceStore } from './people.ts'
import type { RateStore } from './rates.ts'
import type { ReportStore } from './reports.ts'
import type { SignInStore } from './sign-ins.ts'
import type { VerificationStore } from './verifications.ts'

/**
 * The durable truth. Every sentence below is an obligation that `store.conformance.ts` tests on every implementation.
 *
 * - Every change of a key, user, workspace or membership takes the next revision; revisions have no gaps and no repeats, the audit
 *   log holds exactly one `done` entry per revision, and both are written in the transaction that makes the change.
 *   The returned record carries its revision.
 * - The warrant of an act is judged in the transaction that makes the change, by the actor's key, secret and owner, which do not change
 *   until it commits; when it throws, nothing is changed. An actor whose key or secret is not stored is
 *   `credential_invalid`.
 * - A method that has resolved has written durably. A method that has thrown has changed nothing.
 * - All methods are safe under concurrent callers, also from several processes on one database where that is possible.
 * - A fault named in a comment is thrown as a {@link Fault}; an unreachable database is `store_unavailable`.
 * - Texts come back byte for byte, ids are compared exactly, integers up to 2^63-1 keep every digit. A text that not every
 *   engine can keep (with U+0000 or half of a surrogate pair) is `input_invalid`.
 * - Reads with the parameter `by` may be long. They run separately from all others and take turns between the users for whom they are
 * read. One that takes longer than {@link MAX.readMs} ends with `read_too_long`; `reads_busy` and `rate_limited` are thrown for a read
 * that would have to wait too long.
 * - A key shows its current secret and the older ones that have not expired at the instant of the call (`Act.at` for a change).
 */
export interface Store
  extends FoundationStore,
    KeyStore,
    UserStore,
    WorkspaceStore,
    MemberStore,
    AuditStore,
    IdempotencyStore,
    SignInStore,
    LedgerStore,
    RateStore,
    NodeStore,
    ReportStore,
    VerificationStore {
  /** Throws `store_unavailable` unless the database answers and has this program's schema. */
  check(): Promise<void>

  /** Finishes running calls and closes the database. */
  close(): Promise<void>
}
