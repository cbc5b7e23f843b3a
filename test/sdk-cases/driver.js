// @ts-check

import { differences, fill } from './references.js'
import { SURFACES } from './surfaces.js'

// Drives the TypeScript SDK through the table of wire cases, in whatever runtime it is loaded.

/** @typedef {import('./references.js').Values} Values */
/** @typedef {import('./table.ts').SdkCase} SdkCase */
/** @typedef {import('./table.ts').Step} Step */
/** @typedef {{ name: string, mode: 'recorded' | 'live', problems: string[] }} Outcome */
/** @typedef {{ url: string, values: Values, id?: number }} Stage */

// A call that has not ended by then never will.
const STEP_MS = 15_000
const CLOSED = 'http://127.0.0.1:1'
const AT_ONCE = 8

/**
 * Runs every case that the given modules offer, and answers how each went.
 *
 * @param {string} bench Where the bench listens.
 * @param {import('./surfaces.js').Modules} modules
 * @param {{ modes?: Outcome['mode'][], hidesRedirects?: boolean }} [options] Browsers hide the status of a redirect.
 * @returns {Promise<Outcome[]>}
 */
export async function runTable(
  bench,
  modules,
  { modes = ['recorded', 'live'], hidesRedirects = false } = {},
) {
  const { cases } = /** @type {import('./table.ts').SdkTable} */ (await ask(bench, 'GET', '/cases'))
  const mine = cases.filter(
    ({ surface, sdks }) => surface in modules && (sdks === undefined || sdks.includes('typescript')),
  )
  if (hidesRedirects) for (const { steps } of mine) steps.forEach(hideRedirect)
  const runs = modes.flatMap((mode) =>
    mine.filter(({ live }) => mode === 'recorded' || live).map((each) => ({ each, mode })),
  )
  /** @type {Outcome[]} */
  const outcomes = []
  const worker = async () => {
    for (let run = runs.shift(); run !== undefined; run = runs.shift()) {
      const { each, mode } = run
      const problems = await (mode === 'live' ? runLive : runRecorded)(bench, each, modules)
      outcomes.push({ name: each.name, mode, problems })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return outcomes
}

/** @type {(bench: string, each: SdkCase, modules: import('./surfaces.js').Modules) => Promise<string[]>} */
async function runRecorded(bench, each, modules) {
  /** @type {Stage} */
  const stage = await ask(bench, 'POST', '/recorded', { case: each.name })
  if (each.server === 'closed') return runSteps({ ...stage, url: CLOSED }, each, modules)
  const problems = await runSteps(stage, each, modules)
  const verdict = await ask(stage.url, 'GET', '/verdict')
  return [...problems, ...verdict.differences]
}

/** @type {(bench: string, each: SdkCase, modules: import('./surfaces.js').Modules) => Promise<string[]>} */
async function runLive(bench, each, modules) {
  /** @type {Stage} */
  const stage = await ask(bench, 'POST', '/live', {})
  const problems = await runSteps(stage, each, modules)
  const { errors } = await ask(bench, 'DELETE', `/live/${stage.id}`)
  return [...problems, ...errors]
}

/** @type {(stage: Stage, each: SdkCase, modules: import('./surfaces.js').Modules) => Promise<string[]>} */
async function runSteps({ url, values }, each, modules) {
  for (const [index, step] of each.steps.entries()) {
    const problems = await runStep({ url, values }, { each, step, modules })
    if (problems.length > 0) return problems.map((problem) => `step ${index + 1}, ${step.call}: ${problem}`)
  }
  return []
}

/** @type {(stage: Stage, what: { each: SdkCase, step: Step, modules: import('./surfaces.js').Modules }) => Promise<string[]>} */
async function runStep({ url, values }, { each, step, modules }) {
  const surface = SURFACES[each.surface]
  const credential = step.as === null ? null : fill(step.as ?? '<secret:root>', values)
  const abort = new AbortController()
  const timers = [
    ...(step.cancelAfterMs === undefined ? [] : [setTimeout(() => abort.abort(), step.cancelAfterMs)]),
  ]
  try {
    const call = surface.call(modules, {
      url,
      credential,
      options: each.options ?? {},
      call: step.call,
      input: fill(step.with, values),
      signal: abort.signal,
    })
    const result = await inTime(call)
    if (step.error !== undefined) return [`returned ${JSON.stringify(result)}, expected a failure`]
    return differences(step.result ?? null, result, values, 'result')
  } catch (error) {
    if (step.error === undefined) return [`failed: ${told(error)}`]
    const seen = surface.failure(modules, error)
    const named = Object.fromEntries(Object.keys(step.error).map((name) => [name, seen[name]]))
    const problems = differences(step.error, named, values, 'error')
    return problems.length === 0 ? [] : [...problems, `it was ${told(error)}`]
  } finally {
    for (const timer of timers) clearTimeout(timer)
  }
}

/** @param {Step} step */
function hideRedirect({ exchanges: [exchange], error }) {
  const status = exchange?.reply.status ?? 0
  if (error !== undefined && status >= 300 && status < 400) error.status = 0
}

/** @type {<T>(call: Promise<T>) => Promise<T>} */
async function inTime(call) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`did not end within ${STEP_MS} ms`)), STEP_MS)
  })
  try {
    return await /** @type {Promise<any>} */ (Promise.race([call, late]))
  } finally {
    clearTimeout(timer)
  }
}

/** @param {unknown} error */
function told(error) {
  return error instanceof Error ? `${error.constructor.name}: ${error.message}` : JSON.stringify(error)
}

/** @type {(base: string, method: string, path: string, body?: unknown) => Promise<any>} */
async function ask(base, method, path, body) {
  const response = await fetch(`${base}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`)
  return answer
}
