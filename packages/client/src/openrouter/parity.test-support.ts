import { expect, test } from 'bun:test'
import { OpenRouter as Official, HTTPClient as OfficialHTTPClient } from '@openrouter/sdk'
import type { Recorded, Reply } from '../transport/raw-server.test-support.ts'
import { HTTPClient, OpenRouter, type SDKOptions } from './index.ts'
import { stub } from './stub.test-support.ts'

/** The calls that a row makes with either client; `url` is the stub's. */
export type Act = (client: OpenRouter, url: string, httpClient: typeof HTTPClient) => Promise<unknown>

/** A call, what the stub answers to it, and options for the client. */
export type Row = [name: string, act: Act, replies: Reply | Reply[], options?: SDKOptions]

/** A test per row: ours sends the same and ends the same as the official client. */
export function expectParity(group: string, rows: readonly Row[]): void {
  test.each(rows.map(([name, ...row]) => [name, row] as const))(
    `${group.toLowerCase()}: %s`,
    async (_, row) => {
      const [act, replies, options] = row
      const official = await run(Official as unknown as typeof OpenRouter, act, replies, options)
      const ours = await run(OpenRouter, act, replies, options)
      expect(ours.requests).toEqual(official.requests)
      expect(ours.outcome).toEqual(official.outcome)
    },
  )
}

async function run(Client: typeof OpenRouter, act: Act, replies: Reply | Reply[], options: SDKOptions = {}) {
  const server = await stub(Array.isArray(replies) ? replies : [replies])
  const path = options.serverURL ?? '/api/v1'
  const client = new Client({
    apiKey: 'lk_key',
    retryConfig: { strategy: 'none' },
    ...options,
    serverURL: server.url + path,
  })
  const http = (Client === OpenRouter ? HTTPClient : OfficialHTTPClient) as unknown as typeof HTTPClient
  try {
    const outcome = await act(client, server.url, http).then((value) => ({ value }), outcomeOf)
    return { requests: server.requests.map(wire), outcome }
  } finally {
    await server.close()
  }
}

// Set by the runtime, or a name of the client's own.
const NOT_OURS = ['host', 'connection', 'accept-encoding', 'content-length', 'user-agent', 'cookie']

function wire({ method, target, headers, body }: Recorded) {
  const kept = [...headers].filter(([name]) => !NOT_OURS.includes(name))
  return { method, target, body: body && JSON.parse(body), headers: Object.fromEntries(kept) }
}

/** The members that errors of either client may have. */
interface AnyError extends Error {
  statusCode?: number
  body?: string
  contentType?: string
  userId?: string
  openrouterMetadata?: object
  rawMessage?: string
  rawValue?: unknown
  rawResponse?: unknown
  error?: unknown
  data$?: Record<string, unknown>
  pretty?(): string
}

/** The parts of an error that a caller can see, apart from the wording. */
function outcomeOf(error: AnyError) {
  const { statusCode, body, contentType, userId, openrouterMetadata, rawMessage } = error
  const typed = error.data$ && { message: error.message, error: error.error, data: dataOf(error.data$) }
  const parents: string[] = []
  for (
    let at = Object.getPrototypeOf(error);
    at?.constructor !== Error && at;
    at = Object.getPrototypeOf(at)
  ) {
    if (!['DeclaredError'].includes(at.constructor.name)) parents.push(at.constructor.name)
  }
  const seen = {
    name: error.name,
    parents,
    statusCode,
    body,
    contentType,
    userId,
    openrouterMetadata,
    rawMessage,
  }
  // The official client adds its own members to the value of an error that does not fit.
  const rawValue = (statusCode ?? 0) >= 400 ? undefined : error.rawValue
  return {
    ...seen,
    ...typed,
    rawValue,
    places: placesOf(error.pretty?.()),
    hasRaw: error.rawResponse instanceof Response,
  }
}

function dataOf(data: Record<string, unknown>) {
  const { error, userId, openrouterMetadata } = data
  return { error, userId, openrouterMetadata }
}

function placesOf(pretty: string | undefined): string[] {
  return [...(pretty ?? '').matchAll(/→ at (.*)/g)].map((match) => match[1] as string).sort()
}
