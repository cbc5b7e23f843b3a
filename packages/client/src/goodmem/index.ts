/**
 * A client with the surface of `@pairsystems/goodmem-client`, for its keys, users and system, and of its successor.
 *
 * @example
 * import GoodMemClient from '@latchkey/client/goodmem'
 *
 * const client = new GoodMemClient.ApiClient('http://127.0.0.1:8080')
 * client.defaultHeaders['x-api-key'] = process.env.LATCHKEY_API_KEY ?? ''
 * const { apiKeyMetadata } = await new GoodMemClient.APIKeysApi(client).createApiKey({ labels: { environment: 'ci' } })
 * console.log(apiKeyMetadata)
 *
 * @module
 */
import { ApiClient } from './api-client.ts'
import { APIKeysApi, SystemApi, UsersApi } from './apis.ts'
import { Goodmem } from './goodmem.ts'
import {
  ApiKeyResponse,
  CreateApiKeyRequest,
  CreateApiKeyResponse,
  ListApiKeysResponse,
  SystemInfoResponse,
  SystemInitResponse,
  UpdateApiKeyRequest,
  UserResponse,
} from './models.ts'

export type { Authentication, WithHttpInfo } from './api-client.ts'
export { APIError, ApiClientError, type ApiResponse, NetworkError, ParseError } from './errors.ts'
export { type ApiKeysListOptions, type GoodmemOptions, type GoodmemRequestOptions, Page } from './goodmem.ts'
export {
  APIKeysApi,
  ApiClient,
  ApiKeyResponse,
  CreateApiKeyRequest,
  CreateApiKeyResponse,
  Goodmem as Client,
  Goodmem,
  ListApiKeysResponse,
  SystemApi,
  SystemInfoResponse,
  SystemInitResponse,
  UpdateApiKeyRequest,
  UserResponse,
  UsersApi,
}

interface GoodMemClient {
  ApiClient: typeof ApiClient
  APIKeysApi: typeof APIKeysApi
  UsersApi: typeof UsersApi
  SystemApi: typeof SystemApi
  CreateApiKeyRequest: typeof CreateApiKeyRequest
  CreateApiKeyResponse: typeof CreateApiKeyResponse
  UpdateApiKeyRequest: typeof UpdateApiKeyRequest
  ApiKeyResponse: typeof ApiKeyResponse
  ListApiKeysResponse: typeof ListApiKeysResponse
  UserResponse: typeof UserResponse
  SystemInfoResponse: typeof SystemInfoResponse
  SystemInitResponse: typeof SystemInitResponse
  Goodmem: typeof Goodmem
  Client: typeof Goodmem
}

/** Everything in one object, as callers of the first client import it. */
const GoodMemClient: GoodMemClient = {
  ApiClient,
  APIKeysApi,
  UsersApi,
  SystemApi,
  CreateApiKeyRequest,
  CreateApiKeyResponse,
  UpdateApiKeyRequest,
  ApiKeyResponse,
  ListApiKeysResponse,
  UserResponse,
  SystemInfoResponse,
  SystemInitResponse,
  Goodmem,
  Client: Goodmem,
}

// biome-ignore lint/style/noDefaultExport: callers of the first client import it so.
export { GoodMemClient as default }
