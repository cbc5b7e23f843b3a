/**
 * A client with the surface of `@openrouter/sdk`, for its keys, credits and activity.
 *
 * @example
 * import { OpenRouter } from '@latchkey/client/openrouter'
 *
 * const client = new OpenRouter({ serverURL: 'http://127.0.0.1:8080/api/v1', apiKey: process.env.LATCHKEY_API_KEY ?? '' })
 * const { key } = await client.apiKeys.create({ requestBody: { name: 'agent', limit: 5, limitReset: 'daily' } })
 * console.log(key)
 *
 * @module
 */
export { OpenRouterCore } from './core.ts'
export type { CallError } from './lib/call.ts'
export {
  type Logger,
  SDK_METADATA,
  type SDKOptions,
  ServerList,
  ServerProduction,
  serverURLFromOptions,
} from './lib/config.ts'
export {
  type BeforeRequestHook,
  type Fetcher,
  HTTPClient,
  type HTTPClientLike,
  type HTTPClientOptions,
  type RequestErrorHook,
  type ResponseHook,
} from './lib/http.ts'
export type { BackoffStrategy, RetryConfig } from './lib/retries.ts'
export type { RequestOptions } from './lib/sdks.ts'
export { Analytics } from './sdk/analytics.ts'
export { APIKeys } from './sdk/apikeys.ts'
export { Credits } from './sdk/credits.ts'
export { OpenRouter } from './sdk/sdk.ts'
export { type APICall, APIPromise } from './types/async.ts'
