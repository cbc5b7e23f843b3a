import type { Word } from '../words.ts'
import { check, type Fields, fill } from './conversion.ts'

type Labels = Record<string, string>

interface Status {
  /** No key has this status. */
  STATUS_UNSPECIFIED: 'STATUS_UNSPECIFIED'
  /** The key is accepted. */
  ACTIVE: 'ACTIVE'
  /** The key is refused. */
  INACTIVE: 'INACTIVE'
}

const STATUS: Status = {
  STATUS_UNSPECIFIED: 'STATUS_UNSPECIFIED',
  ACTIVE: 'ACTIVE',
  INACTIVE: 'INACTIVE',
}

const LABELS = { String: 'String' } as const
const KEY: Fields = {
  apiKeyId: 'String',
  userId: 'String',
  keyPrefix: 'String',
  status: 'String',
  labels: LABELS,
  expiresAt: 'Number',
  lastUsedAt: 'Number',
  createdAt: 'Number',
  updatedAt: 'Number',
  createdById: 'String',
  updatedById: 'String',
}
const CREATE: Fields = { labels: LABELS, expiresAt: 'Number', apiKeyId: 'String' }
const UPDATE: Fields = { status: 'String', replaceLabels: LABELS, mergeLabels: LABELS }
const USER: Fields = {
  userId: 'String',
  email: 'String',
  displayName: 'String',
  username: 'String',
  createdAt: 'Number',
  updatedAt: 'Number',
}
const INIT: Fields = {
  alreadyInitialized: 'Boolean',
  message: 'String',
  rootApiKey: 'String',
  userId: 'String',
}

/** A key without its text. Times are milliseconds since the epoch. */
export class ApiKeyResponse {
  /** Names the key in calls. */
  declare apiKeyId: string
  /** The owner. */
  declare userId: string
  /** The first characters of the key's text. */
  declare keyPrefix: string
  /** ACTIVE opens, INACTIVE does not until it is made active again. */
  declare status: 'ACTIVE' | 'INACTIVE' | 'STATUS_UNSPECIFIED' | Word
  /** Up to 20 entries. */
  declare labels: Labels
  /** Null: never. */
  declare expiresAt?: number | null | undefined
  /** Null: never yet. */
  declare lastUsedAt?: number | null | undefined
  /** Milliseconds since the epoch. */
  declare createdAt: number
  /** Milliseconds since the epoch. */
  declare updatedAt: number
  /** The user that created it. */
  declare createdById: string
  /** The user that changed it last. */
  declare updatedById: string
  /** The values of `status`. */
  static StatusEnum: Status = STATUS

  /** Reads one out of JSON; members that are not known are dropped. */
  static constructFromObject(data: unknown, target?: ApiKeyResponse): ApiKeyResponse {
    return fill(target ?? new ApiKeyResponse(), data, KEY)
  }

  /** Throws where a member is not of its kind. */
  static validateJSON(data: unknown): true {
    return check(data, KEY)
  }
}

/** The members of a new key; all are optional. */
export class CreateApiKeyRequest {
  /** Up to 20 entries. */
  declare labels?: Labels | null | undefined
  /** Milliseconds since the epoch, as a number or text; must be later than now. */
  declare expiresAt?: number | string | null | undefined
  /** A UUID of the caller's choice. */
  declare apiKeyId?: string | null | undefined

  /** Reads one out of JSON; members that are not known are dropped. */
  static constructFromObject(data: unknown, target?: CreateApiKeyRequest): CreateApiKeyRequest {
    return fill(target ?? new CreateApiKeyRequest(), data, CREATE)
  }

  /** Throws where a member is not of its kind. */
  static validateJSON(data: unknown): true {
    return check(data, CREATE)
  }
}

/** A new key and its text, which is never shown again. */
export class CreateApiKeyResponse {
  /** The key without its text. */
  declare apiKeyMetadata: ApiKeyResponse
  /** The key's text; it is never shown again. */
  declare rawApiKey: string

  /** Reads one out of JSON; members that are not known are dropped. */
  static constructFromObject(data: unknown, target?: CreateApiKeyResponse): CreateApiKeyResponse {
    const fields: Fields = { apiKeyMetadata: ApiKeyResponse, rawApiKey: 'String' }
    return fill(target ?? new CreateApiKeyResponse(), data, fields)
  }

