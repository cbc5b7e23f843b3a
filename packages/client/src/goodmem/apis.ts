import { ApiClient, type WithHttpInfo } from './api-client.ts'
import type { ModelClass } from './conversion.ts'
import { ApiClientError, type ApiResponse } from './errors.ts'
import {
  ApiKeyResponse,
  type CreateApiKeyRequest,
  CreateApiKeyResponse,
  ListApiKeysResponse,
  SystemInfoResponse,
  SystemInitResponse,
  type UpdateApiKeyRequest,
  UserResponse,
} from './models.ts'

const JSON_TYPE = 'application/json'

interface Call {
  method: string
  path: string
  pathParams?: Record<string, unknown> | undefined
  body?: unknown
  returns?: ModelClass | undefined
  /** False for the operations that need no key. */
  authenticated?: boolean | undefined
}

async function invoke<T>(client: ApiClient, call: Call): Promise<WithHttpInfo<T>> {
  const { method, path, pathParams = {}, body, returns = null, authenticated = true } = call
  const answered = await client.callApi<T>(
    path,
    method,
    pathParams,
    {},
    {},
    {},
    body,
    authenticated ? ['ApiKeyAuth'] : [],
    [JSON_TYPE],
    returns ? [JSON_TYPE] : [],
    returns,
  )
  if (returns === null) checkDone(`${method} ${path}`, answered.response)
  return answered
}

/** Throws when a call without a result got another response than an empty one: a proxy's page is not a deletion. */
function checkDone(operation: string, response: ApiResponse): void {
  if (response.status === 204) return
  throw new ApiClientError(`The answer to ${operation} cannot be read: it is never ${response.status}.`, {
    response,
  })
}

function need(value: unknown, name: string, operation: string): void {
  if (value === undefined || value === null) {
    throw new Error(`Missing the required parameter '${name}' when calling ${operation}`)
  }
}

/** The keys. Methods named WithHttpInfo resolve to `{ data, response }`, and throw synchronously for a missing argument. */
export class APIKeysApi {
  /** Where the calls go. */
  apiClient: ApiClient

  /** @param apiClient `ApiClient.instance` when absent. */
  constructor(apiClient?: ApiClient) {
    this.apiClient = apiClient ?? ApiClient.instance
  }

  /** {@link createApiKey}, with the answer. */
  createApiKeyWithHttpInfo(
    createApiKeyRequest: CreateApiKeyRequest,
  ): Promise<WithHttpInfo<CreateApiKeyResponse>> {
    need(createApiKeyRequest, 'createApiKeyRequest', 'createApiKey')
    const body = createApiKeyRequest
    return invoke(this.apiClient, {
      method: 'POST',
      path: '/v1/apikeys',
      body,
      returns: CreateApiKeyResponse,
    })
  }

  /** Creates a key. Its text is in the response and never shown again. */
  async createApiKey(createApiKeyRequest: CreateApiKeyRequest): Promise<CreateApiKeyResponse> {
    return (await this.createApiKeyWithHttpInfo(createApiKeyRequest)).data
  }

  /** {@link deleteApiKey}, with the answer. */
  deleteApiKeyWithHttpInfo(id: string): Promise<WithHttpInfo<null>> {
    need(id, 'id', 'deleteApiKey')
    return invoke(this.apiClient, { method: 'DELETE', path: '/v1/apikeys/{id}', pathParams: { id } })
  }

  /** Deletes a key for good; from then on it is refused. */
  async deleteApiKey(id: string): Promise<null> {
    return (await this.deleteApiKeyWithHttpInfo(id)).data
  }

  /** {@link listApiKeys}, with the answer. */
  listApiKeysWithHttpInfo(): Promise<WithHttpInfo<ListApiKeysResponse>> {
    return invoke(this.apiClient, { method: 'GET', path: '/v1/apikeys', returns: ListApiKeysResponse })
  }

  /** Lists all keys that the caller may see, without their texts. */
  async listApiKeys(): Promise<ListApiKeysResponse> {
    return (await this.listApiKeysWithHttpInfo()).data
  }

