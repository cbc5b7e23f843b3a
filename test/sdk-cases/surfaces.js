// @ts-check

// How the table's wire form becomes calls of the TypeScript SDK, and its results and failures the wire form again.

/** @typedef {{ openrouter?: any, openrouterErrors?: any, goodmem?: any, native?: any }} Modules */
/**
 * @typedef {object} Ask
 * @property {string} url The base, without a surface's own path.
 * @property {string | null} credential
 * @property {NonNullable<import('./table.ts').SdkCase['options']>} options
 * @property {string} call
 * @property {any} input
 * @property {AbortSignal} signal
 */
/**
 * @typedef {object} SurfaceDriver
 * @property {(modules: Modules, ask: Ask) => Promise<unknown>} call
 * @property {(modules: Modules, error: any) => Record<string, unknown>} failure
 */

const GENEROUS_MS = 12_000

/** @type {SurfaceDriver} */
const openrouter = {
  async call(
    { openrouter: module },
    { url, credential, options: { timeoutMs = GENEROUS_MS, retry }, call, input, signal },
  ) {
    const client = new module.OpenRouter({
      serverURL: `${url}/api/v1`,
      ...(credential === null ? {} : { apiKey: credential }),
      timeoutMs,
      retryConfig:
        retry === undefined
          ? { strategy: 'none' }
          : {
              strategy: 'backoff',
              backoff: {
                initialInterval: retry.initialMs,
                maxInterval: retry.maxMs,
                exponent: 1.5,
                maxElapsedTime: retry.maxElapsedMs,
              },
              retryConnectionErrors: true,
            },
    })
    const { body, ...rest } = input
    const request = { ...camel(rest), ...(body === undefined ? {} : { requestBody: requestBody(body) }) }
    if (call === 'credits') return snake(await client.credits.getCredits(request, { signal }))
    if (call === 'activity') return snake(await client.analytics.getUserActivity(request, { signal }))
    const method = call === 'current' ? 'getCurrentKeyMetadata' : call
    return snake(await client.apiKeys[method](request, { signal }))
  },
  failure({ openrouterErrors: errors }, error) {
    const is = (/** @type {string} */ name) => errors[name] !== undefined && error instanceof errors[name]
    const typed = Object.keys(errors).find((name) => name.endsWith('ResponseError') && is(name))
    const kinds = {
      OpenRouterDefaultError: 'Default',
      ResponseValidationError: 'Validation',
      ConnectionError: 'Connection',
      RequestTimeoutError: 'Timeout',
      RequestAbortedError: 'Aborted',
    }
    const named = Object.entries(kinds).find(([name]) => is(name))?.[1]
    const kind = typed?.replace('ResponseError', '') ?? named ?? error.name
    return { kind, status: error.statusCode, code: error.error?.code, message: error.error?.message }
  },
}

/** @param {any} body */
function requestBody({ expires_at: expiresAt, ...members }) {
  return {
    ...camel(members),
    ...(expiresAt === undefined ? {} : { expiresAt: expiresAt === null ? null : new Date(expiresAt) }),
  }
}

/** @type {SurfaceDriver} */
const goodmem = {
  async call({ goodmem: module }, { url, credential, options: { timeoutMs = GENEROUS_MS }, call, input }) {
    const client = new module.ApiClient(url)
    client.timeout = timeoutMs
    if (credential !== null) client.defaultHeaders['x-api-key'] = credential
    const { id, body, email } = input
    const keys = new module.APIKeysApi(client)
    const users = new module.UsersApi(client)
    const system = new module.SystemApi(client)
    /** @type {Record<string, () => Promise<unknown>>} */
    const calls = {
      createApiKey: () => keys.createApiKey(body),
      listApiKeys: () => keys.listApiKeys(),
      updateApiKey: () => keys.updateApiKey(id, body),
      deleteApiKey: () => keys.deleteApiKey(id),
      getCurrentUser: () => users.getCurrentUser(),
      getUser: () => users.getUser(id),
      getUserByEmail: () => users.getUserByEmail(email),
      getSystemInfo: () => system.getSystemInfo(),
      initializeSystem: () => system.initializeSystem(),
    }
    return wire(await calls[call]?.())
  },
  failure(_, error) {
    const { status, body, response } = error
    if (String(error.message).startsWith('Missing the required parameter')) return { kind: 'Argument' }
    if (status === 0 || status >= 300) return { kind: 'Api', status, body: response?.text ?? body }
    if (typeof status === 'number') return { kind: 'Validation', status }
    return { kind: error.timeout ? 'Timeout' : 'Connection' }
  },
}

