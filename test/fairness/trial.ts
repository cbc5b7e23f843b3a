import { readFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import { percentile, spreadOf } from '../../bench/figures.ts'
import { addLimitedKeys } from '../../bench/limited-keys.ts'
import { eventLoopWatch, WATCHED_MAIN } from '../support/event-loop-watch.ts'
import { residentBytes } from '../support/process-memory.ts'
import { type ServerProcess, startServer, temporaryFolder } from '../support/server.ts'
import type { BareOrder, BareServer } from './bare.ts'
import { HONEST_CALLS, type HonestCall, type HonestResult, type HonestTenant } from './honest.ts'
import type { HostileOrder, HostileResult } from './hostile.ts'
import { areReceived, type HostileKind, type HostileTenant } from './hostile-kinds.ts'
import { makeBackend, makeHostileTenant } from './tenants.ts'

/** The promises to an honest tenant while a hostile one is active (SECURITY.md). */
export const PROMISED = { p99Ratio: 3, rateShare: 0.7, revokeMs: 50, memoryMib: 640 } as const

/** The extent of the measurements. */
export interface Extent {
  /** The number of keys besides those of the tenants. */
  keys: number
  /** The length of a period beside the hostile tenant; one without it is half as long. */
  stretchMs: number
  /** The maximum number of measurements of each kind. */
  rounds: number
  /** The time for all kinds: no kind is measured again when there would be no time left for the others. */
  allMs: number
  /** Whether the honest tenant is also measured beside the same load at another server, which tells the machine's part of the times. */
  hasControl: boolean
}

/** The times of one kind of call, in milliseconds. */
interface Times {
  p50: number
  p99: number
}

/** The times of each kind of call. */
export type CallTimes = Record<HonestCall, Times>

/** One measurement: the honest tenant alone (the median of all periods so far), and beside the hostile one. */
export interface Round {
  idle: CallTimes
  /** While the hostile tenant sends to a server of its own; null where that was not measured. */
  elsewhere: CallTimes | null
  beside: CallTimes
  /** The share of its calls that the honest tenant got done, compared with alone. */
  rateShare: number
  honestTries: number
  refused: string[]
  hostile: HostileResult
  memoryMib: number | null
  /** The share of its runnable time that the server's main thread waited for a processor; null where Linux does not report it. */
  waited: number | null
  /** The longest time for which the server's main thread served nobody else, in processor time; null where it is not watched. */
  longestMs: number | null
  /** Each measurement divided by its promise: the promise is kept if this is at most 1. */
  strain: Record<Promised, number>
}

/** Above this share other programs take so much of the machine that a bad round says nothing about the server. */
export const WAITED_TOO_LONG = 0.25

/** The promised figures: the times of each kind of call, the rate of all, and memory. */
export type Promised = 'verify' | 'money' | 'revoke' | 'rate' | 'memory'

/**
 * The promises that no round has kept. Other programs of the machine lengthen single measurements and shorten none, so each promise is
 * judged by its best round: a server that is unfair is unfair in all of them.
 */
export function brokenIn(rounds: readonly Round[]): Promised[] {
  const names = Object.keys(rounds[0]?.strain ?? {}) as Promised[]
  return names.filter((name) => rounds.every(({ strain }) => strain[name] > 1))
}

/** A server, and both tenants in processes of their own. */
export interface Trial {
  /** Measures a kind until every promise was kept in some round, or for the maximum number of rounds; returns all rounds. */
  measure(kind: HostileKind): Promise<Round[]>
  close(): Promise<void>
}

const ROOT_KEY = 'root-secret-of-the-fairness-test-0123456789'
const HONEST_KEYS = 200
const REVOCABLE_PER_SECOND = 2 * HONEST_CALLS.revoke
// Counting starts when the hostile tenant is at full speed.
const RUN_UP_MS = 250
/** The number of periods alone before the first kind, so that no single one decides. */
const STRETCHES_BEFORE = 3
/** The hostile process has a lower priority: it stands for other machines, whose processors are not the server's. */
const NICENESS = 19

/** Sets everything up. `main` may be that of a server with a mistake in it. */
export async function startTrial(
  extent: Extent,
  kinds: number,
  { main, mistake }: { main?: string; mistake?: string } = {},
): Promise<Trial> {
  const begun = performance.now()
  const path = join(temporaryFolder(), 'latchkey.db')
  const settings = {
    LATCHKEY_DATABASE_URL: `sqlite:${path}`,
    LATCHKEY_ROOT_KEY: ROOT_KEY,
    LATCHKEY_LOG_LEVEL: 'error',
  }
  await (await startServer(settings)).end('SIGTERM')
  const roundMs = 0.5 * extent.stretchMs + (extent.hasControl ? 2 : 1) * (extent.stretchMs + RUN_UP_MS)
  const seconds = ((kinds + STRETCHES_BEFORE) * extent.rounds * roundMs) / 1_000
  const own = addLimitedKeys(path, extent.keys + HONEST_KEYS + Math.ceil(seconds * REVOCABLE_PER_SECOND))
  const server = await startServer(
    { ...settings, ...(mistake && { MISTAKE: mistake }) },
    main ?? WATCHED_MAIN,
  )
  const longestBlockMs = main === undefined ? eventLoopWatch(() => server) : async () => null
  const operator = { server, rootKey: ROOT_KEY }
  const honest = processOf<HonestResult>('honest.ts')
  const hostile = processOf<HostileResult>('hostile.ts')
  const bare = extent.hasControl ? processOf<BareServer>('bare.ts') : null
  setPriority(hostile.pid, NICENESS)
  const tenant: HonestTenant = {
    url: server.url,
    backendKey: await makeBackend(operator),
    operatorKey: ROOT_KEY,
    keys: own.slice(0, HONEST_KEYS),
    revocable: own.slice(HONEST_KEYS + extent.keys).map(({ id }) => id),
  }
  honest.tell({ tenant })
  hostile.tell({ tenant: (await makeHostileTenant(operator)) satisfies HostileTenant })
  // Not counted: the first calls read facts that memory does not hold yet, and run code for the first time.
  await honest.ask({ ms: extent.stretchMs })
  const alone: HonestResult[] = []
  for (let n = 0; n < STRETCHES_BEFORE; n += 1) alone.push(await honest.ask({ ms: extent.stretchMs / 2 }))
  let left = kinds

  /** The honest tenant beside an attack on another server. */
  async function besideElsewhere(kind: HostileKind): Promise<CallTimes | null> {
    if (bare === null) return null
    const at = await bare.ask({ receives: areReceived(kind) } satisfies BareOrder)
    const { beside } = await besideAttack({ attack: kind, at })
    return timesOf(beside)
  }

  async function besideAttack(order: HostileOrder) {
    const attack = hostile.ask(order)
    await Bun.sleep(RUN_UP_MS)
    await longestBlockMs()
    const before = schedulingOf(server)
    const beside = await honest.ask({ ms: extent.stretchMs })
    const waited = waitedBetween(before, schedulingOf(server))
    const bytes = residentBytes(server.pid)
    const memoryMib = bytes === null ? null : Math.round(bytes / 2 ** 20)
    const longestMs = await longestBlockMs()
    hostile.tell({ stop: true } satisfies HostileOrder)
    return { beside, hostile: await attack, memoryMib, waited, longestMs }
  }

  async function round(kind: HostileKind): Promise<Round> {
    alone.push(await honest.ask({ ms: extent.stretchMs / 2 }))
    const elsewhere = await besideElsewhere(kind)
    return judged({ alone, elsewhere, ...(await besideAttack({ attack: kind })) })
  }

  return {
    async measure(kind) {
      left -= 1
      const rounds = [await round(kind)]
      const hasTime = () => performance.now() - begun + (left + 1) * roundMs < extent.allMs
      while (brokenIn(rounds).length > 0 && rounds.length < extent.rounds && hasTime())
        rounds.push(await round(kind))
      return rounds
    },
    async close() {
      honest.end()
      hostile.end()
      bare?.end()
      await server.end('SIGTERM')
    },
  }
}

interface Measured {
  alone: readonly HonestResult[]
  elsewhere: CallTimes | null
  beside: HonestResult
  hostile: HostileResult
  memoryMib: number | null
  waited: number | null
  longestMs: number | null
}

function judged({ alone, elsewhere, beside, ...others }: Measured): Round {
  const names = Object.keys(HONEST_CALLS) as HonestCall[]
  const pressed = timesOf(beside)
  const rateShare = doneShare(beside) / middle(alone.map(doneShare))
  const slowdown = (...of: HonestCall[]) =>
    p99Of(beside, of) / middle(alone.map((result) => p99Of(result, of))) / PROMISED.p99Ratio
  return {
    idle: Object.fromEntries(
      names.map((name) => {
        const times = alone.map((result) => timesOf(result)[name])
        return [name, { p50: middle(times.map(({ p50 }) => p50)), p99: middle(times.map(({ p99 }) => p99)) }]
      }),
    ) as CallTimes,
    elsewhere,
    beside: pressed,
    rateShare,
    honestTries: names.reduce((sum, name) => sum + beside[name].made, 0),
    refused: names.flatMap((name) => beside[name].refused),
    ...others,
    strain: {
      verify: slowdown('verify'),
      // Together, because each alone has too few calls for a p99.
      money: slowdown('charge', 'report'),
      // If the machine is too busy for the promised time, revokes are also compared with those alone.
      revoke: Math.min(pressed.revoke.p99 / PROMISED.revokeMs, slowdown('revoke')),
      rate: PROMISED.rateShare / rateShare,
      memory: (others.memoryMib ?? 0) / PROMISED.memoryMib,
    },
  }
}

function middle(figures: readonly number[]): number {
  return spreadOf(figures).median
}

/** The time within which 99 of 100 calls were answered correctly; infinite when none was. */
function p99Of(result: HonestResult, names: readonly HonestCall[]): number {
  return sharesOf(names.flatMap((name) => result[name].tookMs))(0.99)
}

function timesOf(result: HonestResult): CallTimes {
  const entries = Object.entries(result).map(([name, { tookMs }]) => {
    const at = sharesOf(tookMs)
    return [name, { p50: at(0.5), p99: at(0.99) }]
  })
  return Object.fromEntries(entries)
}

function sharesOf(tookMs: readonly number[]): (share: number) => number {
  const sorted = tookMs.toSorted((one, other) => one - other)
  return (share) => (sorted.length === 0 ? Number.POSITIVE_INFINITY : percentile(sorted, share))
}

function doneShare(result: HonestResult): number {
  const all = Object.values(result)
  const done = all.reduce((sum, { tookMs }) => sum + tookMs.length, 0)
  return done / all.reduce((sum, { made }) => sum + made, 0)
}

/** A time for people. */
export function shown(ms: number): string {
  return `${ms.toPrecision(ms < 100 ? 2 : 3)} ms`
}

/** How long the server's main thread has run and has waited for a processor, in nanoseconds; null where Linux does not report it. */
function schedulingOf({ pid }: ServerProcess): { worked: number; waited: number } | null {
  try {
    const [worked, waited] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ').map(Number)
    return worked === undefined || waited === undefined ? null : { worked, waited }
  } catch {
    return null
  }
}

type Scheduling = ReturnType<typeof schedulingOf>

function waitedBetween(before: Scheduling, after: Scheduling): number | null {
  if (before === null || after === null) return null
  const waited = after.waited - before.waited
  return waited / (waited + after.worked - before.worked)
}

interface Tenant<Answer> {
  pid: number
  tell(order: object): void
  ask(order: object): Promise<Answer>
  end(): void
}

/** Bun's `fetch` makes 256 requests of a process at a time at most, unless it is told otherwise. */
const REQUESTS_MAX = 2_000

function processOf<Answer>(file: string): Tenant<Answer> {
  let answered: PromiseWithResolvers<Answer> | null = null
  const child = Bun.spawn([process.execPath, join(import.meta.dir, file)], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, BUN_CONFIG_MAX_HTTP_REQUESTS: `${REQUESTS_MAX}` },
    ipc: (answer) => answered?.resolve(answer),
    onExit: (_, code) => answered?.reject(new Error(`${file} ended with ${code}`)),
  })
  return {
    pid: child.pid,
    tell: (order) => child.send(order),
    ask(order) {
      answered = Promise.withResolvers<Answer>()
      child.send(order)
      return answered.promise
    },
    end: () => child.kill('SIGKILL'),
  }
}
