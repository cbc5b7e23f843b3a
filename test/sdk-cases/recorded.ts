import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { ExpectedRequest, Reply, SdkCase, SdkTable, Step } from './table.ts'

/** One run of one case against recorded replies. */
export interface RecordedRun {
  /** Answers the next exchange; `path` is the part after the base of the run. */
  answer(path: string, request: IncomingMessage, response: ServerResponse): Promise<void>
  /** The differences between the actual request and the expected one. */
  verdict(): string[]
}

interface Exchange {
  step: Step
  request: ExpectedRequest
  reply: Reply
}

/** Starts a run. `base` is its address, which replies may contain as `{base}`. */
export function recordedRun(sdkCase: SdkCase, table: SdkTable, base: string): RecordedRun {
  const exchanges: Exchange[] = sdkCase.steps.flatMap((step) =>
    step.exchanges.map(({ request, reply }) => ({ step, request, reply })),
  )
  const differences: string[] = []
  let next = 0
  let before: Came | null = null

  return {
    async answer(path, request, response) {
      const number = next
      next += 1
      const exchange = exchanges[number]
      const body = await textOf(request)
      if (exchange === undefined) {
        differences.push(`request ${number + 1}: ${request.method} ${path} was not expected`)
        response.writeHead(418, { 'content-type': 'text/plain' }).end('No more exchanges are recorded.')
        return
      }
      const filled = fill(exchange, table.values, base)
      const came: Came = { path, body: parsed(body), headers: request.headers, method: request.method ?? '' }
      const found = compare(filled, { came, before }, sdkCase)
      before = came
      differences.push(...found.map((difference) => `request ${number + 1}: ${difference}`))
      send(filled.reply, request, response)
    },
    verdict() {
      const missing = exchanges
        .slice(next)
        .map(({ request }) => `${request.method} ${request.path} never came`)
      return [...differences, ...missing]
    },
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** Replaces references by values; a text that is only a reference becomes the value with its type. */
export function fill<T>(template: T, values: SdkTable['values'], base = ''): T {
  const valueNamed = (name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`test/sdk-cases.json has no value <${name}>`)
    return value
  }
  const walk = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(walk)
    if (typeof node === 'object' && node !== null)
      return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, walk(value)]))
    if (typeof node !== 'string') return node
    const whole = /^<([a-z]+:[a-z0-9-]+)>$/.exec(node)?.[1]
    if (whole !== undefined) return valueNamed(whole)
    return node
      .replaceAll(/<([a-z]+:[a-z0-9-]+)>/g, (_, name: string) => String(valueNamed(name)))
      .replaceAll('{base}', base)
  }
  return walk(template) as T
}

/** The value without members that are null: some SDKs send those, and servers treat them as absent. */
export function withoutNulls(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutNulls)
  if (typeof node !== 'object' || node === null) return node
  const kept = Object.entries(node).filter(([, value]) => value !== null && value !== undefined)
  return Object.fromEntries(kept.map(([name, value]) => [name, withoutNulls(value)]))
}

interface Came {
  method: string
  path: string
  headers: IncomingHttpHeaders
  /** The parsed text if it is JSON. */
  body: unknown
}

function compare(
  { step, request }: Exchange,
  { came, before }: { came: Came; before: Came | null },
  { surface }: SdkCase,
): string[] {
  const differences: string[] = []
  const expect = (what: string, wanted: unknown, [got, previous]: [unknown, unknown?]) => {
    if (!fits(wanted, got, previous))
      differences.push(`${what} is ${JSON.stringify(got)}, expected ${JSON.stringify(wanted)}`)
  }
  const [path = '', query = ''] = came.path.split('?')
  expect('method', request.method, [came.method])
  expect('path', request.path, [path])
  expect('query', request.query ?? {}, [Object.fromEntries(new URLSearchParams(query))])
  expect('credential', step.as ?? null, [sentCredential(came.headers, surface)])
  for (const [name, value] of Object.entries(request.headers ?? {}))
    expect(`header ${name}`, value, [came.headers[name] ?? null, before?.headers[name]])
  // In a PATCH of OpenRouter's dialect and of our own, null clears a member; elsewhere it means absent.
  const clears = surface === 'openrouter' || (surface === 'native' && request.method === 'PATCH')
  const kept = clears ? (body: unknown) => body : withoutNulls
  expect('body', kept(request.body ?? ''), [kept(came.body), kept(before?.body)])
  return differences
}

/** Whether a value equals the expected one. `{any}` matches any text, `{same}` the text in that place of the request before. */
function fits(wanted: unknown, got: unknown, before: unknown): boolean {
  if (wanted === '{any}') return typeof got === 'string' && got !== ''
  if (wanted === '{same}') return typeof got === 'string' && got === before
  if (isMoment(wanted) && isMoment(got)) return Date.parse(wanted) === Date.parse(got)
  if (!isObject(wanted) || !isObject(got)) return Bun.deepEquals(wanted, got)
  const names = new Set([...Object.keys(wanted), ...Object.keys(got)])
  const previous = isObject(before) ? before : {}
  return [...names].every(
    (name) => name in wanted && name in got && fits(wanted[name], got[name], previous[name]),
  )
}

/** A moment in UTC, which languages write with or without its milliseconds. */
function isMoment(value: unknown): value is string {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/.test(value)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sentCredential(headers: IncomingHttpHeaders, surface: SdkCase['surface']): string | null {
  if (surface === 'goodmem') return headers['x-api-key']?.toString() ?? null
  return headers.authorization?.replace(/^Bearer /, '') ?? null
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function send(
  { status = 200, headers, body, text, fault }: Reply,
  request: IncomingMessage,
  response: ServerResponse,
) {
  if (fault === 'hang') return
  if (fault === 'reset') {
    request.socket.resetAndDestroy()
    return
  }
  const payload = text ?? (body === undefined ? '' : JSON.stringify(body))
  const all = { 'content-type': 'application/json', ...headers }
  if (fault !== 'cut') {
    response.writeHead(status, payload === '' ? headers : all).end(payload)
    return
  }
  response.writeHead(status, { ...all, 'content-length': String(Buffer.byteLength(payload)) })
  response.write(payload.slice(0, payload.length / 2), () => response.socket?.destroy())
}
