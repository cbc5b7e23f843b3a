import type { MiddlewareHandler } from 'hono'
import { MAX } from '../../core/ground/bounds.ts'
import { Fault } from '../../core/ground/faults.ts'
import type { Env } from './env.ts'

/**
 * Reads the whole request body under the bounds of size, time and depth, before anything parses it. Refuses what no
 * store could keep: text that is not UTF-8, NUL characters, half surrogate pairs, and the member name `__proto__`.
 */
export function boundedBody(requestTimeoutMs: number): MiddlewareHandler<Env> {
  return async function readBoundedBody(c, next) {
    const declared = Number(c.req.header('content-length') ?? 0)
    if (declared > MAX.bodyBytes) throw new Fault('body_too_large')
    const body = c.req.raw.body
    if (body !== null) {
      const text = decodeUtf8(await readAll(body, requestTimeoutMs))
      if (text !== '') checkJson(text)
      // The framework's validators read from this cache, whose members are promises although its type says otherwise.
      Object.assign(c.req.bodyCache, { text: Promise.resolve(text) })
    }
    await next()
  }
}

/** Refuses an absent body, which the framework would take for an empty object. */
export const requiredBody: MiddlewareHandler<Env> = async (c, next) => {
  if ((await c.req.text()) === '')
    throw new Fault('body_malformed', { message: 'The request body is missing.' })
  await next()
}

async function readAll(body: ReadableStream<Uint8Array>, timeoutMs: number): Promise<Uint8Array> {
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let bytes = 0
  let late = false
  const timer = setTimeout(() => {
    late = true
    void reader.cancel()
  }, timeoutMs)
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(cutOff)
      if (late) throw new Fault('request_timeout')
      if (done) return join(chunks, bytes)
      bytes += value.byteLength
      if (bytes > MAX.bodyBytes) throw new Fault('body_too_large')
      chunks.push(value)
    }
  } finally {
    clearTimeout(timer)
    reader.releaseLock()
  }
}

/** A body that fails while it is read is one whose sender went away or broke its framing: never a fault of ours. */
function cutOff(error: unknown): never {
  throw new Fault('body_incomplete', {}, { cause: error })
}

function join(chunks: Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes)
  let offset = 0
  for (const chunk of chunks) {
    whole.set(chunk, offset)
    offset += chunk.byteLength
  }
  return whole
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new Fault('body_malformed', { message: 'The request body is not UTF-8.' }, { cause: error })
  }
}

function checkJson(text: string): void {
  if (nestsDeeper(text, MAX.bodyDepth)) {
    throw new Fault('body_malformed', {
      message: `The request body nests deeper than ${MAX.bodyDepth} levels.`,
    })
  }
  checkTexts(parse(text))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Fault('body_malformed', {}, { cause: error })
  }
}

/** Counts brackets outside strings, so that nothing recursive ever sees a deeper text. */
function nestsDeeper(text: string, depthMax: number): boolean {
  let depth = 0
  let inString = false
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charCodeAt(index)
    if (inString) {
      if (character === BACKSLASH) index += 1
      else if (character === QUOTE) inString = false
    } else if (character === QUOTE) inString = true
    else if (character === OPEN_ARRAY || character === OPEN_OBJECT) {
      depth += 1
      if (depth > depthMax) return true
    } else if (character === CLOSE_ARRAY || character === CLOSE_OBJECT) depth -= 1
  }
  return false
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

function checkTexts(value: unknown): void {
  if (typeof value === 'string') checkText(value)
  else if (Array.isArray(value)) value.forEach(checkTexts)
  else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      if (name === '__proto__') throw unstorable('a member named "__proto__"')
      checkText(name)
      checkTexts(member)
    }
  }
}

function checkText(text: string): void {
  if (text.includes('\0')) throw unstorable('a NUL character')
  if (!text.isWellFormed()) throw unstorable('half of a surrogate pair')
}

function unstorable(what: string): Fault {
  return new Fault('body_malformed', { message: `The request body holds ${what}, which cannot be stored.` })
}
