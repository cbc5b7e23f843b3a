import { baseUrlText } from '../transport/base-url.ts'
import { AbortedFailure, ConnectionFailure, TimeoutFailure } from '../transport/failures.ts'
import { segment } from '../transport/segment.ts'
import {
  type Fetch,
  headersOf,
  type Incoming,
  isRedirect,
  redirectAdvice,
  send,
  tooLargeAdvice,
} from '../transport/send.ts'
import { checkAnswer } from './answers.ts'
import { jsonOf, type ModelClass } from './conversion.ts'
import { APIError, NetworkError, ParseError } from './errors.ts'
import {
  ApiKeyResponse,
  type CreateApiKeyRequest,
  CreateApiKeyResponse,
  ListApiKeysResponse,
  type UpdateApiKeyRequest,
} from './models.ts'

/** The options of the later client. */
export interface GoodmemOptions {
  /** The URL of the server, such as `http://localhost:8080`. */
  baseUrl: string
  /** Sent as `x-api-key`. */
  apiKey: string
  /** Per call, in milliseconds; 60,000 when absent. */
  timeoutMs?: number | undefined
  /** In place of the platform's. */
  fetch?: Fetch | undefined
}

/** The options of one call. */
export interface GoodmemRequestOptions {
  /** Ends the call when it is aborted. */
  signal?: AbortSignal | undefined
  /** The timeout of this call in milliseconds, instead of the client's own. */
  timeoutMs?: number | undefined
  /** Sent with this call, in place of the client's own of the same name. */
  headers?: Record<string, string | undefined> | undefined
}

/** The keys to list. Without `maxResults` a server sends all of them, of which at most 16 MiB are read. */
export interface ApiKeysListOptions {
  /** The size of a page, 1 to 1000. */
  maxResults?: number | undefined
  /** The start of the page: the `nextToken` of the page before. */
  nextToken?: string | undefined
}

/** One page of a list. Iterating over it continues through all further pages. */
export class Page<T> implements AsyncIterable<T> {
  /** The keys of this page. */
  readonly items: T[]
  /** Undefined on the last page. */
  readonly nextToken: string | undefined
  readonly #next: (token: string) => Promise<Page<T>>

  constructor(items: T[], nextToken: string | undefined, next: (token: string) => Promise<Page<T>>) {
    this.items = items
    this.nextToken = nextToken
    this.#next = next
  }

  /** The next page; null if this is the last one. */
  async nextPage(): Promise<Page<T> | null> {
    return this.nextToken === undefined ? null : this.#next(this.nextToken)
  }

  /** Iterates over this page and all further ones. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    const seen = new Set<string>()
    for (let page: Page<T> | null = this; page; page = await page.nextPage()) {
      const { items, nextToken } = page
      if (nextToken !== undefined && seen.has(nextToken)) throw endless()
      if (nextToken !== undefined) seen.add(nextToken)
      yield* items
    }
  }
}

function tooLargeError(incoming: Incoming): Error {
  const advice = `${tooLargeAdvice(incoming)} A list comes in pages with \`maxResults\`.`
  const { status } = incoming
  return status < 300 ? new ParseError(advice) : new APIError(advice, status, '', incoming.headers)
}

function endless(): ParseError {
  return new ParseError('The list does not end: a page names one as the next that was there before.')
}

/** A reader of a response. */
interface Model<T> extends ModelClass {
  constructFromObject(data: unknown): T
}

interface Call {
  body?: unknown
  model: ModelClass | null
  options: GoodmemRequestOptions | undefined
}

/** The later client. Calls reject with an APIError, a NetworkError or a ParseError. */
export class Goodmem {
  /** The keys. */
  readonly apikeys: ApiKeys

  constructor(options: GoodmemOptions) {
    const baseUrl = baseUrlText(options?.baseUrl, { name: 'baseUrl', example: 'http://localhost:8080' })
    this.apikeys = new ApiKeys({ ...options, baseUrl })
  }
}

class ApiKeys {
  readonly #options: GoodmemOptions

