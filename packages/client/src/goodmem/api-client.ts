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
import { VERSION } from '../version.ts'
import type { Word } from '../words.ts'
import { checkAnswer } from './answers.ts'
import { convert, jsonOf, type Kind, parseDate } from './conversion.ts'
import { ApiClientError, type ApiResponse } from './errors.ts'

/** A way to authenticate. Setting `apiKey` is enough. */
export interface Authentication {
  /** Always a key. */
  type: 'apiKey' | Word
  /** Where the key goes. */
  in: 'header' | 'query' | Word
  /** The name of the header or parameter. */
  name: string
  /** The key itself; none is sent while it is empty. */
  apiKey?: string | null | undefined
  /** A prefix before the key, followed by a space. */
  apiKeyPrefix?: string | null | undefined
}

type Parameters = Record<string, unknown>

const PAGES = 'A long list comes in pages from `new Goodmem({ … }).apikeys.list({ maxResults: 1000 })`.'
const BASE_PATH = { name: 'basePath', example: 'http://localhost:8080' }

/** The result of a call together with its response. */
export interface WithHttpInfo<T> {
  /** The result of the plain call. */
  data: T
  /** The whole answer. */
  response: ApiResponse
}

/** The server of the calls, and the way they are made. */
export class ApiClient {
  static #instance: ApiClient | undefined

  /** The client of everybody who names none. */
  static get instance(): ApiClient {
    ApiClient.#instance ??= new ApiClient()
    return ApiClient.#instance
  }
  /** The client of everybody who names none. */
  static set instance(client: ApiClient) {
    ApiClient.#instance = client
  }

  /** The URL of the server. Slashes at its end do not matter. */
  basePath: string
  /** Keys to send. `ApiKeyAuth.apiKey` goes out as `x-api-key`. */
  authentications: Record<string, Authentication> = {
    ApiKeyAuth: { type: 'apiKey', in: 'header', name: 'x-api-key' },
  }
  /** Sent with every request; they win over `authentications`. Undefined ones are not sent. */
  defaultHeaders: Record<string, string | undefined> = {
    'User-Agent': `OpenAPI-Generator/${VERSION}/Javascript`,
  }
  /** Per call, in milliseconds. */
  timeout: number = 60_000
  /** When false, GET requests get a `_` parameter that is always different, so that no cache answers them. */
  cache: boolean = true
  /** When true, a browser sends its cookies. Other runtimes have no cookies to send. */
  enableCookies: boolean = false
  /** Kept for code that sets it; `fetch` has no agents. To go through a proxy, set `fetch` below. */
  agent: unknown = undefined
  /** Kept for code that sets it, like `agent`. */
  requestAgent: unknown = null
  /** Kept for code that sets it. Use a `fetch` of your own instead of plug-ins. */
  plugins: unknown = null
  /** The function to use instead of the platform's `fetch`. */
  fetch: Fetch | undefined = undefined

  constructor(basePath: string = 'http://localhost:8080') {
    this.basePath = basePath.replace(/\/+$/, '')
  }

  /** A parameter as text: dates in RFC 3339, objects as JSON, null and undefined as an empty text. */
  paramToString(param: unknown): string {
    if (param === undefined || param === null) return ''
    if (param instanceof Date) return param.toJSON()
    return ApiClient.canBeJsonified(param) ? JSON.stringify(param) : String(param)
  }

  /**
   * The URL of a path whose `{names}` are parameters. Each parameter stays one segment, whatever it contains. Throws a TypeError when the
   * base path is not a URL.
   */
  buildUrl(path: string, pathParams: Parameters = {}, apiBasePath?: string | null): string {
    // The check is here and not in the setter, because callers expect a wrong URL to reject a call.
    const base = baseUrlText(apiBasePath ?? this.basePath, BASE_PATH)
    const filled = path.replace(/\{([\w-.]+)\}/g, (name, key: string) => {
      const value = Object.hasOwn(pathParams, key) ? this.paramToString(pathParams[key]) : name
      return segment(value)
    })
    return `${base}${filled.startsWith('/') ? '' : '/'}${filled}`
  }

  /** Whether a content type is JSON. */
  isJsonMime(contentType: string | null | undefined): boolean {
    return /^application\/json *(;|$)/i.test(contentType ?? '')
  }

