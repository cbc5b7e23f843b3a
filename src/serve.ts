import { type App, type AppParts, buildApp } from './app.ts'
import { type ClusterParts, joinCluster } from './cluster/cluster.ts'
import { type Config, SETTINGS } from './config/settings.ts'
import { LINK_MS } from './core/access/sign-ins.ts'
import { systemClock, systemRandom } from './core/ground/clock.ts'
import type { Initialized } from './core/keys/initialize.ts'
import { dialectSettings } from './dialect-settings.ts'
import { requireHost } from './http/kernel/host.ts'
import { type Listener, listen } from './http/kernel/server.ts'
import type { LineWriter } from './log/line-writer.ts'
import { createLog, type Log, logsRequests, logsWarnings } from './log/log.ts'
import { withOneLinePerOutage } from './log/outage-lines.ts'
import { openRedis } from './redis.ts'
import { openRouteRules } from './route-rules.ts'
import { type ShownDatabase, showDatabase } from './shown-database.ts'
import { openStore } from './store/open.ts'
import type { OpenOptions } from './store/open-options.ts'
import type { Store } from './store/store.ts'
import { version } from './version.ts'

/** A server that accepts requests. */
export interface RunningServer {
  url: string
  /** Reads the route rules again. Errors in them are logged, and then nothing changes. */
  reload(): void
  /** Stops accepting requests, finishes the running ones, writes the pending data, and closes everything in reverse order. */
  stop(why: string): Promise<void>
  /** Resolves with a reason when the server can no longer keep its promises and must end; never otherwise. */
  broken: Promise<string>
}

const MIB = 1024 * 1024

/** The outputs of the process. */
export interface Output {
  /** Prints the few lines that are meant for a person. */
  print(text: string): void
  /** The writer of log lines. */
  lines: LineWriter
}

/** Opens everything that the settings name and starts serving. */
export async function serve(
  config: Config,
  { print, lines }: Output,
  { settingRows = [], ...opening }: Pick<OpenOptions, 'silent'> & Pick<AppParts, 'settingRows'> = {},
): Promise<RunningServer> {
  const log = withOneLinePerOutage(createLog(config.logLevel, lines), () => performance.now())
  const broken = Promise.withResolvers<string>()
  await requireHosts(config)
  const routeRules = openRouteRules(config)
  const hear = { onBroken: broken.resolve, onNotice: log.warning }
  const store = await openStoreOf(config, { ...hear, ...opening })
  const closers: (() => Promise<void>)[] = [() => store.close()]
  const nodes = othersOf(config, { ...hear, store, leaseMs: config.leaseMs }, closers)
  try {
    const app = buildApp({
      ...partsOf(config, { store, log, routeRules: routeRules.inForce }),
      settingRows,
      ...nodes,
    })
    closers[0] = () => app.close()
    // The ports are taken before a root key is made, so that a start that fails for them makes none.
    const door = heldUntilOpen(app)
    const { host: hostname, port, idleTimeoutMs } = config
    const listener = listen({
      hostname,
      port,
      settings: namesOf('host', 'port'),
      idleTimeoutMs,
      fetch: door.fetch,
      routes: app.routes,
      reportError: log.error,
    })
    closers.push(() => stopServing(app, listener, config.shutdownGraceMs))
    const metrics = config.metricsPort === null ? null : listenForMetrics(config, config.metricsPort, app)
    if (metrics !== null) closers.push(() => metrics.stop(config.shutdownGraceMs))
    const warn = warnerOf(config, { print, log })
    const first = await makeRootKey(config, { app, print, warn })
    door.open()
    await tellOfStart(config, { app, first, listener, metrics, print, warn, log })
    return { url: listener.url, broken: broken.promise, reload, stop: (why) => stop(why) }

    function reload() {
      try {
        routeRules.reload()
        log.event('reloaded', { authorizeRules: config.authorizeRules })
      } catch (error) {
        log.warning(`Nothing was reloaded. ${error instanceof Error ? error.message : String(error)}`)
      }
    }

    async function stop(why: string) {
      log.event('stopping', { why })
      for (const close of closers.toReversed()) await close()
      log.event('stopped')
    }
  } catch (error) {
    for (const close of closers.toReversed()) await close()
    throw error
  }
}

