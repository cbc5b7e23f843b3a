// @ts-nocheck: its imports resolve only where the packed client is installed.
import * as native from '@latchkey/client'
import * as goodmem from '@latchkey/client/goodmem'
import * as openrouter from '@latchkey/client/openrouter'
import * as openrouterErrors from '@latchkey/client/openrouter/models/errors'
import { SURFACES } from './surfaces.js'

// Meets every answer of a hostile server with a call of every client, and prints what came of it and the most memory that
// the process had: of the large ones one after the other, of the others all at once.

const [url, answers] = globalThis.Deno?.args ?? globalThis.process.argv.slice(2)
const modules = { native, goodmem, openrouter, openrouterErrors }
const CALLS = { native: 'verify', goodmem: 'listApiKeys', openrouter: 'list' }
const TIMEOUT_MS = 1_000
const LARGE_TIMEOUT_MS = 20_000

const rss = () => globalThis.process.memoryUsage().rss
const atStart = rss()
let most = atStart
const watch = setInterval(() => {
  most = Math.max(most, rss())
}, 5)

async function meet(index, surface, timeoutMs) {
  const started = performance.now()
  const done = (kind) => ({ index, surface, kind, ms: Math.round(performance.now() - started) })
  try {
    const options = { timeoutMs }
    const input = surface === 'native' ? { body: { key: 'x' } } : {}
    const result = await SURFACES[surface].call(modules, {
      url: `${url}/${index}`,
      credential: 'lk_x',
      options,
      call: CALLS[surface],
      input,
      signal: new AbortController().signal,
    })
    return done(`returned ${JSON.stringify(result)}`)
  } catch (error) {
    return {
      ...done(SURFACES[surface].failure(modules, error).kind),
      message: String(error.message).slice(0, 200),
    }
  }
}

const all = JSON.parse(answers).flatMap((large, index) =>
  Object.keys(CALLS).map((surface) => ({ large, index, surface })),
)
const outcomes = []
for (const { large, index, surface } of all)
  if (large) {
    most = rss()
    outcomes.push({
      ...(await meet(index, surface, LARGE_TIMEOUT_MS)),
      mib: Math.round((most - atStart) / 2 ** 20),
    })
  }
outcomes.push(
  ...(await Promise.all(
    all.filter(({ large }) => !large).map(({ index, surface }) => meet(index, surface, TIMEOUT_MS)),
  )),
)
clearInterval(watch)
const maxRss = globalThis.process.resourceUsage?.().maxRSS
console.log(
  JSON.stringify({
    outcomes,
    atStartMiB: Math.round(atStart / 2 ** 20),
    maxMiB: maxRss && Math.round(maxRss / 1024),
  }),
)
