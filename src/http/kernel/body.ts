import type { Context, MiddlewareHandler } from 'hono'
import type { Call } from '../../core/access/audit.ts'
import { MAX } from '../../core/ground/bounds.ts'
import type { Caller } from '../../core/ground/turns.ts'
import type { BodyUnderWay, Sender } from './body-budget.ts'
import { createBodyPieces } from './body-pieces.ts'
import { addressGroup } from './client-address.ts'
import { type Unpack, unpackerOf } from './content-encoding.ts'
import type { Env } from './env.ts'
import { parseJson } from './json-parse.ts'
import type { JsonBounds, ListCounts } from './json-scan.ts'
import { RequestFault } from './request-faults.ts'
import { declaredBytes } from './unread-body.ts'

/** How large the body of an operation may be, and how many values it may hold. */
export interface BodyBounds extends JsonBounds {
  /** The bound in bytes, of the body as it is sent and as it is decompressed. */
  bytes: number
}

/** The bounds of operations that name none. Every single record fits, and is parsed in a millisecond or two. */
export const SMALL_BODY: BodyBounds = {
  bytes: MAX.smallBodyBytes,
  values: MAX.smallBodyValues,
  members: MAX.bodyMembers,
  items: MAX.bodyItems,
}

/** The bounds of operations that need no credential. */
export const PUBLIC_BODY: BodyBounds = { ...SMALL_BODY, bytes: MAX.publicBodyBytes }

/**
 * The bounds of an operation that takes many records at once, in the one list of its body. `named` is their member with names that callers
 * choose.
 */
export function manyRecords(member: string, items: number, named?: string): BodyBounds {
  const list = { member, items, ...(named !== undefined && { named }) }
  return { ...SMALL_BODY, bytes: MAX.bodyBytes, values: MAX.bodyValues, list }
}

/** A longer body is decoded and parsed only when it is the caller's turn, because that takes longer than the rest of its request. */
const LARGE_BYTES = 4 * 1_024

const TOO_MANY_PIECES =
  'The request body came in too many small chunks. Send it with a Content-Length, or in larger chunks.'

/** Refuses bodies by throwing, before the work that they would cost. */
export interface BodyJudge {
  /** Asked before a body is received, with the most bytes that it may have when it is decompressed. */
  size(c: Context<Env>, bytes: number): void
  /** Asked before it is parsed. */
  counts(c: Context<Env>, counts: ListCounts): void
}

/** Middleware that receives the body of an operation and puts it on the context. Only JSON is accepted. */
export function receiveBody(rules: BodyBounds, judge?: BodyJudge): MiddlewareHandler<Env> {
  return async function receive(c, next) {
    const bounds =
      judge === undefined ? rules : { ...rules, counted: (counts: ListCounts) => judge.counts(c, counts) }
    judge?.size(c, mostBytes(c, rules))
    const underWay = beginBody(c)
    try {
      const requireType = () => requireJson(c.req.header('content-type'))
      const { timeoutMs } = c.get('receiving')
      const text = await receivedText(c, underWay, { ...bounds, timeoutMs, requireType })
      c.set('body', { text, value: text === '' ? undefined : await parseJson(text, bounds, c.get('turns')) })
    } finally {
      underWay.end()
    }
    await next()
  }
}

/**
 * Middleware of an operation that takes no body. One of unknown length is received before the operation begins, and thrown away: while nobody reads it, the
 * server takes its chunks in whatever their number.
 */
export const passOverBody: MiddlewareHandler<Env> = async function passOver(c, next) {
  if (c.req.raw.headers.has('transfer-encoding')) {
    const { timeoutMs } = c.get('receiving')
    await receiveText(c, { bytes: MAX.unreadBodyBytes, timeoutMs })
  }
  await next()
}

/** The most bytes that a body may have. A compressed one does not say how long its text is. */
function mostBytes(c: Context<Env>, { bytes }: BodyBounds): number {
  const { headers } = c.req.raw
  return headers.has('content-encoding') ? bytes : Math.min(declaredBytes(headers) ?? bytes, bytes)
}

/**
 * The body of a request as text, for an operation that decides by itself when it reads, and how long that may take. Throws
 * `body_too_large`, `request_timeout`, `body_incomplete`, `body_malformed`, `body_encoding_unsupported`, and the faults of the budget.
 */
export async function receiveText(
  c: Context<Env>,
  bounds: { bytes: number; timeoutMs: number },
): Promise<string> {
  const underWay = beginBody(c)
  try {
    return await receivedText(c, underWay, bounds)
  } finally {
    underWay.end()
  }
}

interface Reception {
  bytes: number
  timeoutMs: number
  /** Refuses a body of another type than JSON: before it is read when the request declares its length, else at its first byte. */
  requireType?(): void
}

async function receivedText(c: Context<Env>, underWay: BodyUnderWay, reception: Reception): Promise<string> {
  const declared = declaredBytes(c.req.raw.headers)
  if (declared !== null && declared > reception.bytes) throw new RequestFault('body_too_large')
  if (declared === null ? c.req.raw.body === null : declared === 0) return ''
  if (declared !== null) reception.requireType?.()
  const unpack = unpackerOf(c.req.header('content-encoding'))
  c.set('bodyArrival', 'begun')
  const reading = declared === null ? readAll : readDeclared
  const received = await reading(c.req.raw, underWay, reception).catch((error) => failed(c, error))
  c.set('bodyArrival', 'ended')
  if (unpack === null) return textInTurn(c, received)
  const { unpacking } = c.get('receiving')
  const unpacked = unpacking.inTurn(callerOf(c), () =>
    unpackCounted(received, unpack, { underWay, bytesMax: reception.bytes }),
  )
  // All that wait for a place may be refused at the same moment.
  const plain = await unpacked.catch((error) => throwInTurn(c, error))
  return textInTurn(c, plain)
}