  /** {@link updateApiKey}, with the answer. */
  updateApiKeyWithHttpInfo(
    id: string,
    updateApiKeyRequest: UpdateApiKeyRequest,
  ): Promise<WithHttpInfo<ApiKeyResponse>> {
    need(id, 'id', 'updateApiKey')
    need(updateApiKeyRequest, 'updateApiKeyRequest', 'updateApiKey')
    const body = updateApiKeyRequest
    const path = '/v1/apikeys/{id}'
    return invoke(this.apiClient, { method: 'PUT', path, pathParams: { id }, body, returns: ApiKeyResponse })
  }

  /** Changes the status or the labels of a key. */
  async updateApiKey(id: string, updateApiKeyRequest: UpdateApiKeyRequest): Promise<ApiKeyResponse> {
    return (await this.updateApiKeyWithHttpInfo(id, updateApiKeyRequest)).data
  }
}

/** The users. */
export class UsersApi {
  /** Where the calls go. */
  apiClient: ApiClient

  /** @param apiClient `ApiClient.instance` when absent. */
  constructor(apiClient?: ApiClient) {
    this.apiClient = apiClient ?? ApiClient.instance
  }

  /** {@link getCurrentUser}, with the answer. */
  getCurrentUserWithHttpInfo(): Promise<WithHttpInfo<UserResponse>> {
    return invoke(this.apiClient, { method: 'GET', path: '/v1/users/me', returns: UserResponse })
  }

  /** Reads the caller. */
  async getCurrentUser(): Promise<UserResponse> {
    return (await this.getCurrentUserWithHttpInfo()).data
  }

  /** {@link getUser}, with the answer. */
  getUserWithHttpInfo(id: string): Promise<WithHttpInfo<UserResponse>> {
    need(id, 'id', 'getUser')
    return invoke(this.apiClient, {
      method: 'GET',
      path: '/v1/users/{id}',
      pathParams: { id },
      returns: UserResponse,
    })
  }

  /** Reads a user by id. */
  async getUser(id: string): Promise<UserResponse> {
    return (await this.getUserWithHttpInfo(id)).data
  }

  /** {@link getUserByEmail}, with the answer. */
  getUserByEmailWithHttpInfo(email: string): Promise<WithHttpInfo<UserResponse>> {
    need(email, 'email', 'getUserByEmail')
    const path = '/v1/users/email/{email}'
    return invoke(this.apiClient, { method: 'GET', path, pathParams: { email }, returns: UserResponse })
  }

  /** Reads a user by e-mail address. */
  async getUserByEmail(email: string): Promise<UserResponse> {
    return (await this.getUserByEmailWithHttpInfo(email)).data
  }
}

/** The server itself. Neither call needs a key. */
export class SystemApi {
  /** Where the calls go. */
  apiClient: ApiClient

  /** @param apiClient `ApiClient.instance` when absent. */
  constructor(apiClient?: ApiClient) {
    this.apiClient = apiClient ?? ApiClient.instance
  }

  /** {@link getSystemInfo}, with the answer. */
  getSystemInfoWithHttpInfo(): Promise<WithHttpInfo<SystemInfoResponse>> {
    const path = '/v1/system/info'
    return invoke(this.apiClient, { method: 'GET', path, returns: SystemInfoResponse, authenticated: false })
  }

  /** Reads the server's version. */
  async getSystemInfo(): Promise<SystemInfoResponse> {
    return (await this.getSystemInfoWithHttpInfo()).data
  }

  /** {@link initializeSystem}, with the answer. */
  initializeSystemWithHttpInfo(): Promise<WithHttpInfo<SystemInitResponse>> {
    const path = '/v1/system/init'
    return invoke(this.apiClient, { method: 'POST', path, returns: SystemInitResponse, authenticated: false })
  }

  /** Sets up an empty server and returns its first key; does nothing on a server that is already set up. */
  async initializeSystem(): Promise<SystemInitResponse> {
    return (await this.initializeSystemWithHttpInfo()).data
  }
}
