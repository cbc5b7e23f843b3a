import type { FreeModelDailyRequests } from './index.ts'

/** Headers that name the calling application; each falls back to the client's option of that name. */
export interface Globals {
  httpReferer?: string | undefined
  appTitle?: string | undefined
  appCategories?: string | undefined
}

type Word = string & Record<never, never>

/** When the spent part of a limit starts again at zero; a server may know more words. */
export type LimitReset = 'daily' | 'weekly' | 'monthly' | Word

interface LimitResetWords {
  readonly Daily: 'daily'
  readonly Weekly: 'weekly'
  readonly Monthly: 'monthly'
}

/** The words that `limitReset` may be. */
export const CreateKeysLimitReset: LimitResetWords = { Daily: 'daily', Weekly: 'weekly', Monthly: 'monthly' }
export type CreateKeysLimitReset = LimitReset

/** The words that `limitReset` may be. */
export const UpdateKeysLimitReset: LimitResetWords = { Daily: 'daily', Weekly: 'weekly', Monthly: 'monthly' }
export type UpdateKeysLimitReset = LimitReset

/** Where data may be processed. */
export const AllowedDataRegion: { readonly Global: 'global'; readonly Europe: 'europe'; readonly Us: 'us' } =
  {
    Global: 'global',
    Europe: 'europe',
    Us: 'us',
  }
export type AllowedDataRegion = 'global' | 'europe' | 'us' | Word

/** A user of a system outside. */
export interface External {
  /** A key that was made outside. */
  apiKey?: string | undefined
  user: string
}

/** What a new key is made of. */
export interface CreateKeysRequestBody {
  creatorUserId?: string | null | undefined
  /** Leaves as UTC; null or absent: never. */
  expiresAt?: Date | null | undefined
  external?: External | undefined
  includeByokInLimit?: boolean | undefined
  /** USD; null or absent: unlimited. */
  limit?: number | null | undefined
  limitReset?: LimitReset | null | undefined
  name: string
  workspaceId?: string | undefined
}

/** What changes of a key: an absent member stays, null clears it. */
export interface UpdateKeysRequestBody {
  disabled?: boolean | undefined
  includeByokInLimit?: boolean | undefined
  /** USD; null: unlimited. */
  limit?: number | null | undefined
  limitReset?: LimitReset | null | undefined
  name?: string | undefined
}

export interface GetCurrentKeyRequest extends Globals {}

export interface ListRequest extends Globals {
  /** False when absent. */
  includeDisabled?: boolean | undefined
  /** How many of the newest keys to skip. */
  offset?: number | null | undefined
  /** The default workspace when absent. */
  workspaceId?: string | undefined
}

export interface CreateKeysRequest extends Globals {
  requestBody: CreateKeysRequestBody
}

export interface GetKeyRequest extends Globals {
  /** Of the key: SHA-256 of its text, in lower-case hex. */
  hash: string
}

export interface UpdateKeysRequest extends GetKeyRequest {
  requestBody: UpdateKeysRequestBody
}

export interface DeleteKeysRequest extends GetKeyRequest {}

/** What both forms of a key have. Amounts are USD; weeks begin on Monday, days at 00:00 UTC. */
interface Spending {
  byokUsage: number
  byokUsageDaily: number
  byokUsageMonthly: number
  byokUsageWeekly: number
  creatorUserId: string | null
  /** Null or absent: never. */
  expiresAt?: Date | null | undefined
  includeByokInLimit: boolean
  /** A mask of the key. */
  label: string
  /** Null: unlimited. */
  limit: number | null
  limitRemaining: number | null
  limitReset: string | null
  usage: number
  usageDaily: number
  usageMonthly: number
  usageWeekly: number
}

/** A key as its managers see it. */
export interface KeyData extends Spending {
  createdAt: string
  disabled: boolean
  externalUser: string | null
  hash: string
  name: string
  /** Null on a fresh key. */
  updatedAt: string | null
  workspaceId: string
}

export type CreateKeysData = KeyData
export type GetKeyData = KeyData
export type ListData = KeyData
export type UpdateKeysData = KeyData

/** @deprecated Always the same. */
export interface RateLimit {
  interval: string
  note: string
  requests: number
}

/** A key as its holder sees it. */
export interface GetCurrentKeyData extends Spending {
  allowedDataRegions: AllowedDataRegion[]
  freeModelDailyRequests: FreeModelDailyRequests
  isFreeTier: boolean
  isManagementKey: boolean
  /** @deprecated The same as isManagementKey. */
  isProvisioningKey: boolean
  organizationId: string | null
  /** @deprecated Always the same. */
  rateLimit: RateLimit
  workspaceId: string | null
}

export interface GetCurrentKeyResponse {
  data: GetCurrentKeyData
}

export interface ListResponse {
  data: KeyData[]
}

export interface CreateKeysResponse {
  data: KeyData
  /** The key's text; it is never shown again. */
  key: string
}

export interface GetKeyResponse {
  data: KeyData
}

export interface UpdateKeysResponse {
  data: KeyData
}

export interface DeleteKeysResponse {
  deleted: true
}