  /** Throws where a member is not of its kind. */
  static validateJSON(data: unknown): true {
    check(data, { apiKeyMetadata: {}, rawApiKey: 'String' })
    return check((data as CreateApiKeyResponse | null)?.apiKeyMetadata, KEY)
  }
}

/** The changes of a key; `replaceLabels` and `mergeLabels` exclude each other. */
export class UpdateApiKeyRequest {
  /** ACTIVE opens, INACTIVE does not until it is made active again. */
  declare status?: 'ACTIVE' | 'INACTIVE' | 'STATUS_UNSPECIFIED' | Word | null | undefined
  /** In place of all labels. */
  declare replaceLabels?: Labels | null | undefined
  /** Added to the labels, or in place of those of the same name. */
  declare mergeLabels?: Labels | null | undefined
  /** The values of `status`. */
  static StatusEnum: Status = STATUS

  /** Reads one out of JSON; members that are not known are dropped. */
  static constructFromObject(data: unknown, target?: UpdateApiKeyRequest): UpdateApiKeyRequest {
    return fill(target ?? new UpdateApiKeyRequest(), data, UPDATE)
  }

  /** Throws where a member is not of its kind. */
  static validateJSON(data: unknown): true {
    return check(data, UPDATE)
  }
}

/** The keys that the caller may see. */
export class ListApiKeysResponse {
  /** Newest first. */
  declare keys: ApiKeyResponse[]

  /** Reads one out of JSON; members that are not known are dropped. */
  static constructFromObject(data: unknown, target?: ListApiKeysResponse): ListApiKeysResponse {
    return fill(target ?? new ListApiKeysResponse(), data, { keys: [ApiKeyResponse] })
  }

  /** Throws where a member is not of its kind. */
  static validateJSON(data: unknown): true {
    check(data, { keys: ['Object'] })
    for (const key of (data as ListApiKeysResponse | null)?.keys ?? []) check(key, KEY)
    return true
  }
}

/** A user. Times are milliseconds since the epoch. */
export class UserResponse {
  /** Names the user in calls. */
  declare userId: string
  /** No two users have the same. */
  declare email: string
  /** The displayed name of the user. */
  declare displayName: string
  /** No two users have the same. */
  declare username?: string | null | undefined
  /** Milliseconds since the epoch. */
  declare createdAt: number
  /** Milliseconds since the epoch. */
  declare updatedAt: number

  /** Reads one out of JSON; members that are not known are dropped. */
  static constructFromObject(data: unknown, target?: UserResponse): UserResponse {
    return fill(target ?? new UserResponse(), data, USER)
  }

  /** Throws where a member is not of its kind. */
  static validateJSON(data: unknown): true {
    return check(data, USER)
  }
}

/** Whether this call set the server up, and then its first key. */
export class SystemInitResponse {
  /** False for the one call that set the server up. */
  declare alreadyInitialized: boolean
  /** The same in words. */
  declare message: string
  /** The text of the first key, only when it was made just now. */
  declare rootApiKey?: string | null | undefined
  /** The root user; null afterwards. */
  declare userId?: string | null | undefined

  /** Reads one out of JSON; members that are not known are dropped. */
  static constructFromObject(data: unknown, target?: SystemInitResponse): SystemInitResponse {
    return fill(target ?? new SystemInitResponse(), data, INIT)
  }

  /** Throws where a member is not of its kind. */
  static validateJSON(data: unknown): true {
    return check(data, INIT)
  }
}

/** A server's description of itself; all but its version is for people. */
export class SystemInfoResponse {
  /** The version of the server. */
  declare version: string;
  [name: string]: unknown

  /** Reads one out of JSON; all members are kept. */
  static constructFromObject(data: unknown, target?: SystemInfoResponse): SystemInfoResponse {
    const made = fill(target ?? new SystemInfoResponse(), data, { version: 'String' })
    return Object.assign(made, data, { ...made })
  }

  /** Throws where a member is not of its kind. */
  static validateJSON(data: unknown): true {
    return check(data, { version: 'String' })
  }
}
