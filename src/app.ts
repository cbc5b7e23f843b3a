import type { Cluster } from './cluster/cluster.ts'
import { createSignIns, type SessionTimes, type SignIns } from './core/access/sign-ins.ts'
import { addressMatcher } from './core/ground/addresses.ts'
import type { Clock, RandomBytes } from './core/ground/clock.ts'
import { Fault } from './core/ground/faults.ts'
import { digestOf, type Secret } from './core/ground/secret.ts'
import { createLatchkey, type LatchkeyProcess, type LatchkeySettings } from './core/latchkey.ts'
import { keepHouse, type Retention } from './housekeeping.ts'
import { dashboardOperations } from './http/dashboard/index.ts'
import { createSessions, type Sessions } from './http/dashboard/sessions.ts'
import type { SettingRow } from './http/dashboard/settings-operation.ts'
import { goodmem } from './http/goodmem/index.ts'
import { createFrontDoor } from './http/hot/front-door.ts'
import type { RequestNews } from './http/hot/hot-parts.ts'
import { type ApiParts, createApi, type RequestReport } from './http/kernel/api.ts'
import { basePathOf } from './http/kernel/base-path.ts'
import type { ClientAddressHeader } from './http/kernel/client-address.ts'
import { refusingEarly } from './http/kernel/early-refusals.ts'
import type { Connection, NativeRoute } from './http/kernel/env.ts'
import { createLateRefusals } from './http/kernel/late-refusals.ts'
import { createPressingSenders } from './http/kernel/pressing-senders.ts'
import { createLoopTurns } from './http/kernel/turns.ts'
import { nativeWith } from './http/native/index.ts'
import type { RulesInForce } from './http/native/verify/gateway-request.ts'
import { openrouter } from './http/openrouter/index.ts'
import { LIVENESS } from './http/ops/get-liveness.ts'
import { operations } from './http/ops/index.ts'
import { createMeasurements, type Measurements } from './http/ops/measurements.ts'
import { metricsOnly } from './http/ops/metrics-listener.ts'
import { describeApi } from './http/reference/document.ts'
import type { Log } from './log/log.ts'
import { createRequestLines, type RequestLogMode } from './log/request-lines.ts'
import { measuredStore, openFiles, storeReads } from './measured-store.ts'
import { durableRateLimiter } from './rates/durable.ts'
import { memoryRateLimiter } from './rates/memory.ts'
import { type SharedMemory, sharedRateLimiter } from './rates/shared.ts'
import { reachableStore } from './reachable-store.ts'
import { workingFor } from './store/reading/short-reads.ts'
import type { Store } from './store/store.ts'

/** The dependencies and settings of an application; nothing here reads the environment. */
export interface AppParts extends Pick<ApiParts, 'requestTimeoutMs'>, Retention {
  /** The addresses of trusted proxies. */
  trustedProxies: readonly string[]
  /** The header in which those proxies name the client. */
  clientAddressHeader: ClientAddressHeader
  store: Store
  clock: Clock
  random: RandomBytes
  settings: LatchkeySettings
  /** Management calls per credential in a window. */
  managementRate: { limit: number; windowMs: number }
  /** Data-plane calls per credential of a USER in a window. */
  dataRate: { limit: number; windowMs: number }
  /** The same for a credential of a SERVICE, ADMIN or ROOT. */
  serviceRate: { limit: number; windowMs: number }
  /** Failed authentications per client address in a window. */
  failedAuthRate: { limit: number; windowMs: number }
  /** Calls without a credential in a window, per address and in all. */
  publicRate: { limit: number; windowMs: number }
  publicRateTotal: { limit: number; windowMs: number }
  /** How long a browser stays signed in to the dashboard; null for a server without one. */
  dashboard: SessionTimes | null
  /** The address at which clients reach the server, without a slash at its end; absent where it is reached directly. */
  publicUrl?: string | null | undefined
  /** The settings that the dashboard shows; none when absent. */
  settingRows?: readonly SettingRow[]
  log: Log
  /** Which finished requests are logged. */
  requestLog: RequestLogMode
  /** The nodes on the store, including this one; absent where there can be no others. */
  cluster?: Cluster
  /** The memory in which nodes count the rate limits of keys together; absent where each counts by itself. */
  sharedRates?: SharedMemory
  /** The rules for requests to protected services, by method and path; absent for no rules. */
  routeRules?: RulesInForce
}

/** A running application without a socket. */
export interface App {
  latchkey: LatchkeyProcess
  fetch(request: Request, connection: Connection): Response | Promise<Response>
  /** The same without the hot path, for tests that compare the two. */
  fetchPlain(request: Request, connection: Connection): Response | Promise<Response>
  /** The addresses of the hot path, for the server to route. */
  routes: readonly NativeRoute[]
  /** Answers `GET /metrics` without a credential, for a port that only the monitoring can reach. */
  fetchMetrics(request: Request): Response | Promise<Response>
  /** The address below the server's own that signs in once with this key; null where there is no dashboard. */
  signInPath(secret: Secret): Promise<string | null>
  /** Writes the pending data and closes the store. */
  close(): Promise<void>
}

