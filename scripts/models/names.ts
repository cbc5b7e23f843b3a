// Names for parts of the server's OpenAPI document that have none there, or whose name means something else in the clients.

/** Schemas whose models are written by hand in the Go and .NET clients, because they are older and have behaviour. */
export const BY_HAND = new Set([
  'BudgetProblem',
  'Caller',
  'CreateReservation',
  'ExtendReservation',
  'InputError',
  'Problem',
  'RateLimitState',
  'RefusedRate',
  'Reservation',
  'ReservationExtended',
  'ReservationSettled',
  'Reserved',
  'ScopedBudget',
  'SettleReservation',
  'Verdict',
  'VerdictBudgetExceeded',
  'VerdictNotFound',
  'VerdictRateLimited',
  'VerdictRefused',
  'VerdictValid',
  'Verify',
])

/** Schemas with another name in the clients, where `Budget` is a limit together with its record. */
export const RENAMED: Record<string, string> = { Budget: 'WindowBudget' }

/** Schemas that are open maps. */
export const PLAIN_MAPS: Record<string, 'integer'> = { VerdictCounts: 'integer' }

/** The names of anonymous objects, by their place in the document. */
export const PLACES: Record<string, string> = {
  'AuditEntry.actor': 'AuditActor',
  'AuditEntry.target': 'AuditTarget',
  'CreateKey.limits': 'Limits',
  'CreateKey.rateLimits': 'RateLimit',
  'CreateUser.limits': 'Limits',
  'CreateUser.policy': 'GrantPolicyChanges',
  'CreateUser.policy.limits': 'LimitChanges',
  'CreateWorkspace.limits': 'Limits',
  'ImportKey.limits': 'Limits',
  'ImportKey.rateLimits': 'RateLimit',
  'Key.secrets': 'KeySecret',
  'KeyRefusals.limit': 'RefusedLimit',
  'KeyUsage.byok': 'WindowAmounts',
  'KeyVerifications.secrets': 'SecretUses',
  'KeysImported.results': 'ImportedKey',
  'KeysImported.results[].errors': 'InputError',
  'KeysRevoked.effective': 'Effective',
  'KeysRevoked.results': 'RevokedKey',
  'KeysRevoked.results[].errors': 'InputError',
  'Revocation.effective': 'Effective',
  'UpdateKey.limits': 'LimitChanges',
  'UpdateKey.rateLimits': 'RateLimit',
  'UpdateUser.limits': 'LimitChanges',
  'UpdateUser.policy': 'GrantPolicyChanges',
  'UpdateUser.policy.limits': 'LimitChanges',
  'UpdateWorkspace.limits': 'LimitChanges',
  'UsageReport.data': 'UsageRow',
  'UsageReported.conflicts': 'UsageConflict',
  'Verifications.failing': 'FailingKey',
}

/** Queries, by their operation. */
export const QUERIES: Record<string, string> = {
  getVerifications: 'VerificationQuery',
  listAllThresholds: 'ThresholdQuery',
  listAudit: 'AuditQuery',
  listKeys: 'KeyQuery',
  listMembers: 'PageQuery',
  listReservations: 'ReservationQuery',
  listUsers: 'UserQuery',
  summariseUsage: 'UsageQuery',
}

/** Members that are lengths of time. */
export const DURATIONS = new Set(['keyLifetime', 'overlap', 'window'])

/** Enumerations that are written by hand in the clients. */
export const WORDS_BY_HAND = new Set(['Code', 'OnExpiry', 'ReservationState'])

/** The names of enumerations, by their values. Enumerations with the same name become one. */
export const WORDS: Record<string, string> = {
  'NOT_FOUND DISABLED NOT_YET_VALID EXPIRED FORBIDDEN INSUFFICIENT_PERMISSIONS RATE_LIMITED BUDGET_EXCEEDED VALID':
    'Code',
  'ROOT ADMIN USER SERVICE': 'Role',
  'active disabled expired not_yet_valid revoked': 'KeyStatus',
  'all-nodes this-node': 'Reach',
  'createdAt lastUsedAt expiresAt spent': 'KeyOrder',
  'created exists failed': 'ImportOutcome',
  'daily weekly monthly total': 'LimitWindow',
  'done denied': 'AuditOutcome',
  'hour day': 'ReportInterval',
  'hour day week month': 'ReportInterval',
  'key user workspace': 'LimitScope',
  'key user workspace system': 'TargetKind',
  'open settled released expired': 'ReservationState',
  'rate key user workspace': 'LimitScope',
  'release settle': 'OnExpiry',
  revoked: 'KeyStatus',
  'revoked already_revoked skipped failed': 'RevokeOutcome',
  'use manage full': 'Access',
}

