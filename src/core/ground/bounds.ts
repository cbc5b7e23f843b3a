import { DAY_MS, HOUR_MS } from './clock.ts'

const KIB = 1024
const MIB = 1024 * KIB

/** Every limit on size, depth, count and time that does not depend on a setting. The unit ends the name. */
export const MAX = {
  /** Largest request body, of the calls that take many records. */
  bodyBytes: 1 * MIB,
  /** Largest body of any other call. */
  smallBodyBytes: 128 * KIB,
  /** Largest body of a call that needs no credential. */
  publicBodyBytes: 1 * KIB,
  /** How long such a call waits for its body when its answer is known already. */
  publicBodyPatienceMs: 250,
  /** The largest part of a body that may still arrive when a request is answered; with more the connection is closed. */
  unreadBodyBytes: 16 * KIB,
  /**
   * The pieces (chunks) in which a body of unknown length may come: so many, and one more for each so many bytes. Each costs the server as much as
   * a kilobyte.
   */
  bodyPieces: { first: 1_000, bytesEach: 256 },
  /** Compressed bodies that are unpacked at the same time; as many as there are threads for that. */
  bodiesUnpacked: 4,
  /** The bytes of large bodies, those of more than `unreadBodyBytes`, that one user may send at once; as many more follow every second. */
  largeBodiesBytes: 16 * MIB,
  /**
   * How long a refusal waits that leaves a large body unread, and how much longer for each refusal of its sender that waits already; how many
   * refusals of one sender wait, and of all together; and how many bytes of bodies of more than `bodyBytes` are kept meanwhile.
   */
  lateRefusals: { ms: 250, apartMs: 2, each: 4_000, together: 16_000, unreadBytes: 32 * MIB },
  /**
   * When a sender of large bodies presses: when more of them than these were refused in this time. For how long it presses, and how many of its
   * large requests are judged in a short time meanwhile; and how many such senders are remembered.
   */
  pressing: {
    refusals: 64,
    refusalsMs: 1_000,
    forMs: 60_000,
    judged: 32,
    judgedMs: 50,
    senders: 10_000,
  },
  /** How long a short read waits for its turn; as long as PostgreSQL may take to accept a connection. */
  turnMs: 5_000,
  /** Values in a body, of the calls that take many records and of the others; arrays and objects count twice. */
  bodyValues: 50_000,
  smallBodyValues: 4_000,
  /** Members of one object and items of one array in a body. */
  bodyMembers: 256,
  bodyItems: 1_000,
  /** Bodies that have begun and not ended, of one credential and of all together; a user has as much of these at most as is left. */
  bodiesUnderWay: { each: { bodies: 2_048, bytes: 16 * MIB }, together: { bodies: 8_192, bytes: 64 * MIB } },
  /** What a user may have in any case. */
  sparedBodies: { bodies: 16, bytes: 1 * MIB },
  /** Answers of at most these bytes are sent at once, whatever becomes of them; larger ones in pieces of at most so many characters. */
  smallAnswerBytes: 16 * KIB,
  answerPieceChars: 64 * KIB,
  /**
   * The bytes of larger answers that their readers have not taken yet, of one user and of all together; what a user may have in any case, besides one
   * answer of any size.
   */
  answersUnderWay: { each: 32 * MIB, together: 128 * MIB, spared: 2 * MIB },
  /** Unfinished bodies of callers without a credential: of one address (or IPv6 /64), and of all together. */
  strangersBodies: { each: { bodies: 8, bytes: 8 * KIB }, together: { bodies: 256, bytes: 256 * KIB } },
  /** Places that an answer names when the input is invalid. */
  inputErrors: 20,
  /** Deepest nesting of arrays and objects in a request body. */
  bodyDepth: 32,
  /** The longest credential that is checked; a longer one is refused unread. */
  credentialChars: 256,
  /** Shortest text that may serve as a secret made by somebody else. */
  foreignSecretCharsMin: 32,
  nameChars: 255,
  workspaceNameChars: 100,
  slugChars: 50,
  descriptionChars: 500,
  emailChars: 254,
  reasonChars: 500,
  /** Labels per key (docs/wire/goodmem.md#labels). */
  labels: 20,
  labelNameChars: 255,
  labelValueChars: 255,
  permissionsPerKey: 100,
  permissionChars: 128,
  /** Longest permission expression of a verify. */
  expressionChars: 1024,
  /** Most names and operators in a permission expression. */
  expressionTerms: 64,
  rateLimitsPerKey: 10,
  rateLimitNameChars: 64,
  /** Largest `limit` and `cost` of a rate limit. */
  rateLimitUnits: 1_000_000_000,
  allowedIpsPerKey: 100,
  externalIdChars: 255,
  /** `externalUserId`: the key's end user, as the creator of the key names it. */
  externalUserIdChars: 512,
  tagsPerRequest: 20,
  tagChars: 128,
  /** Largest page of the native lists. */
  pageSize: 100,
  cursorChars: 512,
  searchChars: 100,
  labelFilters: 5,
  idempotencyKeyChars: 255,
  requestIdChars: 128,
  /** Longest `targetId` and `action` in a query of the audit log. */
  auditTextChars: 255,
  /** The characters of JSON that an audit entry keeps of one member, before and after each. */
  auditMemberChars: 2_048,
  /** For how long equal denials are counted in one entry of the audit log. */
  denialPeriodMs: 3_600_000,
  /** Different denials of one user in such a period; further ones are counted by their reason alone. */
  denialsPerUser: 50,
  /** Users whose denials are counted in memory. */
  deniedUsersInMemory: 10_000,
  /** Entries of denials that may wait to be written. */
  denialsUnwritten: 10_000,
  /** Keys that one call imports or revokes, and how long it works before it answers: a connection may not be silent for long. */
  batchKeys: 1_000,
  batchMs: 5_000,
  /** Connections that follow the changes, of all callers and of one user, and how long each may last. */
  followers: 256,
  followersPerUser: 64,
  followMs: 3_600_000,
  /** Pages of a list that one call reads to find keys to revoke. */
  batchPages: 20,
  /** Shortest text of an imported key; other systems make shorter ones than we do. */
  importedSecretCharsMin: 20,
  /** The characters of a secret that its mask shows, before and after the dots. */
  maskCharsBefore: 12,
  maskCharsAfter: 4,
  /** Usage events per call. */
  usageEvents: 1_000,
  usageEventIdChars: 128,
  /** Stored events that are read in one go, to compare them with a repeated report. */
  eventsReadAtOnce: 20,
  usageMetaEntries: 20,
  usageMetaNameChars: 64,
  usageMetaValueChars: 255,
  /** Largest `requests` of one usage event. */
  usageRequests: 1_000_000_000,
  /** Largest token count that one use may carry. */
  usageTokens: 1_000_000_000,
  /** Distinct names that activity keeps per account and day; usage under further names is added up without a name. */
  activityGroups: 1_000,
  /** Distinct meta values per account and day, over all names; usage with further values is added up as usage without meta. */
  metaValues: 1_000,
  /** How far ahead of this node's clock an event's time may lie; it then counts as now. */
  usageAheadMs: 5 * 60_000,
  /** How far ahead the clocks of other nodes may be. A stored time that is further ahead comes from a clock that was wrong. */
  clockAheadMs: 5 * 60_000,
  /** Holds from a clock that was ahead that are watched at the same time; further ones wait for the end of these. */
  holdsAheadInMemory: 10_000,
  /** Rotations by a clock that was ahead whose overlaps are watched, the latest ones. */
  rotationsRead: 1_000,
  /** How long ago an event may have happened. */
  usageAgoMs: 400 * DAY_MS,
  /** Latest instant that can be written: 9999-12-31T23:59:59.999Z. */
  instant: 253_402_300_799_999,
  /** Longest overlap of a rotation. */
  overlapMs: 365 * DAY_MS,
  /** Longest `keyLifetime` of a user's policy. */
  keyLifetimeMs: 3650 * DAY_MS,
  /** Longest window of a rate limit. */
  rateWindowMs: 31 * DAY_MS,
  /** Rate limits of one key whose used units are remembered, with those that it has no longer. */
  ratesKept: 30,
  /** Rate limits with at least this window survive a restart. */
  durableRateMsMin: HOUR_MS,
  /** Keys whose durable rate limits are kept in memory. */
  ratedKeysInMemory: 100_000,
  /** How long the answer to an Idempotency-Key is kept. */
  idempotencyMs: 1 * DAY_MS,
  /** The time after which an unfinished Idempotency-Key may be claimed again. */
  idempotencyClaimMs: 60_000,
  /** ROOT users, and managing keys of each, that are read to find another manager before one is removed. */
  rootsRead: 20,
  managersRead: 50,
  /** Secrets of one key that work at the same time. */
  liveSecrets: 10,
  /** Users besides the owner of its key who are remembered to have seen a secret. */
  seersPerSecret: 10,
  /** Facts of keys kept in memory for verify. */
  factsInMemory: 100_000,
  /** Ledger accounts of one kind (keys, users, workspaces) kept in memory, as far as they have limits. */
  accountsInMemory: 100_000,
  /** Records whose limits were changed last, and are remembered for demands that wait meanwhile. */
  changedLimits: 20_000,
  /** Ids of requests for money that are remembered as used a moment ago. */
  requestIdsInMemory: 10_000,
  /** Users of whom it is remembered that they lately reported something again. */
  repeatingUsers: 1_000,
  /** Keys whose owner and workspace stay in memory, for usage reports. */
  payersInMemory: 50_000,
  /** Up to this number of keys in use, the next flush writes every use. */
  promptUses: 100,
  /** Entries that housekeeping processes at once: expired reservations, events to delete. */
  ledgerBatch: 500,
  /** How old a copy of an account may be, where several processes spend from it, before a verify reads it again. */
  accountAgeMs: 1_000,
  /** Rows of the ledger that one user may have waiting to be written: some 25,000 plain events. */
  ledgerRowsWaiting: 400_000,
  /** Waiting rows beyond which a user has a backlog: a report of 1,000 plain events has as many, or 1,000 charges at once. */
  backlogRows: 16_000,
  /** The longest break in a backlog of writes. A write that took longer has waited for a lock or for the disk. */
  breakMs: 50,
  /** Accounts that are read between two commits of the ledger. */
  ledgerReadsAtOnce: 32,
  /** Open holds that are read into memory before others get a turn: some milliseconds of them. */
  holdsReadAtOnce: 500,
  /** Holds of one account that are ended before others get a turn. */
  holdsEndedAtOnce: 200,
  /** How often a demand that has got its room waits for more of them to be ended, so that others that wait have room as well. */
  endsForOthers: 32,
  /** Rows that one commit of the server's own work writes or deletes; no caller waits for it. */
  choreRows: 250,
  /** Changes of keys, users and workspaces that one user may have waiting. */
  changesWaiting: 1_000,
  /** Keys, and reasons of refusals, with counts of their own between two flushes; further ones count only in the totals. */
  outcomesInMemory: 50_000,
  /** How long the hourly counts of verdicts are kept. */
  outcomesKeptMs: 14 * DAY_MS,
  /** Reasons for refusals, and secrets, in the report on a key. */
  refusalsShown: 50,
  /** The number of shown keys with the most refusals, and the number of keys read for each hour to find them. */
  failingShown: 10,
  failingRead: 100,
  /** Keys at risk are counted up to this number. */
  risksCounted: 1_000,
  /** Keys that one commit moves in the order of lists by spent money; calls that record something wait for it. */
  spentOrderBatch: 200,
  /** Longest time for which a reservation may hold money. */
  reservationTtlMs: 7 * DAY_MS,
  /** Longest time for which a reservation may hold money with all of its extensions. */
  reservationLifeMs: 31 * DAY_MS,
  /** Longest time for which a boost may last. */
  boostMs: 366 * DAY_MS,
  /** Members of one workspace, and workspaces of one member; all of them end together with it. */
  memberships: 10_000,
  /** Most workspaces whose limits are added up to a balance. */
  balanceWorkspaces: 1_000,
  /** Rows of one usage or activity report. */
  reportRows: 10_000,
  /** Groupings of one usage report. */
  reportGroups: 2,
  /** Stored sums that one report adds up. */
  reportSums: 250_000,
  /** Longest time that a usage report covers, by its interval. */
  reportSpanMs: { hour: 400 * DAY_MS, day: 3_660 * DAY_MS, week: 3_660 * DAY_MS, month: 3_660 * DAY_MS },
  /** How long one page of a list, or one report, may be read; PostgreSQL measures each of its statements. */
  readMs: { lists: 1_000, reports: 3_000 },
  /** Rows that one page of a filtered list reads; a page with too few matches by then ends early. */
  listRowsRead: 5_000,
  /**
   * Records that one page of keys looks up to see which of these rows belong on it; half of them, if sorting took many before. A look-up
   * costs about 2 to 4 µs among millions.
   */
  listLookUps: 4_000,
  /** The most matches of a filter that are sorted for a page of keys; with more, keys are read in the order of the list. */
  listSorted: 2_500,
  /**
   * Rows of the search index that are read to see whether a search finds few keys, for a list of the newest keys, which needs not know; and
   * then as many for its page.
   */
  listSetsRead: 1_000,
  /** Keys that are added to the search index at a time, and how many may be missing from it; a search compares those one by one. */
  searchBatch: 500,
  /**
   * Changed rows of the search index that cross threads at a time, give or take those of one key. The names of as many keys as are indexed
   * at a time have a few thousand pieces where they are words; in a script with many characters they have hundreds of thousands.
   */
  indexRows: 8_000,
  searchPending: 20_000,
  /** Lists and reports of one user that may wait at the same time, and how long each waits for its turn. */
  readsWaiting: 32,
  readWaitMs: 10_000,
  /** Parsed permission expressions kept in memory. */
  expressionsInMemory: 1_000,
  /** Proxies between a client and the server that are considered. */
  forwardedHops: 100,
} as const
