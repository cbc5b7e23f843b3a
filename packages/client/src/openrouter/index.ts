/** A client with the surface of `@openrouter/sdk`, for its keys. */
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
