import type { Word } from '../../words.ts'
import type { FreeModelDailyRequests } from './index.ts'

/** Headers that name the calling application; each falls back to the client's option of that name. */
export interface Globals {
  /** Sent as HTTP-Referer. */
  httpReferer?: string | undefined
  /** Sent as X-OpenRouter-Title. */
  appTitle?: string | undefined
  /** Sent as X-OpenRouter-Categories. */
  appCategories?: string | undefined
}

/** When the spent part of a limit starts again at zero; a server may know more words. */
export type LimitReset = 'daily' | 'weekly' | 'monthly' | Word

interface LimitResetWords {
  readonly Daily: 'daily'
  readonly Weekly: 'weekly'
  readonly Monthly: 'monthly'
}

/** The words that `limitReset` may be. */
export const CreateKeysLimitReset: LimitResetWords = { Daily: 'daily', Weekly: 'weekly', Monthly: 'monthly' }
/** One of them, or a word of a newer server. */
export type CreateKeysLimitReset = LimitReset

/** The words that `limitReset` may be. */
export const UpdateKeysLimitReset: LimitResetWords = { Daily: 'daily', Weekly: 'weekly', Monthly: 'monthly' }
/** One of them, or a word of a newer server. */
export type UpdateKeysLimitReset = LimitReset

/** Where data may be processed. */
export const AllowedDataRegion: { readonly Global: 'global'; readonly Europe: 'europe'; readonly Us: 'us' } =
  {
    Global: 'global',
    Europe: 'europe',
    Us: 'us',
  }
/** One of them, or a word of a newer server. */
export type AllowedDataRegion = 'global' | 'europe' | 'us' | Word

/** A user of a system outside. */
export interface External {
  /** A key that was made outside. */
  apiKey?: string | undefined
  /** The id of the user in that system. */
  user: string
}

/** The members of a new key. */
export interface CreateKeysRequestBody {
  /** The owner of the key; the caller when absent or null. */
  creatorUserId?: string | null | undefined
  /** Leaves as UTC; null or absent: never. */
  expiresAt?: Date | null | undefined
  /** The external user of the key. */
  external?: External | undefined
  /** Whether usage that was paid elsewhere counts against the limit. */
  includeByokInLimit?: boolean | undefined
  /** USD; null or absent: unlimited. */
  limit?: number | null | undefined
  /** When the spending of the limit starts again at zero; null: never. */
  limitReset?: LimitReset | null | undefined
  /** The name of the key; at least one character. */
  name: string
  /** The workspace of the key, which never changes; the default workspace when absent. */
  workspaceId?: string | undefined
}

/** The changes of a key: an absent member keeps its value, null clears it. */
export interface UpdateKeysRequestBody {
  /** Whether it opens nothing, until it is enabled again. */
  disabled?: boolean | undefined
  /** Whether usage that was paid elsewhere counts against the limit. */
  includeByokInLimit?: boolean | undefined
  /** USD; null: unlimited. */
  limit?: number | null | undefined
  /** When the spending of the limit starts again at zero; null: never. */
  limitReset?: LimitReset | null | undefined
  /** The name of the key; at least one character. */
  name?: string | undefined
}

/** Reads the key that the call is made with. */
export interface GetCurrentKeyRequest extends Globals {}

/** The keys to list. */
export interface ListRequest extends Globals {
  /** False when absent. */
  includeDisabled?: boolean | undefined
  /** The number of newest keys to skip. */
  offset?: number | null | undefined
  /** The default workspace when absent. */
  workspaceId?: string | undefined
}

/** Makes a key. */
export interface CreateKeysRequest extends Globals {
  /** The body of the request. */
  requestBody: CreateKeysRequestBody
}

/** Reads one key. */
export interface GetKeyRequest extends Globals {
  /** The SHA-256 of the key's text, in lower-case hex. */
  hash: string
}

/** Changes one key. */
export interface UpdateKeysRequest extends GetKeyRequest {
  /** The body of the request. */
  requestBody: UpdateKeysRequestBody
}

/** Deletes one key. */
export interface DeleteKeysRequest extends GetKeyRequest {}