async function requireHosts({ host, metricsHost, metricsPort }: Config): Promise<void> {
  await requireHost(host, namesOf('host', 'port').host)
  if (metricsPort !== null) await requireHost(metricsHost, namesOf('metricsHost', 'metricsPort').host)
}

/** Lets requests wait until it is opened: before there is a root key a stranger could set the system up. */
function heldUntilOpen(app: App): Pick<App, 'fetch'> & { open(): void } {
  const opened = Promise.withResolvers<void>()
  let isOpen = false
  return {
    fetch: (request, connection) =>
      isOpen ? app.fetch(request, connection) : opened.promise.then(() => app.fetch(request, connection)),
    open() {
      isOpen = true
      opened.resolve()
    },
  }
}

interface Started {
  app: App
  first: Initialized | null
  listener: Listener
  metrics: Listener | null
  print: Output['print']
  warn: Warn
  log: Log
}

/** Tells an operator what the start has found. */
type Warn = (what: string) => void

/** The warnings of the start go to the log, or to the output where the log has no warnings: they must not go unsaid. */
function warnerOf({ logLevel }: Config, { print, log }: Pick<Started, 'print' | 'log'>): Warn {
  return logsWarnings(logLevel) ? log.warning : (what) => print(`${what}\n\n`)
}

/** Prints where the server is reached and where its data is, and logs that it serves. */
async function tellOfStart(
  config: Config,
  { app, first, listener, metrics, print, warn, log }: Started,
): Promise<void> {
  const data = await showDatabase(config, { isNew: first !== null })
  const signInPath = first === null || config.rootKey !== null ? null : await app.signInPath(first.secret)
  print(welcome({ config, listener, metrics, signInPath, data }))
  for (const warning of data.warnings) warn(warning)
  log.event('serving', { version, url: listener.url, database: data.shown })
}

/** Ends the connections that follow the changes, which would never end by themselves, and lets other requests finish. */
function stopServing(app: App, listener: Listener, graceMs: number): Promise<void> {
  app.latchkey.changeFeed.close()
  return listener.stop(graceMs)
}

/** The parts that this process shares with other nodes; their closing functions are added to `closers`. */
function othersOf(
  config: Config,
  parts: ClusterParts,
  closers: (() => Promise<void>)[],
): Pick<AppParts, 'cluster' | 'sharedRates'> {
  return { ...joined(parts, closers), ...sharedRatesOf(config, closers) }
}

/** Joins the nodes of a shared store; the function that leaves them is added to `closers`. */
function joined(parts: ClusterParts, closers: (() => Promise<void>)[]): Pick<AppParts, 'cluster'> {
  if (!parts.store.isShared()) return {}
  const cluster = joinCluster(parts)
  closers.push(() => cluster.close())
  return { cluster }
}

/** Opens the memory in which nodes count together, if the settings name one; its closing function is added to `closers`. */
function sharedRatesOf(
  { redisUrl }: Config,
  closers: (() => Promise<void>)[],
): Pick<AppParts, 'sharedRates'> {
  if (redisUrl === null) return {}
  const redis = openRedis(redisUrl)
  closers.push(async () => redis.close())
  return { sharedRates: redis }
}

/** Opens the database that the settings name. */
function openStoreOf(
  { database, acceptOlder, diskReserveMib, revisionFile }: Config,
  hear: Pick<OpenOptions, 'onBroken' | 'onNotice' | 'silent'>,
): Promise<Store> {
  const url = database.kind === 'sqlite' ? `sqlite:${database.path}` : database.url.reveal()
  return openStore(url, {
    ...hear,
    acceptOlder,
    revisionFile,
    diskReserveBytes: diskReserveMib * MIB,
    isServer: true,
  })
}

function requestLogOf({ logLevel, requestLog }: Config): AppParts['requestLog'] {
  if (logLevel === 'debug') return 'all'
  return logsRequests(logLevel) ? requestLog : 'none'
}

