import { type ModelClass, numeric } from './conversion.ts'
import { ApiClientError } from './errors.ts'
import {
  ApiKeyResponse,
  CreateApiKeyResponse,
  ListApiKeysResponse,
  SystemInfoResponse,
  SystemInitResponse,
  UserResponse,
} from './models.ts'

// The checks that a response must pass before a program relies on it. The models accept any members, like those of the first client;
// these checks only ensure that the response belongs to the call.

/** The first place at which an answer is malformed. */
type Check = (data: unknown) => string | undefined

const KEY_NAMES = ['apiKeyId', 'userId', 'status']
const KEY_TIMES = ['createdAt', 'updatedAt']

const CHECKS = new Map<ModelClass, Check>([
  [ApiKeyResponse, keyFault],
  [CreateApiKeyResponse, createdFault],
  [ListApiKeysResponse, listFault],
  [UserResponse, userFault],
  [
    SystemInitResponse,
    (data) => (typeof member(data, 'alreadyInitialized') === 'boolean' ? undefined : 'alreadyInitialized'),
  ],
  [SystemInfoResponse, (data) => namesFault(data, ['version'])],
])

/**
 * Throws an ApiClientError when a success does not fit this model: another object, or one without its essential members; without a model,
 * any status but the one for a completed call, because a proxy's page is not a deletion. The message names places, never values.
 */
export function checkAnswer(status: number, data: unknown, model: ModelClass | null): void {
  if (model === null ? status !== 204 : status !== 200 && status !== 201)
    throw new ApiClientError(`the call is never answered with ${status}.`)
  const fault = model && CHECKS.get(model)?.(data)
  if (fault) throw new ApiClientError(`\`${fault}\` is missing or not what it must be.`)
}

function keyFault(data: unknown): string | undefined {
  return (
    namesFault(data, KEY_NAMES) ??
    // It is empty for a key that was imported by its digest, whose text nobody knows.
    (typeof member(data, 'keyPrefix') === 'string' ? undefined : 'keyPrefix') ??
    timesFault(data, KEY_TIMES) ??
    wordsFault(member(data, 'labels'))
  )
}

function userFault(data: unknown): string | undefined {
  // It is empty for a user without an address.
  if (typeof member(data, 'email') !== 'string') return 'email'
  return namesFault(data, ['userId']) ?? timesFault(data, KEY_TIMES)
}

function createdFault(data: unknown): string | undefined {
  const fault = keyFault(member(data, 'apiKeyMetadata'))
  return fault === undefined ? namesFault(data, ['rawApiKey']) : `apiKeyMetadata.${fault}`
}

function listFault(data: unknown): string | undefined {
  const keys = member(data, 'keys')
  if (!Array.isArray(keys)) return 'keys'
  for (const [index, key] of keys.entries()) {
    const fault = keyFault(key)
    if (fault !== undefined) return `keys[${index}].${fault}`
  }
  const next = member(data, 'nextToken')
  return typeof next === 'string' || next === undefined || next === null ? undefined : 'nextToken'
}

function namesFault(data: unknown, names: readonly string[]): string | undefined {
  return names.find((name) => {
    const value = member(data, name)
    return typeof value !== 'string' || value === ''
  })
}

function timesFault(data: unknown, names: readonly string[]): string | undefined {
  return names.find((name) => !numeric(member(data, name)))
}

function wordsFault(labels: unknown): string | undefined {
  if (labels === undefined || labels === null) return undefined
  const fits = typeof labels === 'object' && !Array.isArray(labels)
  return fits && Object.values(labels).every((label) => typeof label === 'string') ? undefined : 'labels'
}

function member(data: unknown, name: string): unknown {
  return (data as Record<string, unknown> | null | undefined)?.[name]
}