/** The members that both forms of a key have. Amounts are USD; weeks begin on Monday, days at 00:00 UTC. */
interface Spending {
  /** Paid elsewhere, of all time. */
  byokUsage: number
  /** Paid elsewhere, of the day. */
  byokUsageDaily: number
  /** Paid elsewhere, of the month. */
  byokUsageMonthly: number
  /** Paid elsewhere, of the week. */
  byokUsageWeekly: number
  /** The owner of the key. */
  creatorUserId: string | null
  /** Null or absent: never. */
  expiresAt?: Date | null | undefined
  /** Whether usage that was paid elsewhere counts against the limit. */
  includeByokInLimit: boolean
  /** A mask of the key. */
  label: string
  /** Null: unlimited. */
  limit: number | null
  /** The rest of the limit in its window; null without a limit. */
  limitRemaining: number | null
  /** When the spending of the limit starts again at zero; null: never. */
  limitReset: string | null
  /** Spent, of all time. */
  usage: number
  /** Spent, of the day. */
  usageDaily: number
  /** Spent, of the month. */
  usageMonthly: number
  /** Spent, of the week. */
  usageWeekly: number
}

/** A key as its managers see it. */
export interface KeyData extends Spending {
  /** RFC 3339, UTC. */
  createdAt: string
  /** Whether it opens nothing, until it is enabled again. */
  disabled: boolean
  /** The external user of the key; null for none. */
  externalUser: string | null
  /** Names the key in calls: SHA-256 of its first text, in lower-case hex. */
  hash: string
  /** When it was last used; null: never. Absent where the server is too old to tell. */
  lastUsedAt?: Date | null | undefined
  /** The name of the key. */
  name: string
  /** Null on a fresh key. */
  updatedAt: string | null
  /** The workspace of the key. */
  workspaceId: string
}

/** The key that was made. */
export type CreateKeysData = KeyData
/** The key that was read. */
export type GetKeyData = KeyData
/** A key of a list. */
export type ListData = KeyData
/** The key after its change. */
export type UpdateKeysData = KeyData

/** @deprecated Always the same. */
export interface RateLimit {
  /** Always `10s`. */
  interval: string
  /** Says that it means nothing. */
  note: string
  /** Always -1. */
  requests: number
}

/** A key as its holder sees it. */
export interface GetCurrentKeyData extends Spending {
  /** Where data may be processed. */
  allowedDataRegions: AllowedDataRegion[]
  /** Requests that cost nothing; a Latchkey server has none. */
  freeModelDailyRequests: FreeModelDailyRequests
  /** Always false of a Latchkey server. */
  isFreeTier: boolean
  /** Whether it may manage keys. */
  isManagementKey: boolean
  /** @deprecated The same as isManagementKey. */
  isProvisioningKey: boolean
  /** Always null of a Latchkey server. */
  organizationId: string | null
  /** @deprecated Always the same. */
  rateLimit: RateLimit
  /** The workspace of the key. */
  workspaceId: string | null
}

/** The key that the call was made with. */
export interface GetCurrentKeyResponse {
  /** The key. */
  data: GetCurrentKeyData
}

/** At most 100 keys, the newest first. */
export interface ListResponse {
  /** The keys; an empty list is past the last page. */
  data: KeyData[]
}

/** The key and its text. */
export interface CreateKeysResponse {
  /** The key. */
  data: KeyData
  /** The key's text; it is never shown again. */
  key: string
}

/** The key. */
export interface GetKeyResponse {
  /** The key. */
  data: KeyData
}

/** The key after its change. */
export interface UpdateKeysResponse {
  /** The key. */
  data: KeyData
}

/** The key is gone. */
export interface DeleteKeysResponse {
  /** Always true. */
  deleted: true
}

/** Asks for the money. */
export interface GetCreditsRequest extends Globals {}

/** The amounts of money, in USD. */
export interface GetCreditsData {
  /** The credits in total. */
  totalCredits: number
  /** The used credits. */
  totalUsage: number
}

/** The answer of `getCredits`. */
export interface GetCreditsResponse {
  /** The amounts of money. */
  data: GetCreditsData
}

/** The words that `groupBy` may be. */
export const GroupBy: { readonly Workspace: 'workspace' } = { Workspace: 'workspace' }
/** One of them, or a word of a newer server. */
export type GroupBy = 'workspace' | Word

/** The records and the day of an activity report. */
export interface GetUserActivityRequest extends Globals {
  /** One of the last 30 completed UTC days (`2026-08-24`); all of them when absent. */
  date?: string | undefined
  /** Only the activity of this key. */
  apiKeyHash?: string | undefined
  /** Only the activity of this user. */
  userId?: string | undefined
  /** `workspace` has one item per workspace, each with its id. */
  groupBy?: GroupBy | undefined
  /** Only the activity of this workspace. */
  workspaceId?: string | undefined
}