  /** JSON if it is among them, otherwise the first one. */
  jsonPreferredMime(contentTypes: string[]): string | undefined {
    return contentTypes.find((type) => this.isJsonMime(type)) ?? contentTypes[0]
  }

  /** Whether a parameter is a file. */
  isFileParam(param: unknown): boolean {
    return typeof Blob === 'function' && param instanceof Blob
  }

  /** The parameters to send; those without a value are left out. */
  normalizeParams(params: Parameters): Parameters {
    const given = Object.entries(params).filter(([, value]) => value !== undefined && value !== null)
    const keep = (value: unknown) => this.isFileParam(value) || Array.isArray(value)
    return Object.fromEntries(
      given.map(([name, value]) => [name, keep(value) ? value : this.paramToString(value)]),
    )
  }

  /** A list as one parameter, or as several with `multi`. */
  buildCollectionParam(
    param: unknown[] | null | undefined,
    format: 'csv' | 'ssv' | 'tsv' | 'pipes' | 'multi' | 'passthrough' | Word,
  ): unknown {
    if (!param) return param
    if (format === 'passthrough') return param
    const texts = param.map((item) => this.paramToString(item))
    const separators: Record<string, string> = { csv: ',', ssv: ' ', tsv: '\t', pipes: '|' }
    return format === 'multi' ? texts : texts.join(separators[format])
  }

  /** Adds the keys of these authentications to a request. */
  applyAuthToRequest(
    request: { headers: Record<string, string>; query: URLSearchParams },
    authNames: string[],
  ): void {
    for (const authName of authNames) {
      const auth = this.authentications[authName]
      if (!auth?.apiKey) continue
      const value = auth.apiKeyPrefix ? `${auth.apiKeyPrefix} ${auth.apiKey}` : auth.apiKey
      if (auth.in === 'header') request.headers[auth.name] = value
      else request.query.set(auth.name, value)
    }
  }

  /** The body of a response as the kind that an operation returns; null when it returns nothing. */
  deserialize(response: ApiResponse | null, returnType: Kind | null): unknown {
    if (!response || !returnType || response.status === 204) return null
    if (returnType === 'String') return response.text
    return convert(response.body, returnType)
  }

