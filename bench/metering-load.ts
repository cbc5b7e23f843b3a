import { percentile } from './figures.ts'
import type { LoadKey } from './limited-keys.ts'
import { costOf } from './process-cost.ts'

/** The server under load. */
export interface Target {
  url: string
  /** The server's process. */
  pid: number
  rootKey: string
  keys: readonly LoadKey[]
}

/** A way of recording money, by several concurrent callers, each of which waits for its answer before its next call. */
export interface Workload {
  name: string
  callers: number
  /** Events in one call; 0 for a charge in a verify. */
  eventsPerCall: number
}

/** The result of one run of a workload. */
export interface LoadResult {
  /** Durable events acknowledged per second. */
  eventsPerSecond: number
  /** Times from the request to the acknowledgement. */
  p50Ms: number
  p99Ms: number
  /** The server's cost of an event, over the whole run; null where the system does not report it. */
  cpuUsPerEvent: number | null
  writtenBytesPerEvent: number | null
}

// One number for the whole process, so that no event is a duplicate of an earlier run's.
let asked = 0

/**
 * Runs a workload for this time, over the keys in turn. Throws when a call is not acknowledged, because a rate of refusals means nothing.
 * Counting starts after a tenth of the time.
 */
export async function runLoad(target: Target, workload: Workload, ms: number): Promise<LoadResult> {
  const begun = performance.now()
  const counting = begun + ms / 10
  const end = counting + ms
  const times: number[] = []
  const before = costOf(target.pid)
  let calls = 0
  let last = end
  const caller = async () => {
    while (performance.now() < end) {
      const call = callOf(target, workload)
      const sent = performance.now()
      await acknowledged(target, call)
      calls += 1
      const now = performance.now()
      // A call under way at the end is awaited and its time counts: without it, slow calls would look better.
      if (now >= counting) times.push(now - sent)
      last = now
    }
  }
  await Promise.all(Array.from({ length: workload.callers }, caller))
  const after = costOf(target.pid)
  const perCall = Math.max(1, workload.eventsPerCall)
  const sorted = times.toSorted((one, other) => one - other)
  const costs = before !== null && after !== null ? { before, after } : null
  const perEvent = (used: number) => used / (calls * perCall)
  return {
    eventsPerSecond: (times.length * perCall * 1_000) / (Math.max(last, end) - counting),
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    cpuUsPerEvent: costs && perEvent((costs.after.cpuMs - costs.before.cpuMs) * 1_000),
    writtenBytesPerEvent: costs && perEvent(costs.after.writtenBytes - costs.before.writtenBytes),
  }
}

/** Makes one call of a workload; resolves when it is acknowledged, throws when it is not. */
export function record(target: Target, workload: Workload): Promise<void> {
  return acknowledged(target, callOf(target, workload))
}

function callOf(target: Target, { eventsPerCall }: Workload): Call {
  return eventsPerCall === 0 ? chargeCall(target) : reportCall(target, eventsPerCall)
}

/** Lets every key spend once: the first use in an hour creates rows, which later uses only change. */
export async function useEvery(target: Target): Promise<void> {
  for (let n = 0; n < target.keys.length; n += REPORT_MAX) {
    const keys = target.keys.slice(n, n + REPORT_MAX)
    await acknowledged(target, reportCall({ ...target, keys }, keys.length))
  }
}

/** The maximum number of events in one report. */
const REPORT_MAX = 1_000

interface Call {
  path: string
  body: string
  /** The response when everything was recorded. */
  expected: string
}

function reportCall({ keys }: Target, events: number): Call {
  const rows: string[] = []
  for (let n = 0; n < events; n++) {
    asked += 1
    rows.push(`{"id":"load-${asked}","keyId":"${keyNumber(keys, asked).id}","amount":"0.000001234"}`)
  }
  return { path: '/v2/usage', body: `{"events":[${rows.join()}]}`, expected: `"accepted":${events},` }
}

function chargeCall({ keys }: Target): Call {
  asked += 1
  const body = `{"key":"${keyNumber(keys, asked).secret}","charge":"0.000001234","requestId":"load-${asked}"}`
  return { path: '/v2/verify', body, expected: '"code":"VALID"' }
}

/** The keys in turn, not in the order of their creation: neighbours would share pages of the database. */
function keyNumber(keys: readonly LoadKey[], n: number): LoadKey {
  const key = keys[(n * STRIDE) % keys.length]
  if (key === undefined) throw new Error('There are no keys to spend from.')
  return key
}

/** Prime, and so without a factor in common with any number of keys below it. */
const STRIDE = 104_729

async function acknowledged({ url, rootKey }: Target, { path, body, expected }: Call): Promise<void> {
  const headers = { authorization: `Bearer ${rootKey}`, 'content-type': 'application/json' }
  const response = await fetch(url + path, { method: 'POST', headers, body })
  const text = await response.text()
  if (response.status !== 200 || !text.includes(expected)) {
    throw new Error(`${path} was not acknowledged: ${response.status} ${text.slice(0, 300)}`)
  }
}