/** @type {SurfaceDriver} */
const native = {
  async call(
    { native: module },
    { url, credential, options: { timeoutMs = GENEROUS_MS, retry }, call, input, signal },
  ) {
    const client = new module.Latchkey({
      baseUrl: url,
      apiKey: credential,
      timeoutMs,
      retry:
        retry === undefined
          ? { maxRetries: 0 }
          : { maxRetries: 3, initialMs: retry.initialMs, maxMs: retry.maxMs },
    })
    /** @type {Record<string, () => Promise<unknown>>} */
    const calls = {
      verify: () => client.verify(input.body, { signal }),
      reserve: () => client.reservations.create(input.body, { signal }),
      extend: () => client.reservations.extend(input.id, input.body, { signal }),
      settle: () => client.reservations.settle(input.id, input.body, { signal }),
      release: () => client.reservations.release(input.id, { signal }),
    }
    return wire(await (calls[call] ?? managing(client, call, input, signal))())
  },
  failure({ native: module }, error) {
    const { status, code, detail: message, requestId, bound, neverFits, retryAfterMs } = error
    if (error instanceof module.LatchkeyApiError)
      return { kind: 'Api', status, code, message, requestId, bound, neverFits, retryAfterMs }
    if (error instanceof module.LatchkeyConnectionError) return { kind: 'Connection' }
    if (error instanceof module.LatchkeyTimeoutError) return { kind: 'Timeout' }
    if (error instanceof module.LatchkeyAbortedError) return { kind: 'Aborted' }
    if (error instanceof module.LatchkeyResponseError) return { kind: 'Validation' }
    return { kind: error.name }
  },
}

/**
 * Calls on records, named as the client has them: `keys.create`, `workspaces.members.add`.
 * @param {any} client @param {string} call @param {any} input @param {AbortSignal} signal
 * @returns {() => Promise<unknown>}
 */
function managing(client, call, { ref, more, body, query, idempotencyKey, ifRevision, reason }, signal) {
  const path = call.split('.')
  const method = path.pop() ?? ''
  const group = path.reduce((at, name) => at[name], client)
  const names = [ref, more].filter((name) => name !== undefined)
  const options = {
    signal,
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(ifRevision !== undefined && { ifRevision }),
    ...(reason !== undefined && { reason }),
  }
  switch (method) {
    case 'list':
      return () => group.list(...names, query, options).page()
    case 'all':
      return () => gathered(group.list(...names, query, options))
    case 'import':
      return () => group.import(body.keys, { ...options, dryRun: body.dryRun })
    case 'report':
      return () => group.report(body.events, options)
    case 'summarise':
    case 'verifications':
      return () => group[method](...names, query, options)
    default:
      return () => group[method](...names, ...[query ?? body].filter((each) => each !== undefined), options)
  }
}

/** @param {AsyncIterable<unknown>} items */
async function gathered(items) {
  // Node 20 has no Array.fromAsync.
  const all = []
  for await (const item of items) all.push(item)
  return all
}

/** One driver per surface. */
export const SURFACES = { openrouter, goodmem, native }

/** What a value is once it has gone over the wire. @param {unknown} value */
function wire(value) {
  return value === undefined ? null : JSON.parse(JSON.stringify(value))
}

/** @param {any} node @returns {any} */
function camel(node) {
  return renamed(node, (name) => name.replaceAll(/_([a-z])/g, (_, letter) => letter.toUpperCase()))
}

/** @param {any} node @returns {any} */
function snake(node) {
  return renamed(wire(node), (name) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
}

/** @param {any} node @param {(name: string) => string} rename @returns {any} */
function renamed(node, rename) {
  if (Array.isArray(node)) return node.map((item) => renamed(item, rename))
  if (typeof node !== 'object' || node === null) return node
  return Object.fromEntries(
    Object.entries(node).map(([name, value]) => [rename(name), renamed(value, rename)]),
  )
}
