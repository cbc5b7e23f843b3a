import { describe, expect, test } from 'bun:test'
import {
  APIKeysApi,
  ApiClient,
  ApiKeyResponse,
  CreateApiKeyRequest,
  CreateApiKeyResponse,
  default as GoodMemClient,
  ListApiKeysResponse,
  UpdateApiKeyRequest,
  UsersApi,
} from './index.ts'
import { KEY } from './key.test-support.ts'

describe('the shape of the package', () => {
  test('is a default object with everything, and the same by name', () => {
    expect(GoodMemClient.APIKeysApi).toBe(APIKeysApi)
    expect(GoodMemClient.ApiClient).toBe(ApiClient)
    expect(Object.keys(GoodMemClient).sort()).toEqual([
      'APIKeysApi',
      'ApiClient',
      'ApiKeyResponse',
      'Client',
      'CreateApiKeyRequest',
      'CreateApiKeyResponse',
      'Goodmem',
      'ListApiKeysResponse',
      'SystemApi',
      'SystemInfoResponse',
      'SystemInitResponse',
      'UpdateApiKeyRequest',
      'UserResponse',
      'UsersApi',
    ])
  })

  test('has one default client, which can be replaced', () => {
    const first = ApiClient.instance
    expect(first.basePath).toBe('http://localhost:8080')
    expect(new APIKeysApi().apiClient).toBe(first)
    const other = new ApiClient('http://other:1/')
    ApiClient.instance = other
    expect(new UsersApi().apiClient).toBe(other)
    ApiClient.instance = first
    expect(other.hostSettings()[0]?.url).toBe(other.getBasePathFromSettings(0))
    expect(() => other.getBasePathFromSettings(1)).toThrow('There is no server 1')
  })
})

describe('the values of the generated client', () => {
  test.each([
    ['5', 'Integer', 5],
    ['5.5', 'Number', 5.5],
    [5, 'String', '5'],
    [1, 'Boolean', true],
    ['1970-01-01T00:00:01Z', 'Date', new Date(1_000)],
    ['1000', 'Date', new Date(1_000)],
    [['1', '2'], ['Number'], [1, 2]],
    [{ a: '1' }, { String: 'Number' }, { a: 1 }],
    [null, 'Number', null],
    [{ a: 1 }, 'Object', { a: 1 }],
  ])('%p as %p is %p', (data, kind, expected) => {
    expect(ApiClient.convertToType(data, kind as string)).toEqual(expected)
  })

  test('are put into lists in one way', () => {
    const client = new ApiClient()
    const lists = ['csv', 'ssv', 'tsv', 'pipes'] as const
    expect(lists.map((format) => client.buildCollectionParam(['a', 1], format))).toEqual([
      'a,1',
      'a 1',
      'a\t1',
      'a|1',
    ])
    expect(client.buildCollectionParam(['a', 1], 'multi')).toEqual(['a', '1'])
    const target: Record<string, unknown> = {}
    ApiClient.constructFromObject({ a: '1' }, target, 'Number')
    expect(target).toEqual({ a: 1 })
  })

  test('are checked by the models', () => {
    expect(CreateApiKeyRequest.validateJSON({ labels: {}, expiresAt: '1', apiKeyId: null })).toBe(true)
    expect(ListApiKeysResponse.validateJSON({ keys: [KEY] })).toBe(true)
    expect(() => CreateApiKeyRequest.validateJSON({ labels: [] })).toThrow('`labels` to be an object')
    expect(() => CreateApiKeyRequest.validateJSON({ apiKeyId: 5 })).toThrow('`apiKeyId` to be a string')
    expect(() => ListApiKeysResponse.validateJSON({ keys: {} })).toThrow('`keys` to be an array')
    expect(() => ListApiKeysResponse.validateJSON({ keys: [{ ...KEY, userId: 1 }] })).toThrow('`userId`')
    expect(() => CreateApiKeyResponse.validateJSON({ apiKeyMetadata: { status: 1 } })).toThrow('`status`')
  })

  test('name the states of a key', () => {
    const states = {
      STATUS_UNSPECIFIED: 'STATUS_UNSPECIFIED',
      ACTIVE: 'ACTIVE',
      INACTIVE: 'INACTIVE',
    } as const
    expect(ApiKeyResponse.StatusEnum).toEqual(states)
    expect(UpdateApiKeyRequest.StatusEnum).toEqual(states)
  })
})
