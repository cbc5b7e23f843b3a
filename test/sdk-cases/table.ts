import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * An HTTP request that an SDK must send. In headers and bodies `{any}` stands for any text that is not empty, `{same}` for the text in
 * that place of the request before.
 */
export interface ExpectedRequest {
  method: string
  /** With the base of the dialect (`/api/v1/keys`), escaped as on the wire. */
  path: string
  /** Every parameter; absent when there must be none. */
  query?: Record<string, string>
  /** Headers that must be there with this value, or must be missing (null). */
  headers?: Record<string, string | null>
  /** Absent when no body may be sent. */
  body?: unknown
}

/** The answer of the recorded server, or what it does instead of answering. */
export interface Reply {
  status?: number
  /** `content-type: application/json` unless said otherwise. */
  headers?: Record<string, string>
  body?: unknown
  /** Sent unchanged, instead of `body`. */
  text?: string
  /** `hang`: there is never an answer. `reset`: the connection is reset. `cut`: the answer ends in the middle of its body. */
  fault?: 'hang' | 'reset' | 'cut'
}

/** One call of an SDK, in wire form (docs/sdk-cases.md). */
export interface Step {
  call: string
  /** The credential: `<secret:root>` when absent, none when null. */
  as?: string | null
  with: Record<string, unknown>
  cancelAfterMs?: number
  exchanges: { request: ExpectedRequest; reply: Reply }[]
  /** What the call returns, in wire form. Null for nothing. */
  result?: unknown
  /** Its failure; only the members given here are compared. */
  error?: { kind: string } & Record<string, unknown>
}

/** Which wire format a case speaks. */
export type Surface = 'openrouter' | 'goodmem' | 'native'

/** The SDKs that run the table. */
export const SDKS = ['typescript', 'go', 'dotnet'] as const

/** The name of an SDK. */
export type Sdk = (typeof SDKS)[number]

/** The SDKs that offer each dialect. */
export const SURFACES: Record<Sdk, Surface[]> = {
  typescript: ['openrouter', 'goodmem', 'native'],
  go: ['openrouter', 'native'],
  dotnet: ['goodmem', 'native'],
}

/** An ordered scenario. */
export interface SdkCase {
  name: string
  surface: Surface
  /** Absent: every SDK that offers the surface. */
  sdks?: Sdk[]
  /** Whether the same calls also run against a real server. */
  live?: boolean
  /** `closed`: nothing listens at the address. */
  server?: 'closed'
  options?: {
    timeoutMs?: number
    /** Absent: no retries. */
    retry?: { initialMs: number; maxMs: number; maxElapsedMs: number }
  }
  steps: Step[]
}

/** The table as the drivers get it. */
export interface SdkTable {
  values: Record<string, string | number>
  cases: SdkCase[]
}

interface SdkTableFile extends SdkTable {
  about: string
  shapes: Record<string, Record<string, unknown>>
}

/** Reads `test/sdk-cases.json` and replaces its `$use` members by the shapes that they name. Throws for an unknown shape. */
export function readTable(): SdkTable {
  const path = join(import.meta.dir, '../sdk-cases.json')
  const { values, shapes, cases } = JSON.parse(readFileSync(path, 'utf8')) as SdkTableFile
  return { values, cases: (expand(cases, shapes) as SdkCase[]).map(withReplies) }
}

/** A result `$reply` is the body of the last reply. */
function withReplies({ steps, ...rest }: SdkCase): SdkCase {
  const whole = steps.map((step) =>
    step.result === '$reply' ? { ...step, result: step.exchanges.at(-1)?.reply.body } : step,
  )
  return { ...rest, steps: whole }
}

/** `{"$use": "name", ...changes}` is the shape with this name and the changes. */
function expand(node: unknown, shapes: SdkTableFile['shapes']): unknown {
  if (Array.isArray(node)) return node.map((item) => expand(item, shapes))
  if (typeof node !== 'object' || node === null) return node
  const { $use, ...members } = node as Record<string, unknown>
  const own = Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name, expand(value, shapes)]),
  )
  if ($use === undefined) return own
  const shape = shapes[String($use)]
  if (shape === undefined) throw new Error(`test/sdk-cases.json has no shape "${$use}"`)
  return { ...(expand(shape, shapes) as Record<string, unknown>), ...own }
}
