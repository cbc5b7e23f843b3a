import { environment } from '../environment.ts'
import { baseOf } from '../native/connection.ts'
import { LatchkeyApiError, LatchkeyConnectionError, type LatchkeyError } from '../native/errors.ts'
import type { LatchkeyOptions, RetryOptions } from '../native/options.ts'
import { systemTiming, type Timing } from '../transport/retry.ts'
import { onAbort } from '../transport/within.ts'
import { continuity, type News } from './feed.ts'
import { listenOnce, type Server } from './listen.ts'
import { Queue } from './queue.ts'

/** No news come: what is remembered may be outdated until the next ones. */
export interface Lost {
  /** Tells it from the news of the server. */
  type: 'lost'
  /** Why. */
  error: LatchkeyError
  /** How many connections in a row brought nothing; 0 where one broke that had been well. */
  failures: number
  /** The pause before the next one, in milliseconds. */
  pauseMs: number
}

/** One message for a program that follows the changes. */
export type Followed = News | Lost

type CallingOptions = Pick<LatchkeyOptions, 'baseUrl' | 'apiKey' | 'headers' | 'fetch'>

/** How the changes are followed. */
export interface FollowOptions extends CallingOptions {
  /** The last revision that the program knows; the changes after it are told. Without it a snapshot comes first. */
  since?: number | undefined
  /** Ends it, without an error. */
  signal?: AbortSignal | undefined
  /** After how long without anything a connection counts as lost, in milliseconds (1,000). The server sends a tick every 250 ms at least. */
  silentMs?: number | undefined
  /** How long a connection may take to begin, in milliseconds (10,000). */
  connectMs?: number | undefined
  /** The pauses between connections: random, up to `initialMs` (200) at first and twice as long each time, but at most `maxMs` (5,000). */
  retry?: Pick<RetryOptions, 'initialMs' | 'maxMs'> | undefined
}

/** A connection that brought news for so long was well, in milliseconds. */
const STEADY_MS = 2_000

/**
 * Follows the changes of keys, users and workspaces on all nodes. Connects again by itself, from the last revision that arrived. It ends when `signal` aborts
 * or the loop is left. Throws a {@link LatchkeyApiError} when the server refuses (the key must be one of a SERVICE, ADMIN or ROOT), and a `LatchkeyResponseError`
 * or `LatchkeyConnectionError` when there is no such server from the start.
 */
export function followChanges(options: FollowOptions = {}): AsyncGenerator<Followed, void, void> {
  const { since } = options
  if (since !== undefined && (!Number.isSafeInteger(since) || since < 0))
    throw new TypeError(`since must be a revision, a whole number, and is ${String(since)}.`)
  const server: Server = {
    base: baseOf(options),
    apiKey: options.apiKey === undefined ? environment('LATCHKEY_API_KEY') : options.apiKey,
    headers: options.headers,
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    silentMs: options.silentMs ?? 1_000,
    connectMs: options.connectMs ?? 10_000,
  }
  return following(server, options)
}

async function* following(server: Server, options: FollowOptions): AsyncGenerator<Followed, void, void> {
  const ending = new AbortController()
  const queue = new Queue<Followed>((last) => ({
    type: 'snapshot',
    revision: 'revision' in last ? last.revision : 0,
  }))
  const end = () => {
    ending.abort()
    queue.drop()
  }
  const forget = options.signal && onAbort(options.signal, end)
  if (options.signal?.aborted) end()
  const feeding = feed(server, { options, queue, signal: ending.signal }).then(
    () => queue.end(),
    (error: unknown) => queue.end({ error }),
  )
  try {
    for (let told = await queue.next(); told !== undefined; told = await queue.next()) yield told
  } finally {
    forget?.()
    end()
    await feeding
  }
}

/** Connects again and again until the signal aborts, and tells the queue. Throws errors that would come again, such as a refused key. */
async function feed(
  server: Server,
  { options, queue, signal }: { options: FollowOptions; queue: Queue<Followed>; signal: AbortSignal },
  timing: Timing = systemTiming,
): Promise<void> {
  const { initialMs = 200, maxMs = 5_000 } = options.retry ?? {}
  const news = continuity(options.since)
  let failures = 0
  // When the first news of the present connection came.
  let heardMs: number | undefined
  let wasHeard = false
  let isTransient = true

  /** Why the connection ended; undefined where the server asked to connect again. */
  async function one(): Promise<unknown> {
    const told = (transient: boolean) => {
      isTransient = transient
    }
    try {
      for await (const event of listenOnce(server, { since: news.from(), signal, told })) {
        if (event.type === 'end') return undefined
        wasHeard = true
        heardMs ??= performance.now()
        for (const each of news.tell(event)) queue.push(each)
      }
    } catch (error) {
      return error
    }
  }

  while (!signal.aborted) {
    heardMs = undefined
    const error = await one()
    if (signal.aborted) return
    if (error !== undefined && isFinal(error, { wasHeard, isTransient })) throw error
    failures = isSteady(heardMs) ? 0 : failures + 1
    if (error === undefined && failures === 0) continue
    const own = timing.random() * Math.min(maxMs, initialMs * 2 ** Math.max(0, failures - 1))
    const asked = error instanceof LatchkeyApiError ? (error.retryAfterMs ?? 0) : 0
    const pauseMs = Math.min(maxMs, Math.max(own, asked))
    if (error !== undefined || failures > 1)
      queue.push({ type: 'lost', error: lossOf(error), failures, pauseMs })
    await timing.sleep(pauseMs, signal).catch(() => {})
  }
}

function isSteady(heardMs: number | undefined): boolean {
  return heardMs !== undefined && performance.now() - heardMs >= STEADY_MS
}

function lossOf(error: unknown): LatchkeyError {
  const ended = 'GET /v2/changes: The server ends connections as soon as they have begun.'
  return error === undefined ? new LatchkeyConnectionError(ended) : (error as LatchkeyError)
}

/** Whether the same would happen again. A place that was a Latchkey server before is one again once its trouble is over. */
function isFinal(
  error: unknown,
  { wasHeard, isTransient }: { wasHeard: boolean; isTransient: boolean },
): boolean {
  if (!(error instanceof Error) || error.name === 'LatchkeyTimeoutError') return false
  if (error instanceof LatchkeyApiError) return error.status < 500 && !PASSING.has(error.status)
  if (error.name === 'LatchkeyConnectionError') return !isTransient && !wasHeard
  return error.name !== 'LatchkeyResponseError' || !wasHeard
}

const PASSING: ReadonlySet<number> = new Set([408, 425, 429])