  constructor(options: GoodmemOptions) {
    this.#options = options
  }

  /** Creates a key. Its text is in the response and never shown again. */
  create(request: CreateApiKeyRequest = {}, options?: GoodmemRequestOptions): Promise<CreateApiKeyResponse> {
    return this.#call('POST', '', { body: request, model: CreateApiKeyResponse, options })
  }

  /** Reads one key. */
  async get(id: string, options?: GoodmemRequestOptions): Promise<ApiKeyResponse> {
    return this.#call('GET', `/${segment(id)}`, { model: ApiKeyResponse, options })
  }

  /** Lists the keys that the caller may see. */
  async list(list: ApiKeysListOptions = {}, options?: GoodmemRequestOptions): Promise<Page<ApiKeyResponse>> {
    const data = await this.#answer('GET', queryOf(list), { model: ListApiKeysResponse, options })
    const { keys } = ListApiKeysResponse.constructFromObject(data)
    const { nextToken } = data as { nextToken?: string | null | undefined }
    return new Page(keys, nextToken || undefined, (token) =>
      this.list({ ...list, nextToken: token }, options),
    )
  }

  /** Changes the status or the labels of a key. */
  async update(
    id: string,
    request: UpdateApiKeyRequest,
    options?: GoodmemRequestOptions,
  ): Promise<ApiKeyResponse> {
    return this.#call('PUT', `/${segment(id)}`, {
      body: request,
      model: ApiKeyResponse,
      options,
    })
  }

  /** Deletes a key for good; from then on it is refused. */
  async delete(id: string, options?: GoodmemRequestOptions): Promise<void> {
    await this.#answer('DELETE', `/${segment(id)}`, { model: null, options })
  }

  async #call<T>(method: string, rest: string, call: Omit<Call, 'model'> & { model: Model<T> }): Promise<T> {
    const data = await this.#answer(method, rest, call)
    return call.model.constructFromObject(data)
  }

  /** The response as JSON, checked against the model if there is one. */
  async #answer(method: string, rest: string, call: Call): Promise<unknown> {
    const { baseUrl, apiKey, timeoutMs = 60_000, fetch } = this.#options
    const { body, model, options = {} } = call
    const headers = headersOf(
      { accept: 'application/json', ...(apiKey && { 'x-api-key': apiKey }) },
      options.headers,
      body === undefined ? {} : { 'content-type': 'application/json' },
    )
    const incoming = await sent({
      method,
      url: `${baseUrl}/v1/apikeys${rest}`,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: options.signal,
      timeoutMs: options.timeoutMs ?? timeoutMs,
      fetch,
    })
    return resultOf(`${method} /v1/apikeys${rest}`, incoming, model)
  }
}

function queryOf(options: ApiKeysListOptions): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(options)) if (value != null) query.set(name, String(value))
  const text = String(query)
  return text && `?${text}`
}

async function sent(outgoing: Parameters<typeof send>[0]): Promise<Incoming> {
  try {
    return await send(outgoing)
  } catch (cause) {
    const expected =
      cause instanceof ConnectionFailure || cause instanceof TimeoutFailure || cause instanceof AbortedFailure
    throw expected ? new NetworkError(cause.message, { cause }) : cause
  }
}

function resultOf(operation: string, incoming: Incoming, model: ModelClass | null): unknown {
  const { status, headers, text, tooLarge } = incoming
  const data = jsonOf(text)
  if (isRedirect(incoming)) throw new APIError(redirectAdvice(incoming), status, text, headers)
  if (tooLarge) throw tooLargeError(incoming)
  if (status < 200 || status >= 300) {
    const reason = (data as { error?: unknown } | undefined)?.error
    const detail = typeof reason === 'string' ? `: ${reason}` : ''
    throw new APIError(`${operation} was answered with ${status}${detail}`, status, data ?? text, headers)
  }
  try {
    checkAnswer(status, data, model)
    return data
  } catch (cause) {
    throw new ParseError(`The answer to ${operation} cannot be read: ${(cause as Error).message}`, { cause })
  }
}