/** The composition root: the domain over the store, the dialects over the domain, and the housekeeping timers. */
export function buildApp(parts: AppParts): App {
  const { clock, random, settings, log, cluster } = parts
  const reads = storeReads(parts.store, clock)
  const sharing = parts.sharedRates && (() => counting.sharing())
  const measurements = createMeasurements({ node: cluster, store: reads, openFiles, sharing })
  const reached = cluster === undefined ? parts.store : reachableStore(parts.store, cluster.reach)
  const store = measuredStore(reached, measurements.storeNews)
  const counting = ratesOf({ ...parts, store })
  const { rates } = counting
  const nodes = cluster === undefined ? {} : { nodes: cluster }
  const latchkey = measurements.measured(createLatchkey({ store, clock, random, settings, rates, ...nodes }))
  const signIns = signInsOf({ ...parts, store })
  const sessions = signIns && createSessions(signIns)
  const rules = parts.routeRules ?? (() => null)
  const basePath = basePathOf(parts.publicUrl)
  const dialects: ApiParts['dialects'] = [
    nativeWith(rules),
    goodmem,
    openrouter,
    operations({
      check: () => checkOf(parts),
      measurements,
      node: cluster?.state,
      describe: (pass) => describeApi(api, { dialects, url: parts.publicUrl, pass }),
      basePath,
      dashboard: dashboardOf(sessions, parts),
    }),
  ]
  const guards = { latchkey, workingFor, ...(sessions && { sessions }), ...limitsOf(parts, latchkey) }
  const news = requestNews(parts.requestLog, { measurements, log, clock })
  const heard = { ...guards, dialects, report: news.report }
  const api = createApi({ ...heard, basePath })
  const plain = refusingEarly(heard, (request, connection) => api.fetch(request, connection))
  const door = createFrontDoor({ ...guards, rules, news, plain })
  return {
    latchkey,
    fetch(request, connection) {
      const route = door.routeOf(request)
      return route === null ? plain(request, connection) : route(request, () => connection.peerAddress)
    },
    fetchPlain: plain,
    routes: [
      LIVENESS,
      { path: '/v2/verify', method: 'POST', answer: door.verify },
      { path: '/v2/authorize', method: null, answer: door.authorize },
      { path: '/v2/authorize/*', method: null, answer: door.authorizeBelow },
    ],
    fetchMetrics: metricsOnly(measurements),
    signInPath: (secret) => signInPathOf(signIns, secret),
    close: keepHouse(latchkey, { ...parts, store, log, signIns }),
  }
}

/** The browsers that have signed in; null for a server without a dashboard. */
function signInsOf({ store, clock, random, dashboard }: AppParts): SignIns | null {
  return dashboard === null ? null : createSignIns({ store, clock, random, ...dashboard })
}

async function signInPathOf(signIns: SignIns | null, secret: Secret): Promise<string | null> {
  return signIns === null ? null : `/sign-in#link=${await signIns.offerLink(digestOf(secret))}`
}

/** The dashboard's operations; none for a server without one. */
function dashboardOf(sessions: Sessions | null, { settingRows: settings = [], publicUrl }: AppParts) {
  if (sessions === null) return undefined
  return dashboardOperations(sessions, { settings, basePath: basePathOf(publicUrl) })
}

/** Builds the limiter of keys: in this process, or shared with other nodes. */
function ratesOf({ store, clock, sharedRates }: AppParts) {
  const local = durableRateLimiter({ store, clock })
  if (sharedRates === undefined) return { rates: local, sharing: () => ({ isShared: false, failures: 0 }) }
  const rates = sharedRateLimiter({ shared: sharedRates, local, clock })
  return { rates, sharing: rates.state }
}

/** Throws when this process cannot do its work, also when a node must not use its database. */
async function checkOf({ store, cluster }: AppParts): Promise<void> {
  if (cluster?.isCutOff())
    throw new Fault('store_unavailable', { internal: 'the database is not to be asked' })
  await store.check()
}

/** The limits of callers, and the proxies that are trusted to name client addresses. */
function limitsOf(parts: AppParts, { facts, clock }: LatchkeyProcess) {
  const rates = memoryRateLimiter(clock)
  return {
    rates,
    pressing: createPressingSenders({ rates, facts, clock }),
    managementRate: { name: 'management', ...parts.managementRate },
    dataRate: { name: 'data', ...parts.dataRate },
    serviceRate: { name: 'service', ...parts.serviceRate },
    failedAuthRate: { name: 'failed-authentication', ...parts.failedAuthRate },
    publicRate: { name: 'public', ...parts.publicRate },
    publicRateTotal: { name: 'public-total', ...parts.publicRateTotal },
    requestTimeoutMs: parts.requestTimeoutMs,
    reportError: parts.log.error,
    loop: createLoopTurns(),
    lateRefusals: createLateRefusals(),
    forwarding: {
      header: parts.clientAddressHeader,
      isTrustedProxy: addressMatcher(parts.trustedProxies),
    },
  }
}

/** The listeners for finished requests: the metrics for all of them, the log for those that the settings choose. */
function requestNews(
  mode: RequestLogMode,
  { measurements, log, clock }: { measurements: Measurements; log: Log; clock: Clock },
): RequestNews {
  const lines = createRequestLines(mode, memoryRateLimiter(clock))
  const write = (report: RequestReport) => log.request(report, lines.takeLeftOut())
  return {
    countOf: measurements.countOf,
    wantsLine: lines.wantsPassed,
    wantsRefusal: lines.wantsRefused,
    log: write,
    report(report) {
      measurements.request(report)
      if (lines.wants(report)) write(report)
    },
  }
}
