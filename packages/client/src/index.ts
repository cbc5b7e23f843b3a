/**
 * The client of Latchkey's own API. `@latchkey/client/goodmem` and `@latchkey/client/openrouter` are drop-in replacements of
 * other vendors' clients.
 *
 * @example
 * import { Latchkey } from '@latchkey/client'
 *
 * const latchkey = new Latchkey({ baseUrl: 'http://127.0.0.1:8080', apiKey: process.env.LATCHKEY_API_KEY })
 * const { key, secret } = await latchkey.keys.create({ name: 'customer 7', limits: { monthly: '20' } })
 * const verdict = await latchkey.verify({ key: secret, permissions: 'documents.read' })
 * if (!verdict.valid) console.log(`${key.id} is refused: ${verdict.code}`)
 *
 * @module
 */
export type * from './native/accounts.ts'
export type {
  AddMember,
  AuditEntry,
  Boost,
  Budget,
  CreateKey,
  CreateReservation,
  CreateUser,
  CreateWorkspace,
  GrantPolicy,
  HandedOver,
  HandOver,
  Impact,
  ImportKey,
  Key,
  KeyFilter,
  KeyHealth,
  KeysImported,
  KeysRevoked,
  KeyVerifications,
  KeyWithSecret,
  Limits,
  Member,
  Problem,
  RateLimit,
  RateLimitState,
  RecordThresholdCrossing,
  Reservation,
  Reserved,
  Revocation,
  RevokeKeys,
  ScopedBudget,
  SetBoost,
  SettleReservation,
  ThresholdCrossing,
  ThresholdCrossings,
  UpdateKey,
  UpdateUser,
  UpdateWorkspace,
  UsageEvent,
  UsageReport,
  UsageReported,
  User,
  UserWithBudget,
  Verdict,
  VerdictBudgetExceeded,
  VerdictNotFound,
  VerdictRateLimited,
  VerdictRefused,
  VerdictUnseenLimit,
  VerdictValid,
  Verifications,
  Verify,
  Workspace,
  WorkspaceWithBudget,
} from './native/api.gen.ts'
export type { FaultCode } from './native/codes.gen.ts'
export {
  LatchkeyAbortedError,
  LatchkeyApiError,
  LatchkeyConnectionError,
  LatchkeyError,
  LatchkeyResponseError,
  LatchkeyTimeoutError,
} from './native/errors.ts'
export type { KeyQuery, Keys, LimitWindow, NewSecret, Revoking, VerificationQuery } from './native/keys.ts'
export { type Audit, type AuditQuery, Latchkey, type ThresholdQuery } from './native/latchkey.ts'
export type { List, Page } from './native/list.ts'
export type { Members, Workspaces } from './native/members.ts'
export type {
  AnswerFacts,
  CallOptions,
  LatchkeyOptions,
  RetryOptions,
  Try,
} from './native/options.ts'
export type { Matching } from './native/preconditions.ts'
export type { Repeatable } from './native/repeats.ts'
export type { ReservationQuery, Reservations } from './native/reservations.ts'
export type { Usage, UsageQuery } from './native/usage.ts'
export type { Users } from './native/users.ts'
export type { Waiting } from './native/waiting.ts'
export { VERSION } from './version.ts'
