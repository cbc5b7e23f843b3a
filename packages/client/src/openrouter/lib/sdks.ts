import { type SDKOptions, serverURLFromOptions } from './config.ts'
import type { RetryConfig } from './retries.ts'

type Init = Omit<RequestInit, 'method' | 'body'>

/** The options of one call. Members of RequestInit go to `fetch`, except that redirects are never followed. */
export type RequestOptions = {
  /** Per attempt, in milliseconds. */
  timeoutMs?: number | undefined
  /** In place of the client's. */
  retries?: RetryConfig | undefined
  /** Statuses to repeat at: `429` is one, `5XX` is a class. */
  retryCodes?: string[] | undefined
  /** In place of the client's. */
  serverURL?: string | URL | undefined
  /** @deprecated Its members are in RequestOptions itself. */
  fetchOptions?: { [Name in keyof Init]: Init[Name] | undefined } | undefined
} & { [Name in keyof Init]: Init[Name] | undefined }

/** The base of every client: its options, and the URL of its server. */
export class ClientSDK {
  // Private, so that logging a client does not log its key.
  readonly #options: SDKOptions
  /** @internal */
  readonly _baseURL: URL | null

  constructor(options: SDKOptions = {}) {
    this.#options = options
    this._baseURL = serverURLFromOptions(options)
  }

  /** @internal */
  get _options(): SDKOptions {
    return this.#options
  }
}
