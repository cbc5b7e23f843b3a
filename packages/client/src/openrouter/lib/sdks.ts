import { type SDKOptions, serverURLFromOptions } from './config.ts'
import type { RetryConfig } from './retries.ts'

/** What may be set for one call. Members of RequestInit go to `fetch`, except that redirects are never followed. */
export type RequestOptions = {
  /** Per attempt, in milliseconds. */
  timeoutMs?: number | undefined
  /** In place of the client's. */
  retries?: RetryConfig | undefined
  /** Statuses to repeat at: `429` is one, `5XX` is a class. */
  retryCodes?: string[] | undefined
  /** In place of the client's. */
  serverURL?: string | URL | undefined
  /** @deprecated Its members stand in RequestOptions itself. */
  fetchOptions?: Omit<RequestInit, 'method' | 'body'> | undefined
} & Omit<RequestInit, 'method' | 'body'>

/** What every client is made of: its options, and where its server is. */
export class ClientSDK {
  /** @internal */
  readonly _options: SDKOptions
  /** @internal */
  readonly _baseURL: URL | null

  constructor(options: SDKOptions = {}) {
    this._options = options
    this._baseURL = serverURLFromOptions(options)
  }
}
