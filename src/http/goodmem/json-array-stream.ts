import type { Cursor } from '../../core/ground/page.ts'
import type { KeyTexts } from '../../core/keys/key-form.ts'
import type { Turns } from '../kernel/turns.ts'

/** The pause between two pages, for each millisecond of work on the one before, and the longest one. */
const REST = { perWork: 2, maxMs: 20 }

/** The keys to send, and how to read them. */
export interface ArraySource {
  /** The name of the object's one member. */
  member: string
  /** The first page, read before the answer begins, so that an early failure gets an ordinary error. */
  first: KeyTexts
  /** Reads one page of at most `wanted` keys. */
  read(after: Cursor, wanted: number): Promise<KeyTexts>
  /** The maximum of keys in all, with those of the first page. */
  most: number
  /** The members after the array, when the list has more keys than were sent. */
  continued(next: Cursor): Record<string, unknown>
  /** The turns of the receiver; each page waits for them. */
  turns: Turns
  /** A pause; for tests. */
  rest?(ms: number): Promise<unknown>
  /** Is called with a failure in the middle, when the status has been sent already. */
  reportError(error: unknown): void
}

/**
 * Writes `{"<member>":[...]}`: at once when the first page has all, otherwise page by page. It reads a page when the receiver has taken the
 * one before, and stops when the receiver has gone away. A failure in the middle breaks the connection, so that nobody mistakes a part
 * for the whole list. Between two pages it rests for twice the processor time that reading one took, so that a long list takes no more
 * than a third of a processor. A wait for the disk is no work, and asks for no rest.
 */
export function jsonArray(source: ArraySource): Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> {
  const { first, most } = source
  const isAll = first.next === null || first.count >= most
  return isAll ? joined(begin(source), first.json, end(source, first.next)) : streamOf(source)
}

function streamOf(source: ArraySource): ReadableStream<Uint8Array> {
  const pieces = piecesOf(source)
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await pieces.next()
          if (done === true) controller.close()
          else controller.enqueue(value)
        } catch (error) {
          source.reportError(error)
          controller.error(error)
        }
      },
      async cancel() {
        await pieces.return()
      },
    },
    // Nothing is read ahead; a page is made when the receiver asks for it.
    { highWaterMark: 0 },
  )
}

async function* piecesOf(source: ArraySource): AsyncGenerator<Uint8Array, void, void> {
  const { first, read, most, turns, rest = pause } = source
  yield joined(begin(source), first.json)
  let sent = first.count
  let after = first.next
  let restMs = restAfter(first)
  while (after !== null && sent < most) {
    if (restMs > 0) await rest(restMs)
    if (turns.isOver()) await turns.next()
    const page = await read(after, most - sent)
    restMs = restAfter(page)
    if (page.count > 0) yield joined(COMMA, page.json)
    sent += page.count
    after = page.next
  }
  yield end(source, after)
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms))
}

function restAfter({ workMs }: KeyTexts): number {
  return Math.min(workMs * REST.perWork, REST.maxMs)
}

const UTF8 = new TextEncoder()
const COMMA = UTF8.encode(',')

function begin({ member }: ArraySource): Uint8Array {
  return UTF8.encode(`{${JSON.stringify(member)}:[`)
}

/** What follows the items; a list that has more says where it continues. */
function end({ continued }: ArraySource, next: Cursor | null): Uint8Array {
  const rest = next === null ? [] : Object.entries(continued(next))
  const members = rest.map(([name, value]) => `,${JSON.stringify(name)}:${JSON.stringify(value)}`)
  return UTF8.encode(`]${members.join('')}}`)
}

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
