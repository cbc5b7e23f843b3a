/** A function that sends a request, such as `fetch`. */
export type Fetcher = (input: Request, init?: RequestInit) => Promise<Response>

type Awaitable<T> = T | Promise<T>

/** Gets a request before it is sent, and may replace it. */
// biome-ignore lint/suspicious/noConfusingVoidType: a hook that replaces nothing has nothing to return.
export type BeforeRequestHook = (request: Request) => Awaitable<Request | void>

/** Sees why no answer came. */
export type RequestErrorHook = (error: unknown, request: Request) => Awaitable<void>

/** Sees an answer. To read its body, clone it. */
export type ResponseHook = (response: Response, request: Request) => Awaitable<void>

interface Hooks {
  beforeRequest: BeforeRequestHook
  requestError: RequestErrorHook
  response: ResponseHook
}

/** The part of an HTTP client that the client uses. */
export interface HTTPClientLike {
  /** Sends one request. */
  request(request: Request): Promise<Response>
}

/** The options of an HTTP client. */
export interface HTTPClientOptions {
  /** Sends the requests in place of `fetch`. */
  fetcher?: Fetcher | undefined
}

/** An HTTP client that calls its hooks. */
export class HTTPClient implements HTTPClientLike {
  readonly #fetcher: Fetcher
  readonly #hooks: { [Name in keyof Hooks]: Hooks[Name][] } = {
    beforeRequest: [],
    requestError: [],
    response: [],
  }

  constructor(options: HTTPClientOptions = {}) {
    this.#fetcher = options.fetcher ?? ((request) => globalThis.fetch(request))
  }

  /** Sends a request, after the hooks before it. */
  async request(request: Request): Promise<Response> {
    let sent = request
    for (const hook of this.#hooks.beforeRequest) sent = (await hook(sent)) ?? sent
    try {
      const response = await this.#fetcher(sent)
      for (const hook of this.#hooks.response) await hook(response, sent)
      return response
    } catch (error) {
      for (const hook of this.#hooks.requestError) await hook(error, sent)
      throw error
    }
  }

  /** Registers a hook; those of one name are called in the order of their registration. */
  addHook<Name extends keyof Hooks>(name: Name, hook: Hooks[Name]): this {
    this.#hooks[name].push(hook)
    return this
  }

  /** Removes a registered hook. */
  removeHook<Name extends keyof Hooks>(name: Name, hook: Hooks[Name]): this {
    const index = this.#hooks[name].indexOf(hook)
    if (index >= 0) this.#hooks[name].splice(index, 1)
    return this
  }

  /** Another one with the same hooks. */
  clone(): HTTPClient {
    const copy = new HTTPClient({ fetcher: this.#fetcher })
    copy.#hooks.beforeRequest.push(...this.#hooks.beforeRequest)
    copy.#hooks.requestError.push(...this.#hooks.requestError)
    copy.#hooks.response.push(...this.#hooks.response)
    return copy
  }
}
