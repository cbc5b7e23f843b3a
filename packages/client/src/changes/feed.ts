import type { Word } from '../words.ts'
import { eventReader, type StreamedEvent } from './event-stream.ts'

/** A record was changed, on whichever node. */
export interface Change {
  /** Tells it from the other news. */
  type: 'change'
  /** The number of the change: one more than that of the change before it. */
  revision: number
  /** The kind of record. Of a user or workspace, all keys are concerned. */
  kind: 'key' | 'user' | 'workspace' | Word
  /** The id of the record. */
  id: string
  /** The act, such as `key.revoke`. */
  action: string
  /** When, as an RFC 3339 text. */
  at: string
}

/** Changes may be missing before this: forget everything that was remembered. */
export interface Snapshot {
  /** Tells it from the other news. */
  type: 'snapshot'
  /** The changes after this one follow. */
  revision: number
}

/** Every change up to this one was told: what is remembered is as new as this. */
export interface Tick {
  /** Tells it from the other news. */
  type: 'tick'
  /** The last change. */
  revision: number
  /** When it arrived, by `performance.now()`. */
  heardMs: number
}

/** The news of a server. */
export type News = Change | Snapshot | Tick

/** One message of a connection: news, or its end with the reason. */
export type FeedEvent = News | { type: 'end'; code: string }

/**
 * Reads the feed piece by piece. Events of unknown names are left out, so that a server may tell more one day. Throws a TypeError or
 * SyntaxError for a text that is no event of the feed.
 */
export function feedReader(): (piece: string, heardMs: number) => FeedEvent[] {
  const read = eventReader()
  return (piece, heardMs) =>
    read(piece)
      .map((event) => feedEvent(event, heardMs))
      .filter((event) => event !== undefined)
}

function feedEvent({ name, data }: StreamedEvent, heardMs: number): FeedEvent | undefined {
  if (!NAMES.has(name)) return undefined
  const told: unknown = JSON.parse(data)
  const { revision, kind, id, action, at, code } = Object(told) as Record<string, unknown>
  if (name === 'end') return { type: 'end', code: String(code) }
  if (typeof revision !== 'number' || !Number.isSafeInteger(revision) || revision < 0)
    throw new TypeError(`A ${name} has no revision.`)
  if (name === 'tick') return { type: 'tick', revision, heardMs }
  if (name === 'snapshot') return { type: 'snapshot', revision }
  const texts = [kind, id, action, at]
  if (!texts.every((text) => typeof text === 'string'))
    throw new TypeError('A change does not name its record.')
  const [ofKind = '', ofId = '', what = '', when = ''] = texts as string[]
  return { type: 'change', revision, kind: ofKind, id: ofId, action: what, at: when }
}

const NAMES: ReadonlySet<string> = new Set(['change', 'snapshot', 'tick', 'end'])

/**
 * Watches that news continue one another. It gives the news to tell: a change that was told before is left out, and before one that does
 * not continue the last comes a snapshot.
 */
export function continuity(since: number | undefined): {
  /** The revision after which a new connection is asked for changes; undefined before the first news. */
  from(): number | undefined
  /** The news to tell. */
  tell(news: News): News[]
} {
  let known = since
  let last: Change | undefined
  let isAgain = false
  return {
    // The last change is told again: another one in its place shows that the database was replaced, however far that one has come.
    from() {
      isAgain = last !== undefined
      return last === undefined ? known : last.revision - 1
    },
    tell(news) {
      if (isAgain && !isSame(news, last)) known = undefined
      isAgain = false
      const { type, revision } = news
      if (type === 'change' && known !== undefined && revision <= known) return []
      const before = type === 'change' ? revision - 1 : revision
      const isWhole = type === 'snapshot' || known === before
      known = revision
      if (type === 'change') last = news
      else if (type === 'snapshot' || !isWhole) last = undefined
      return isWhole ? [news] : [{ type: 'snapshot', revision: before }, news]
    },
  }
}

function isSame(news: News, change: Change | undefined): boolean {
  return JSON.stringify(news) === JSON.stringify(change)
}