/** The descriptions of models that have none in the document. */
export const ABOUT: Record<string, string> = {
  AddMember: 'The user to add to a workspace.',
  AuditEntry: 'One change or denied attempt, with its caller and record.',
  ThresholdQuery: 'The crossings of thresholds to list.',
  AuditQuery: 'The entries of the audit log to list.',
  Boost: 'A temporary raise of a limit.',
  CorrectUsage: 'A correction of an event that was recorded by mistake.',
  CreateKey: 'A key to create.',
  CreateUser: 'A user to create.',
  CreateWorkspace: 'A workspace to create.',
  FailingKey: 'A key that was refused, and how often.',
  GrantPolicy: 'The bounds of the keys of a user.',
  ImportKey: 'A key of another system. Its secret goes on working.',
  ImportKeys: 'Keys of another system.',
  ImportedKey: 'The result for one key of an import.',
  Key: 'A key, without its secret.',
  KeyHealth: 'The number of keys at risk.',
  KeyQuery: 'The keys to list.',
  KeyRefusals: 'The refusals of a key for one reason.',
  KeySecret: 'A secret of a key that still works.',
  KeyUsage: 'The spending of a key, by window, in USD.',
  KeyVerifications: 'The verdicts on a key.',
  KeyWithSecret: 'A key, with its secret in the one answer that shows it.',
  KeysImported: 'The results of an import.',
  KeysRevoked: 'The results of revoking many keys.',
  Member: 'A member of a workspace.',
  OwnKey: 'A key as its holder sees it.',
  PageQuery: 'The page of a list.',
  RateLimit: 'The number of requests that a key may make in a period.',
  RecordedEvent: 'A recorded usage event.',
  RecordedEvents: 'Recorded usage events.',
  ReportUsage: 'Usage to record.',
  ReservationQuery: 'The reservations to list.',
  Revocation: 'When and where a key stopped working.',
  RevokeKeys: 'The keys to revoke.',
  RevokedKey: 'The result for one key.',
  RotateKey: 'The options of a rotation.',
  SecretUses: 'The uses of a secret of a key.',
  SetBoost: 'The amount of a boost and its end.',
  RecordThresholdCrossing: 'A crossing of a threshold by the settled usage of a key, a user or a workspace.',
  RecordThresholdCrossingPage: 'One page of crossings of thresholds.',
  ThresholdCrossing: 'A crossing of a threshold by settled usage.',
  ThresholdCrossings: 'The times at which settled usage reached 50, 80 and 100 % of a limit.',
  UpdateKey: 'Changes of a key.',
  UpdateUser: 'Changes of a user.',
  UpdateWorkspace: 'Changes of a workspace.',
  UsageConflict: 'An event whose id is known with other content.',
  UsageCorrection: 'A correction of usage.',
  UsageEvent: 'Spending that happened elsewhere.',
  UsageQuery: 'The usage to add up, and its groups.',
  UsageReport: 'Sums of usage.',
  UsageReported: 'The result of reporting usage.',
  UsageRow: 'Usage of one interval and group.',
  User: 'An owner of keys.',
  UserQuery: 'The users to list.',
  UserWithBudget: 'A user, with the state of its limits.',
  VerdictInterval: 'The verdicts of one hour or day.',
  VerificationQuery: 'The verdicts to count.',
  Verifications: 'The verdicts on all keys.',
  WindowBudget: 'The state of a limit of the record itself.',
  Workspace: 'A group of keys.',
  WorkspaceWithBudget: 'A workspace, with the state of its limits.',
}

/** The descriptions of enumerations, in the singular. */
export const ABOUT_WORDS: Record<string, string> = {
  Access: 'The uses that a key allows',
  AuditOutcome: 'The outcome of an act',
  ImportOutcome: 'The result for an imported key',
  KeyOrder: 'The order of a list of keys',
  KeyStatus: 'The status of a key at a moment',
  LimitScope: 'The record that a limit belongs to, or `rate` for a rate limit',
  LimitWindow: 'The period in which a limit counts',
  Reach: 'The nodes on which a change is in force',
  ReportInterval: 'The length of a row of a report',
  RevokeOutcome: 'The result for a key to revoke',
  Role: 'The role of a user, which decides its abilities',
  TargetKind: 'The kind of a record',
}