  /**
   * Makes one call. Rejects with an ApiClientError.
   *
   * @param formParams Sent as `application/x-www-form-urlencoded` if that is the content type.
   * @param returnType Null when the operation returns nothing.
   */
  // biome-ignore lint/suspicious/noExplicitAny: the kind that `returnType` names.
  async callApi<T = any>(
    path: string,
    httpMethod: string,
    pathParams: Parameters,
    queryParams: Parameters,
    headerParams: Parameters,
    formParams: Parameters,
    bodyParam: unknown,
    authNames: string[],
    contentTypes: string[],
    accepts: string[],
    returnType: Kind | null,
    apiBasePath?: string | null,
  ): Promise<WithHttpInfo<T>> {
    const query = new URLSearchParams(flat(this.normalizeParams(queryParams)))
    const headers: Record<string, string> = {}
    this.applyAuthToRequest({ headers, query }, authNames)
    const type = this.jsonPreferredMime(contentTypes)
    const accept = this.jsonPreferredMime(accepts)
    if (accept) headers.Accept = accept
    const body = bodyOf(bodyParam, type, () => new URLSearchParams(flat(this.normalizeParams(formParams))))
    if (body !== undefined) headers['Content-Type'] = type ?? 'application/json'
    const own = this.normalizeParams(headerParams) as Record<string, string>
    const method = httpMethod.toUpperCase()
    if (!this.cache && method === 'GET') query.set('_', String(Date.now()))
    const search = String(query) && `?${query}`
    const url = this.buildUrl(path, pathParams, apiBasePath) + search
    const incoming = await this.#sent({
      method,
      url,
      headers: headersOf(headers, this.defaultHeaders, own),
      body,
    })
    return this.#result<T>(`${method} ${path}`, incoming, returnType)
  }

  async #sent(request: {
    method: string
    url: string
    headers: Headers
    body: string | undefined
  }): Promise<Incoming> {
    const init: RequestInit = this.enableCookies ? { credentials: 'include' } : {}
    try {
      return await send({
        ...request,
        timeoutMs: this.timeout,
        fetch: this.fetch,
        init,
      })
    } catch (error) {
      if (error instanceof TimeoutFailure) {
        throw new ApiClientError(error.message, { error, timeout: error.timeoutMs })
      }
      const expected = error instanceof ConnectionFailure || error instanceof AbortedFailure
      throw expected ? new ApiClientError(error.message, { error }) : error
    }
  }

  #result<T>(operation: string, incoming: Incoming, returnType: Kind | null): WithHttpInfo<T> {
    const read = jsonOf(incoming.text)
    const response = responseOf(incoming, read)
    if (isRedirect(incoming)) throw new ApiClientError(redirectAdvice(incoming), { response })
    if (incoming.tooLarge) throw new ApiClientError(`${tooLargeAdvice(incoming)} ${PAGES}`, { response })
    if (!response.ok) {
      throw new ApiClientError(`${operation} was answered with ${response.status}${reasonOf(response)}`, {
        response,
      })
    }
    try {
      const expected = returnType && returnType !== 'String' && response.status !== 204
      if (expected && read === null) throw new ApiClientError('Expected more than null.')
      if (expected && read === undefined) throw new ApiClientError('the body is not JSON')
      // Checked before it is converted.
      if (typeof returnType === 'function') checkAnswer(response.status, response.body, returnType)
      return { data: this.deserialize(response, returnType) as T, response }
    } catch (cause) {
      // Engines quote texts in their messages, and such a text may contain a key.
      const error = cause instanceof ApiClientError ? cause : new TypeError('the body is not of that kind')
      throw new ApiClientError(`The answer to ${operation} cannot be read: ${error.message}`, {
        response,
        error,
      })
    }
  }

  /** The known servers of the API. */
  hostSettings(): { url: string; description: string }[] {
    return [{ url: 'http://localhost:8080', description: 'No description provided' }]
  }

  /** The URL of one of them. */
  getBasePathFromSettings(index: number): string {
    const server = this.hostSettings()[index]
    if (!server)
      throw new ApiClientError(`There is no server ${index}; there are ${this.hostSettings().length}.`)
    return server.url
  }

  /** A date of text, or of milliseconds since the epoch. */
  static parseDate(text: string | number): Date {
    return parseDate(text)
  }

  /** Turns what JSON gives into a kind. */
  static convertToType(data: unknown, type: Kind): unknown {
    return convert(data, type)
  }

  /** Puts the members or items of `data` into `target`, each as `itemType`. */
  static constructFromObject(data: object, target: object, itemType: Kind): void {
    for (const [key, value] of Object.entries(data))
      Object.assign(target, { [key]: convert(value, itemType) })
  }

  /** Whether a value is sent as JSON. */
  static canBeJsonified(value: unknown): boolean {
    return Array.isArray(value) || Object.prototype.toString.call(value) === '[object Object]'
  }
}

function flat(params: Parameters): [string, string][] {
  return Object.entries(params).flatMap(([name, value]) =>
    Array.isArray(value)
      ? value.map((item): [string, string] => [name, String(item)])
      : [[name, String(value)] as [string, string]],
  )
}

function bodyOf(body: unknown, type: string | undefined, form: () => URLSearchParams): string | undefined {
  if (type === 'application/x-www-form-urlencoded') return String(form())
  if (body === undefined || body === null) return undefined
  return typeof body === 'string' ? body : JSON.stringify(body)
}

function responseOf({ status, statusText, headers, text }: Incoming, read: unknown): ApiResponse {
  const plain: Record<string, string> = {}
  headers.forEach((value, name) => {
    plain[name] = value
  })
  const type = plain['content-type']?.split(';', 1)[0]?.trim() ?? ''
  return {
    status,
    statusCode: status,
    statusText,
    ok: status >= 200 && status < 300,
    headers: plain,
    header: plain,
    body: read ?? {},
    text,
    type,
    get: (name) => plain[name.toLowerCase()],
  }
}

function reasonOf({ body }: ApiResponse): string {
  const reason = body?.error ?? body?.errors?.[0]?.message
  return typeof reason === 'string' ? `: ${reason}` : ''
}
