import { afterAll, beforeAll, expect, test } from 'bun:test'
import * as client from '../../packages/client/src/index.ts'
import type { Fetch } from '../../packages/client/src/transport/send.ts'
import { type Bench, startBench } from './bench.ts'
import { runTable } from './driver.js'
import { recordedRun } from './recorded.ts'
import { readTable, SDKS, SURFACES } from './table.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

/** How many runs of native cases fail when every request goes through this function. */
async function wrong(fetching?: Fetch): Promise<number> {
  class Latchkey extends client.Latchkey {
    constructor(options: client.LatchkeyOptions) {
      super({ ...options, ...(fetching === undefined ? {} : { fetch: fetching }) })
    }
  }
  const outcomes = await runTable(bench.url, { native: { ...client, Latchkey } })
  return outcomes.filter(({ problems }) => problems.length > 0).length
}

test('the driver accepts the present client', async () => {
  expect(await wrong()).toBe(0)
})

// Each mistake, with the minimum number of runs that must notice it.
const MISTAKES: [string, number, Fetch][] = [
  [
    'the credential is not sent',
    20,
    (url, init) => fetch(url, { ...init, headers: without(init, 'authorization') }),
  ],
  [
    'the body is announced as something else',
    20,
    (url, init) => fetch(url, { ...init, headers: without(init, 'content-type') }),
  ],
  ['a repeat is sent under another name', 1, (url, init) => fetch(url, { ...init, headers: renamed(init) })],
  [
    'a money amount is changed on its way',
    3,
    (url, init) =>
      fetch(url, { ...init, body: String(init.body ?? '').replace('"2.5"', '"2.50001"') || null }),
  ],
  ['an answer is changed on its way', 3, async (url, init) => changed(await fetch(url, init))],
  ['redirects are followed', 1, (url, init) => fetch(url, { ...init, redirect: 'follow' })],
  ['every request is sent twice', 10, async (url, init) => (await fetch(url, init)) && fetch(url, init)],
]

test.each(MISTAKES)('the driver notices when %s', async (_, atLeast, fetching) => {
  const noticed = await wrong(fetching)
  console.log(`${noticed} runs noticed it`)
  expect(noticed).toBeGreaterThanOrEqual(atLeast)
})

function without({ headers }: RequestInit, name: string): Headers {
  const kept = new Headers(headers)
  kept.delete(name)
  return kept
}

function renamed({ headers }: RequestInit): Headers {
  const kept = new Headers(headers)
  if (kept.has('idempotency-key')) kept.set('idempotency-key', crypto.randomUUID())
  return kept
}

async function changed(response: Response): Promise<Response> {
  const text = (await response.text()).replace('"remaining":"7.5"', '"remaining":"7.6"')
  return new Response(response.status === 204 ? null : text, response)
}

test('the bench reports a request that never arrived', () => {
  const { cases, values } = readTable()
  for (const each of cases.filter(({ server }) => server === undefined)) {
    const run = recordedRun({ ...each, steps: each.steps }, { cases, values }, 'http://127.0.0.1:1')
    const wanted = each.steps.flatMap(({ exchanges }) => exchanges).length
    expect(run.verdict()).toHaveLength(wanted)
  }
})

test('every case has a name of its own, an SDK that runs it, and steps that end in one way', () => {
  const { cases } = readTable()
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length)
  for (const { name, surface, sdks, steps } of cases) {
    expect(`${name}`).toStartWith(`${surface} > `)
    const offering = SDKS.filter((sdk) => SURFACES[sdk].includes(surface))
    for (const sdk of sdks ?? offering) expect(offering).toContain(sdk)
    for (const step of steps) expect('result' in step).toBe(!('error' in step))
  }
})
