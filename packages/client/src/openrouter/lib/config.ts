import { environment } from '../../environment.ts'
import { baseUrlOf } from '../../transport/base-url.ts'
import { VERSION } from '../../version.ts'
import type { HTTPClientLike } from './http.ts'
import type { RetryConfig } from './retries.ts'

/** The name of the public server. */
export const ServerProduction: 'production' = 'production'

/** Servers with a name. */
export const ServerList: { readonly production: 'https://openrouter.ai/api/v1' } = {
  production: 'https://openrouter.ai/api/v1',
}

/** The name and version of this package. */
export const SDK_METADATA: {
  readonly language: 'typescript'
  readonly openapiDocVersion: string
  readonly sdkVersion: string
  readonly genVersion: string
  readonly userAgent: string
} = {
  language: 'typescript',
  openapiDocVersion: '1.0.0',
  sdkVersion: VERSION,
  genVersion: VERSION,
  userAgent: `latchkey-client/${VERSION} openrouter`,
}

/** Gets each request and response, never with the credential or a body. */
export interface Logger {
  /** Begins lines that belong together. */
  group(label?: string): void
  /** Ends them. */
  groupEnd(): void
  /** Takes one line. */
  // biome-ignore lint/suspicious/noExplicitAny: so that `console` is one.
  log(message: any, ...args: any[]): void
}

/** The options of a client. */
export interface SDKOptions {
  /** The credential, or a function that returns it before each call. OPENROUTER_API_KEY when absent. */
  apiKey?: string | (() => Promise<string>) | undefined
  /** Sent as HTTP-Referer. OPENROUTER_HTTP_REFERER when absent. */
  httpReferer?: string | undefined
  /** Sent as X-OpenRouter-Title. OPENROUTER_APP_TITLE when absent. */
  appTitle?: string | undefined
  /** Sent as X-OpenRouter-Categories. OPENROUTER_APP_CATEGORIES when absent. */
  appCategories?: string | undefined
  /** Sends the requests in place of `fetch`. */
  httpClient?: HTTPClientLike | undefined
  /** A server by its name. */
  server?: keyof typeof ServerList | undefined
  /**
   * The URL of the server, with the version path: `https://keys.example.com/api/v1`. OPENROUTER_BASE_URL when absent. There is no
   * default, because a call to the wrong server would give it the key.
   */
  serverURL?: string | undefined
  /** In place of the client's own. */
  userAgent?: string | undefined
  /** Repeats for up to an hour when absent. */
  retryConfig?: RetryConfig | undefined
  /** Per attempt, in milliseconds; unlimited when absent. */
  timeoutMs?: number | undefined
  /** The logger of requests and responses; none when absent. */
  debugLogger?: Logger | undefined
}

const SETTINGS = {
  apiKey: 'OPENROUTER_API_KEY',
  httpReferer: 'OPENROUTER_HTTP_REFERER',
  appTitle: 'OPENROUTER_APP_TITLE',
  appCategories: 'OPENROUTER_APP_CATEGORIES',
  serverURL: 'OPENROUTER_BASE_URL',
} as const

/** The settings of the environment, for absent options. */
export function setting(name: keyof typeof SETTINGS): string | undefined {
  return environment(SETTINGS[name])
}

/** The base URL that the options and the environment name; null where they name none. */
export function serverURLFromOptions(options: SDKOptions): URL | null {
  const named = options.server && ServerList[options.server]
  const url = options.serverURL || named || setting('serverURL')
  return url ? baseURL(url) : null
}

/** Reads a base URL. Throws a TypeError that describes a valid one. */
export function baseURL(url: string | URL): URL {
  return baseUrlOf(url, { name: 'serverURL', example: 'https://keys.example.com/api/v1', query: true })
}
