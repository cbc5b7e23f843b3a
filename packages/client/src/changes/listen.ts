import { headersFor, named, type Sent, sentTo } from '../native/connection.ts'
import { LatchkeyResponseError } from '../native/errors.ts'
import type { LatchkeyOptions } from '../native/options.ts'
import { read } from '../native/reading.ts'
import { ConnectionFailure, TimeoutFailure } from '../transport/failures.ts'
import { connectionFailure, withoutCredentials } from '../transport/reason.ts'
import { ANSWER_BYTES, type Fetch } from '../transport/send.ts'
import { onAbort, within } from '../transport/within.ts'
import { type FeedEvent, feedReader } from './feed.ts'

type CallerOptions = Pick<LatchkeyOptions, 'apiKey' | 'headers'>

/** The server, and how it is called. */
export interface Server extends CallerOptions {
  /** Its base URL, without a slash at the end. */
  base: string
  /** How requests are sent. */
  fetch: Fetch
  /** How long nothing may arrive, in milliseconds. */
  silentMs: number
  /** How long the answer may take to begin, in milliseconds. */
  connectMs: number
}

/**
 * The events of one connection, until the server ends it. Throws the classes of native/errors.ts: the server's other answers, what breaks
 * the connection, and silence. `told` hears of a failure that would meet the same again.
 */
export async function* listenOnce(
  server: Server,
  {
    since,
    signal,
    told,
  }: { since: number | undefined; signal: AbortSignal; told: (isTransient: boolean) => void },
): AsyncGenerator<FeedEvent, void, void> {
  const sent = sentTo(server.base, {
    method: 'GET',
    path: '/v2/changes',
    headers: { accept: 'text/event-stream' },
    query: { since },
  })
  const connection = new AbortController()
  const forget = onAbort(signal, () => connection.abort())
  try {
    const response = await opened(server, sent, { signal, connection: connection.signal })
    yield* eventsIn(response, { sent, silentMs: server.silentMs, signal })
  } catch (error) {
    if (error instanceof ConnectionFailure) told(error.transient)
    throw named(error, sent)
  } finally {
    forget()
    connection.abort()
  }
}

/** Sends the request, and returns an answer with a stream. */
async function opened(
  { apiKey, headers, fetch, connectMs }: Server,
  sent: Sent,
  { signal, connection }: { signal: AbortSignal; connection: AbortSignal },
): Promise<ReadableStream<Uint8Array>> {
  const bounds = { signal, timeoutMs: connectMs, late: () => lateAfter(connectMs) }
  return within(bounds, async () => {
    const secret = (typeof apiKey === 'function' ? await apiKey() : apiKey) ?? null
    const init: RequestInit = {
      method: sent.method,
      headers: headersFor(sent, { secret, all: headers, forThis: undefined }),
      signal: connection,
      redirect: 'manual',
    }
    const response = await ofConnection(() => fetch(sent.url, init), sent)
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true
    if (response.status === 200 && isStream && response.body !== null) return response.body
    throw await refusalIn(response, sent)
  })
}

/** The error that stands for any answer but a stream. */
async function refusalIn(response: Response, sent: Sent): Promise<unknown> {
  const { status, statusText, headers } = response
  const tooLarge = Number(headers.get('content-length')) > ANSWER_BYTES
  const text = tooLarge ? '' : await ofConnection(() => response.text(), sent)
  try {
    read(sent, { status, statusText, headers, text, tooLarge, response }, 1)
  } catch (error) {
    return error
  }
  const message = `${sent.method} ${sent.path}: status ${status} without events. Is the base URL that of a Latchkey server?`
  return new LatchkeyResponseError(message, { status, body: text })
}

const lateAfter = (ms: number) => new TimeoutFailure(`Nothing arrived within ${ms} ms.`, ms)

/** The events in a body, which must not be silent for long. */
async function* eventsIn(
  body: ReadableStream<Uint8Array>,
  { sent, silentMs, signal }: { sent: Sent; silentMs: number; signal: AbortSignal },
): AsyncGenerator<FeedEvent, void, void> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  const readFeed = feedReader()
  const late = () => lateAfter(silentMs)
  try {
    let heardMs = performance.now()
    for (;;) {
      const part = await within({ signal, timeoutMs: silentMs, late }, () =>
        ofConnection(() => reader.read(), sent),
      )
      const now = performance.now()
      // This process stood still: what has arrived meanwhile may be as old as that.
      if (now - heardMs > silentMs) throw late()
      if (part.done) throw new ConnectionFailure('The connection was closed without a reason.')
      heardMs = now
      yield* readable(() => readFeed(decoder.decode(part.value, { stream: true }), now))
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}

/** Work of the platform, whose errors are failures of the connection. */
async function ofConnection<T>(work: () => Promise<T>, { url }: Sent): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw connectionFailure(withoutCredentials(url.split('?', 1)[0] as string), error)
  }
}

function readable(read: () => FeedEvent[]): FeedEvent[] {
  try {
    return read()
  } catch (error) {
    throw new ConnectionFailure(`What arrived cannot be read: ${String((error as Error).message)}`, {
      cause: error,
    })
  }
}