/** Unpacks a body whose text is counted before it exists. What fails may have unpacked as much as one that succeeds, and counts as the most. */
async function unpackCounted(
  packed: Uint8Array,
  unpack: Unpack,
  { underWay, bytesMax }: { underWay: BodyUnderWay; bytesMax: number },
): Promise<Uint8Array> {
  underWay.reserve(bytesMax)
  let bytes = bytesMax
  try {
    const plain = await unpack(packed, bytesMax)
    bytes = plain.byteLength
    return plain
  } finally {
    underWay.settle(bytes)
  }
}

/**
 * Throws the error of a body that did not arrive. Hundreds of senders may go away at the same moment, so answering a body that broke off is work in
 * turn, like every beginning. The other refusals do not wait: more of the body may be coming.
 */
async function failed(c: Context<Env>, error: unknown): Promise<never> {
  const code = error instanceof RequestFault ? error.code : null
  if (code === 'body_malformed') c.set('bodyArrival', 'in_tiny_chunks')
  if (code === 'body_incomplete') return throwInTurn(c, error)
  throw error
}

async function throwInTurn(c: Context<Env>, error: unknown): Promise<never> {
  await c.get('turns').enter()
  throw error
}

/** The text of a body. Many large bodies may be complete at the same moment, so each waits for its turn. */
async function textInTurn(c: Context<Env>, received: Uint8Array): Promise<string> {
  if (received.byteLength > LARGE_BYTES) await c.get('turns').next()
  return decodeUtf8(received)
}

function beginBody(c: Context<Env>): BodyUnderWay {
  const declared = declaredBytes(c.req.raw.headers)
  return c.get('receiving').budget.begin(senderOf(c), declared ?? 0)
}

function senderOf(c: Context<Env>): Sender {
  const call: Call | undefined = c.get('call')
  return call === undefined
    ? { stranger: addressGroup(c.get('clientIp')) }
    : { credential: call.principal.keyId, user: call.principal.user.id }
}

/** Whose turn it is to unpack. Strangers are one caller, as they are at the event loop. */
function callerOf(c: Context<Env>): Caller {
  const sender = senderOf(c)
  return 'stranger' in sender
    ? { userId: 'strangers', keyId: sender.stranger }
    : { userId: sender.user, keyId: sender.credential }
}

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json$/i

function requireJson(contentType: string | undefined): void {
  const [mediaType = ''] = (contentType ?? '').split(';')
  if (!JSON_TYPE.test(mediaType.trim())) throw new RequestFault('body_type_unsupported')
}

/** Reads a body of a declared length. It has been counted already, and the server reads it cheaper than its parts. */
async function readDeclared(
  request: Request,
  underWay: BodyUnderWay,
  { bytes: bytesMax, timeoutMs }: Reception,
): Promise<Uint8Array> {
  const bytes = await new Promise<ArrayBuffer>((resolve, reject) => {
    const timer = setTimeout(() => reject(new RequestFault('request_timeout')), timeoutMs)
    request.arrayBuffer().then(
      (whole) => {
        clearTimeout(timer)
        resolve(whole)
      },
      (error) => {
        clearTimeout(timer)
        reject(incomplete(error))
      },
    )
  })
  // Only a request that no server has framed can hold more than it declares.
  if (bytes.byteLength > bytesMax) throw new RequestFault('body_too_large')
  underWay.hold(bytes.byteLength)
  return new Uint8Array(bytes)
}

/**
 * Reads a body of an unknown length, and counts its parts as they come. The server hands over each chunk by itself, without a pause as long as
 * there are more, so their number has a bound.
 */
async function readAll(
  request: Request,
  underWay: BodyUnderWay,
  { bytes: bytesMax, timeoutMs, requireType }: Reception,
): Promise<Uint8Array> {
  const reader = (request.body as ReadableStream<Uint8Array>).getReader()
  const pieces = createBodyPieces()
  let late = false
  const timer = setTimeout(() => {
    late = true
    // Ends the pending read. How the sender reacts does not matter.
    reader.cancel().catch(() => undefined)
  }, timeoutMs)
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error) => {
        throw incomplete(error)
      })
      if (late) throw new RequestFault('request_timeout')
      if (done) return pieces.whole()
      if (pieces.bytes() === 0) requireType?.()
      if (pieces.bytes() + value.byteLength > bytesMax) throw new RequestFault('body_too_large')
      if (!pieces.add(value)) throw new RequestFault('body_malformed', { message: TOO_MANY_PIECES })
      underWay.hold(value.byteLength)
    }
  } finally {
    clearTimeout(timer)
    reader.releaseLock()
  }
}

/** When reading a body fails, its sender went away or broke the framing. It is never a fault of the server. */
function incomplete(error: unknown): RequestFault {
  return new RequestFault('body_incomplete', {}, { cause: error })
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new RequestFault('body_malformed', { message: 'The request body is not UTF-8.' }, { cause: error })
  }
}
