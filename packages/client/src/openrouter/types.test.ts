import { expect, test } from 'bun:test'
import type { HTTPClient as OfficialHTTPClient, SDKOptions as OfficialOptions } from '@openrouter/sdk'
import type { RetryConfig as OfficialRetryConfig } from '@openrouter/sdk/lib/retries.js'
import type { RequestOptions as OfficialRequestOptions } from '@openrouter/sdk/lib/sdks.js'
import type * as officialErrors from '@openrouter/sdk/models/errors'
import type * as official from '@openrouter/sdk/models/operations'
import type { APIKeys as OfficialAPIKeys } from '@openrouter/sdk/sdk/apikeys.js'
import type { APIKeys, HTTPClientLike, RequestOptions, RetryConfig, SDKOptions } from './index.ts'
import type * as errors from './models/errors.ts'
import type * as ours from './models/operations.ts'

// The compiler is the test: each line below fails `npm run check` where callers of the official client would have to
// change their code.

/** Does not compile unless every A is a B. */
type Is<A extends B, B> = [A, B]

/** The arguments of calls: ours takes everything that the official client takes. */
export type Requests = [
  Is<official.GetCurrentKeyRequest, ours.GetCurrentKeyRequest>,
  Is<official.ListRequest, ours.ListRequest>,
  Is<official.CreateKeysRequest, ours.CreateKeysRequest>,
  Is<official.CreateKeysRequestBody, ours.CreateKeysRequestBody>,
  Is<official.External, ours.External>,
  Is<official.GetKeyRequest, ours.GetKeyRequest>,
  Is<official.UpdateKeysRequest, ours.UpdateKeysRequest>,
  Is<official.UpdateKeysRequestBody, ours.UpdateKeysRequestBody>,
  Is<official.DeleteKeysRequest, ours.DeleteKeysRequest>,
  Is<official.CreateKeysLimitReset, ours.CreateKeysLimitReset>,
  Is<official.UpdateKeysLimitReset, ours.UpdateKeysLimitReset>,
  Is<OfficialRequestOptions, RequestOptions>,
  Is<OfficialRetryConfig, RetryConfig>,
  Is<OfficialHTTPClient, HTTPClientLike>,
  Is<Omit<OfficialOptions, 'httpClient'>, SDKOptions>,
]

/** The results of calls: ours fits everywhere a value of the official client fits. */
export type Responses = [
  Is<ours.ListResponse, official.ListResponse>,
  Is<ours.CreateKeysResponse, official.CreateKeysResponse>,
  Is<ours.GetKeyResponse, official.GetKeyResponse>,
  Is<ours.UpdateKeysResponse, official.UpdateKeysResponse>,
  Is<ours.DeleteKeysResponse, official.DeleteKeysResponse>,
  Is<
    Omit<ours.GetCurrentKeyData, 'allowedDataRegions'>,
    Omit<official.GetCurrentKeyData, 'allowedDataRegions'>
  >,
  Is<errors.OpenRouterError, officialErrors.OpenRouterError>,
  Is<errors.BadRequestResponseError, officialErrors.BadRequestResponseError>,
  Is<errors.ResponseValidationError, officialErrors.ResponseValidationError>,
  Is<errors.ConnectionError, officialErrors.ConnectionError>,
]

/** And the methods as a whole. */
export type Methods = Is<
  Pick<APIKeys, 'list' | 'create' | 'get' | 'update' | 'delete'>,
  Pick<OfficialAPIKeys, 'list' | 'create' | 'get' | 'update' | 'delete'>
>

test('requests that are written out fit both', () => {
  const create = {
    requestBody: { name: 'n', limit: 5, limitReset: 'monthly', expiresAt: new Date(0), creatorUserId: null },
  } satisfies official.CreateKeysRequest satisfies ours.CreateKeysRequest
  const update = {
    hash: 'h',
    requestBody: { limit: null },
  } satisfies official.UpdateKeysRequest satisfies ours.UpdateKeysRequest
  const list = {
    includeDisabled: true,
    offset: null,
  } satisfies official.ListRequest satisfies ours.ListRequest
  // @ts-expect-error a creation must have a name
  const nameless: ours.CreateKeysRequest = { requestBody: {} }
  // @ts-expect-error the expiry is a Date
  const textual: ours.CreateKeysRequestBody = { name: 'n', expiresAt: '2030-01-01T00:00:00Z' }
  // @ts-expect-error there is no such member
  const unknown: ours.UpdateKeysRequestBody = { expiresAt: null }
  expect([create, update, list, nameless, textual, unknown]).toHaveLength(6)
})
