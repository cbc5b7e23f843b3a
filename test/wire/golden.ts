import { afterEach, describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestApp, testApp } from '../support/app.ts'
import { type Cast, castOf, castReferences } from './cast.ts'
import { type References, references } from './references.ts'

/** One request and its expected answer. References (`<id:1>`, see references.ts) stand for volatile values. */
export interface GoldenStep {
  /** How far the clock moves before the request. */
  advanceMs?: number
  request: {
    method: string
    path: string
    headers?: Record<string, string>
    /** Sent as JSON; a text is sent as it is. */
    body?: unknown
  }
  response: {
    status: number
    /** Only the headers that matter; null for a header that must be absent. */
    headers?: Record<string, string | null>
    /** Compared exactly, member by member; absent when the answer must have no body. A text is compared as a text. */
    body?: unknown
  }
}

/** A file `*.wire.json`: one exchange, or an ordered scenario of several. Transcribed from its source, never from our output. */
export type GoldenExchange = {
  name: string
  /** The source of the expectation: a page and its section. */
  source: string
  /** The options of the application, when they matter. Unless `initialize` is false, the cast of cast.ts exists. */
  app?: Pick<Parameters<typeof testApp>[0] & object, 'initialize' | 'managementRate' | 'failedAuthRate'>
} & (GoldenStep | { steps: GoldenStep[] })

/** A known disagreement with a golden exchange, listed in `gaps.json`. */
export interface GoldenGap {
  name: string
  reason: string
}

/** Runs before each exchange, for dialects that need more than the cast; its result adds references. */
export type Given = (app: TestApp, cast: Cast) => Promise<Record<string, string>>

/**
 * Registers one test per exchange of a folder. An exchange in the folder's `gaps.json` must fail: a closed gap must be removed from
 * the list.
 */
export function goldenTests(dialect: string, folder: string, given: Given = async () => ({})): void {
  const gaps: GoldenGap[] = readJson(join(folder, 'gaps.json'))
  const exchanges = readdirSync(folder)
    .filter((file) => file.endsWith('.wire.json'))
    .sort()
    .map((file): GoldenExchange => readJson(join(folder, file)))
  const open: TestApp[] = []

  afterEach(async () => {
    for (const app of open.splice(0)) await app.close()
  })

  describe(`golden exchanges of ${dialect}`, () => {
    test('have names of their own, and every gap names one of them', () => {
      const names = exchanges.map(({ name }) => name)
      expect(names).toEqual([...new Set(names)])
      expect(names).toEqual(expect.arrayContaining(gaps.map(({ name }) => name)))
    })

    for (const exchange of exchanges) {
      const gap = gaps.find(({ name }) => name === exchange.name)
      test(`${exchange.name} (${gap === undefined ? exchange.source : `gap: ${gap.reason}`})`, async () => {
        const app = await testApp(exchange.app)
        open.push(app)
        const differences = await play(app, exchange, given)
        if (gap === undefined) expect(differences).toEqual([])
        else expect(differences).not.toEqual([])
        expect(app.errors).toEqual([])
      })
    }
  })
}

/** Plays the steps in order until an answer differs, and describes the difference. */
async function play(app: TestApp, exchange: GoldenExchange, given: Given): Promise<string[]> {
  const cast = exchange.app?.initialize === false ? null : await castOf(app)
  const known = cast === null ? {} : { ...castReferences(cast), ...(await given(app, cast)) }
  const names = references(known)
  for (const [index, step] of ('steps' in exchange ? exchange.steps : [exchange]).entries()) {
    app.clock.advance(step.advanceMs ?? 0)
    // The first use of a key shows within a second, and on the test's clock that second has passed.
    if ((step.advanceMs ?? 0) >= 1_000) await app.latchkey.lastUsed.flush()
    const differences = await playStep(app, step, names)
    if (differences.length > 0) return differences.map((difference) => `step ${index + 1}: ${difference}`)
  }
  return []
}

async function playStep(
  app: TestApp,
  { request, response }: GoldenStep,
  names: References,
): Promise<string[]> {
  const { method, path, headers, body } = names.fill(request)
  const answer = await app.call(method, path, {
    key: null,
    body,
    ...(headers === undefined ? {} : { headers }),
  })
  const expectedHeaders = Object.entries(response.headers ?? {})
  const asText = response.body === undefined || typeof response.body === 'string'
  return [
    ...names.differences(response.status, answer.status, 'status'),
    ...expectedHeaders.flatMap(([name, value]) =>
      names.differences(value, answer.headers.get(name), `headers.${name}`),
    ),
    ...names.differences(response.body ?? '', asText ? answer.text : answer.json, 'body'),
  ]
}

// biome-ignore lint/suspicious/noExplicitAny: the files are ours and have the shape that their reader declares.
function readJson(path: string): any {
  return JSON.parse(readFileSync(path, 'utf8'))
}
