// What the server's OpenAPI document leaves without a name, or has under one that the clients use otherwise.

/** Schemas that the clients of Go and .NET have by hand: they came first, and have behaviour. */
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

/** Schemas of another name in the clients, where `Budget` is a limit that says whose it is. */
export const RENAMED: Record<string, string> = { Budget: 'WindowBudget' }

/** Schemas whose members are as open as those of a map. */
export const PLAIN_MAPS: Record<string, 'integer'> = { VerdictCounts: 'integer' }

/** What objects without a name are, by where they are. */
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

/** Of the words, those that the clients have by hand. */
export const WORDS_BY_HAND = new Set(['Code', 'OnExpiry', 'ReservationState'])

/** What lists of words are called. Lists of one name are one. */
export const WORDS: Record<string, string> = {
  'NOT_FOUND DISABLED NOT_YET_VALID EXPIRED FORBIDDEN INSUFFICIENT_PERMISSIONS RATE_LIMITED BUDGET_EXCEEDED VALID':
    'Code',
  'ROOT ADMIN USER SERVICE': 'Role',
  'active disabled expired not_yet_valid revoked': 'KeyStatus',
  'all-nodes': 'Reach',
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

/** What a model is, where the document leaves it to its name. */
export const ABOUT: Record<string, string> = {
  AddMember: 'Whom to let into a workspace.',
  AuditEntry: 'Who did what to which record, or was denied it.',
  ThresholdQuery: 'Which crossings of thresholds to list.',
  AuditQuery: 'Which entries of the audit log to list.',
  Boost: 'What is added to a limit for a time.',
  CorrectUsage: 'What to take back of an event that was recorded by mistake.',
  CreateKey: 'A key to make.',
  CreateUser: 'A user to add.',
  CreateWorkspace: 'A workspace to make.',
  FailingKey: 'A key that was refused, and how often.',
  GrantPolicy: 'The most that a key of a user may be given.',
  ImportKey: 'A key that was made elsewhere. Its secret goes on working.',
  ImportKeys: 'Keys that were made elsewhere.',
  ImportedKey: 'What became of one key of an import.',
  Key: 'A key. Its secret is no part of it.',
  KeyHealth: 'How many keys want looking at.',
  KeyQuery: 'Which keys to list.',
  KeyRefusals: 'How often a key was refused for one reason.',
  KeySecret: 'A secret of a key that still works.',
  KeyUsage: 'What a key has spent, by window, in USD.',
  KeyVerifications: 'How verifies of a key went.',
  KeyWithSecret: 'A key, with its secret where that is shown.',
  KeysImported: 'What became of keys that were imported.',
  KeysRevoked: 'What became of keys that were to end.',
  Member: 'A member of a workspace.',
  OwnKey: 'What the holder of a key is told of it.',
  PageQuery: 'Which page of a list.',
  RateLimit: 'How many requests a key may make in a period.',
  RecordedEvent: 'An event of usage as it was recorded.',
  RecordedEvents: 'Events of usage as they were recorded.',
  ReportUsage: 'Usage to record.',
  ReservationQuery: 'Which reservations to list.',
  Revocation: 'When and where a key stopped working.',
  RevokeKeys: 'Which keys to end.',
  RevokedKey: 'What became of one of the keys that were to end.',
  RotateKey: 'How a secret is replaced.',
  SecretUses: 'How a secret of a key was used.',
  SetBoost: 'What to add to a limit, and until when.',
  RecordThresholdCrossing: 'That settled usage of a key, a user or a workspace reached a part of a limit.',
  RecordThresholdCrossingPage: 'One page of crossings of thresholds.',
  ThresholdCrossing: 'That settled usage reached a part of a limit.',
  ThresholdCrossings: 'When settled usage reached 50, 80 and 100 % of a limit.',
  UpdateKey: 'What to change of a key.',
  UpdateUser: 'What to change of a user.',
  UpdateWorkspace: 'What to change of a workspace.',
  UsageConflict: 'An event whose id is known with other content.',
  UsageCorrection: 'What was taken back.',
  UsageEvent: 'Spending that happened elsewhere.',
  UsageQuery: 'What usage to add up, and by what.',
  UsageReport: 'Usage, added up.',
  UsageReported: 'What became of reported usage.',
  UsageRow: 'Usage of one interval and group.',
  User: 'Whom keys belong to.',
  UserQuery: 'Which users to list.',
  UserWithBudget: 'A user, with where its limits stand.',
  VerdictInterval: 'How verifies of one hour or day went.',
  VerificationQuery: 'Which verifies to count.',
  Verifications: 'How verifies went.',
  WindowBudget: 'Where a limit of the record itself stands.',
  Workspace: 'What keys are grouped in.',
  WorkspaceWithBudget: 'A workspace, with where its limits stand.',
}

/** What words are about, in the singular. */
export const ABOUT_WORDS: Record<string, string> = {
  Access: 'What a key may be used for',
  AuditOutcome: 'How an act ended',
  ImportOutcome: 'What became of an imported key',
  KeyOrder: 'By what keys are sorted',
  KeyStatus: 'What a key is at a moment',
  LimitScope: 'Whose limit it is, or that it is one of a rate',
  LimitWindow: 'The stretch of time that a limit counts in',
  Reach: 'How far something holds',
  ReportInterval: 'How long a row of a report is',
  RevokeOutcome: 'What became of a key that was to end',
  Role: 'What a user may do',
  TargetKind: 'What kind of record it is',
}