/** The application's parts, from the settings. */
function partsOf(config: Config, opened: Pick<AppParts, 'store' | 'log' | 'routeRules'>): AppParts {
  return {
    ...opened,
    clock: systemClock,
    random: systemRandom,
    settings: {
      ...dialectSettings(config),
      bounds: {
        factsBytes: config.factsMemoryMib * MIB,
        keysPerUser: config.keysPerUser,
        holdsPerKey: config.holdsPerKey,
        holdsPerUser: config.holdsPerUser,
        amountMax: config.amountMax,
      },
    },
    requestLog: requestLogOf(config),
    managementRate: config.managementRate,
    dataRate: config.dataRate,
    serviceRate: config.serviceRate,
    failedAuthRate: config.failedAuthRate,
    publicRate: config.publicRate,
    publicRateTotal: config.publicRateTotal,
    publicUrl: config.publicUrl,
    dashboard: config.dashboard ? { idleMs: config.sessionIdleMs, lifeMs: config.sessionLifeMs } : null,
    trustedProxies: config.trustedProxies,
    clientAddressHeader: config.clientAddressHeader,
    requestTimeoutMs: config.requestTimeoutMs,
    eventRetentionMs: config.eventRetentionMs,
    auditRetentionMs: config.auditRetentionMs,
    deniedRetentionMs: config.deniedRetentionMs,
  }
}

/**
 * Creates the first user and its key if there are none, and prints what the operator must know about root keys. Returns the key that it
 * made.
 */
async function makeRootKey(
  config: Config,
  { app, print, warn }: Pick<Started, 'app' | 'print' | 'warn'>,
): Promise<Initialized | null> {
  const first = config.autoInit ? await app.latchkey.initialize(config.rootKey ?? undefined) : null
  // Shown before anything else can fail: the key exists now and could not be shown again.
  if (first !== null && config.rootKey === null) print(rootKeyShown(first))
  const notice = first === null ? await ignoredRootKey(config, app) : null
  if (notice !== null) warn(notice)
  return first
}

/** The warning about a given root key that cannot manage everything; null when there is no such problem. */
async function ignoredRootKey({ rootKey }: Config, { latchkey }: App): Promise<string | null> {
  if (rootKey === null || (await latchkey.managesAll(rootKey))) return null
  const { env, flag } = SETTINGS.rootKey
  return `${env} (${flag}) is not in force: it counts at the first start only, and its key manages nothing or not everything here. Take it away, or stop the server and make a new root key with: latchkey reset-root`
}

function rootKeyShown({ secret }: Initialized): string {
  return `Latchkey made the root key. It is shown this once and kept nowhere, so store it now:\n\n  ${secret.reveal()}\n\n`
}

/** Serves the metrics on an address of their own, for a network that only authorized readers can reach. */
function listenForMetrics(
  { metricsHost: hostname, idleTimeoutMs }: Config,
  port: number,
  app: App,
): Listener {
  return listen({
    hostname,
    port,
    settings: namesOf('metricsHost', 'metricsPort'),
    idleTimeoutMs,
    fetch: app.fetchMetrics,
  })
}

function namesOf(host: keyof typeof SETTINGS, port: keyof typeof SETTINGS) {
  const names = (setting: keyof typeof SETTINGS) => `${SETTINGS[setting].env} or ${SETTINGS[setting].flag}`
  return { host: names(host), port: names(port) }
}

interface Shown {
  config: Config
  listener: Listener
  metrics: Listener | null
  signInPath: string | null
  data: ShownDatabase
}

function welcome({ config, listener, metrics, signInPath, data }: Shown): string {
  const { url: own } = listener
  const url = config.publicUrl ?? own
  const lines = [
    `Latchkey ${version}`,
    `  serving    ${own}`,
    ...(url === own ? [] : [`  reached at ${url}`]),
    ...(config.dashboard ? [`  dashboard  ${url}/`] : []),
    // The link reveals nothing of the key, works once and expires soon, so it may appear in a log.
    ...(signInPath === null ? [] : [`  sign in    ${url}${signInPath}`, LINK_HINT]),
    `  reference  ${url}/docs`,
    ...(metrics === null ? [] : [`  metrics    ${metrics.url}/metrics`]),
    `  data       ${data.shown}`,
  ]
  return `${lines.join('\n')}\n\n`
}

const LINK_HINT = `             works once, within ${LINK_MS / 60_000} minutes; afterwards sign in with a key`
