import { parentPort, Worker, workerData } from 'node:worker_threads'
import { percentile } from './figures.ts'

/** One caller that verifies keys, one call after the other with a pause between, in a thread of its own. */
export interface Probe {
  /** Verifies for this time; returns the number of calls and the times from the request to the answer. */
  run(ms: number): Promise<ProbeResult>
  close(): Promise<unknown>
}

/** The times of a probe's calls. */
export interface ProbeResult {
  calls: number
  p50Ms: number
  p99Ms: number
  /** How late the thread woke from its pauses: what the machine adds to every time here, whoever is served. */
  lateP99Ms: number
}

interface Place {
  url: string
  rootKey: string
  secrets: string[]
}

/** Starts the probe's thread, so that the callers of the load, in theirs, do not delay its reading of the clock. */
export function startProbe(place: Place): Probe {
  const thread = new Worker(new URL(import.meta.url), { workerData: place })
  return {
    run(ms) {
      const result = new Promise<ProbeResult>((resolve, reject) => {
        thread.once('message', (answer: ProbeResult | { failure: string }) =>
          'failure' in answer ? reject(new Error(answer.failure)) : resolve(answer),
        )
        thread.once('error', reject)
      })
      thread.postMessage(ms)
      return result
    },
    close: () => thread.terminate(),
  }
}

parentPort?.on('message', async (ms: number) => {
  try {
    parentPort?.postMessage(await probe(workerData as Place, ms))
  } catch (error) {
    parentPort?.postMessage({ failure: String(error) })
  }
})

const PAUSE_MS = 1

async function probe({ url, rootKey, secrets }: Place, ms: number): Promise<ProbeResult> {
  const headers = { authorization: `Bearer ${rootKey}`, 'content-type': 'application/json' }
  const times: number[] = []
  const late: number[] = []
  const end = performance.now() + ms
  for (let n = 0; performance.now() < end; n++) {
    const body = JSON.stringify({ key: secrets[n % secrets.length] })
    const sent = performance.now()
    const response = await fetch(`${url}/v2/verify`, { method: 'POST', headers, body })
    const text = await response.text()
    times.push(performance.now() - sent)
    if (!text.includes('"code":"VALID"')) throw new Error(`A verify did not pass: ${response.status} ${text}`)
    const paused = performance.now()
    await Bun.sleep(PAUSE_MS)
    late.push(performance.now() - paused - PAUSE_MS)
  }
  const sorted = times.toSorted((one, other) => one - other)
  const lateSorted = late.toSorted((one, other) => one - other)
  return {
    calls: times.length,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    lateP99Ms: percentile(lateSorted, 0.99),
  }
}
