import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { type KeeperOrder, type KeeperReport, STANDBY_NAME } from './postgres.ts'

// A process that starts one PostgreSQL server, and stops and removes it when its standard input closes. The operating system closes
// that pipe however the test process ends, also by kill -9, so no server outlives its tests.

const LOG_LINES_KEPT = 40
const CERTIFICATE = 'server.crt'
const PRIVATE_KEY = 'server.key'
const START_ATTEMPTS = 5
/** The lines of `postmaster.pid`, counted from 0. */
const SHARED_MEMORY_LINE = 6
const READY = /database system is ready to accept (read-only )?connections/

const order = JSON.parse(process.argv[2] ?? '') as KeeperOrder
const home = mkdtempSync(join(tmpdir(), 'latchkey-postgres-data-'))
let server: ChildProcess | null = null
let port = 0
const inputClosed = new Promise<void>((resolve) => {
  process.stdin
    .on('close', resolve)
    .on('end', resolve)
    .on('data', (bytes) => void (String(bytes) === 'kill\n' ? kill() : restart()))
  process.on('SIGTERM', resolve)
})

try {
  await Promise.race([keep(), inputClosed])
  await inputClosed
} catch (error) {
  report({ failure: error instanceof Error ? error.message : String(error) })
  process.exitCode = 1
} finally {
  await stop()
  rmSync(home, { recursive: true, force: true })
  rmSync(join(tmpdir(), `latchkey-test-certificate-${process.pid}.pem`), { force: true })
}
process.exit()

async function keep(): Promise<void> {
  const { account } = order
  if (account !== null) chownSync(home, account.uid, account.gid)
  if (order.copyOf === undefined) makeCluster()
  else await copyCluster(order.copyOf)
  if (order.kind === 'standby') owned(join(dataFolder(), 'standby.signal'), '')
  const certificate = order.kind === 'tls' ? makeCertificate() : null
  for (let attempt = 1; ; attempt += 1) {
    port = await freePort()
    const outcome = await start(port)
    if (outcome === 'ready') return report({ port, certificate, data: dataFolder() })
    // Another program may have taken the port since it was found free; a retry helps against nothing else.
    if (attempt === START_ATTEMPTS || !outcome.includes('could not bind')) {
      throw new Error(`PostgreSQL did not start:\n${outcome}`)
    }
  }
}

/** Ends the server as a crash would, and starts it again on its data and its port; then reports again. */
async function restart(): Promise<void> {
  await stop()
  const outcome = await start(port)
  report(outcome === 'ready' ? { port, certificate: null, data: dataFolder() } : { failure: outcome })
}

/** Ends the server as the loss of its machine would, without any notice; then reports again. */
async function kill(): Promise<void> {
  await stop('SIGKILL')
  report({ port, certificate: null, data: dataFolder() })
}

function makeCluster(): void {
  const flags = ['-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--locale=C', '--no-sync']
  const made = spawnSync(program('initdb'), ['-D', dataFolder(), ...flags], {
    ...order.account,
    encoding: 'utf8',
    cwd: home,
  })
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? made.stderr}`)
}

/** Copies a running server, as `pg_basebackup` does, which the package does not contain. The copy follows the server. */
async function copyCluster({ url, data }: NonNullable<KeeperOrder['copyOf']>): Promise<void> {
  const primary = new Client({ connectionString: url })
  await primary.connect()
  await primary.query(`select pg_backup_start('copy', true)`)
  const copied = spawnSync('cp', ['-a', data, dataFolder()], {
    ...order.account,
    encoding: 'utf8',
    cwd: home,
  })
  const { rows } = await primary.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)')
  await primary.end()
  // A file that the server deletes meanwhile is not needed: the log has its changes.
  if (copied.status !== 0 && !/No such file/.test(copied.stderr))
    throw new Error(`cp failed: ${copied.error?.message ?? copied.stderr}`)
  for (const left of ['postmaster.pid', 'postmaster.opts']) rmSync(join(dataFolder(), left), { force: true })
  const { port: from } = new URL(url)
  owned(join(dataFolder(), 'backup_label'), rows[0]?.labelfile ?? '')
  owned(
    join(dataFolder(), 'postgresql.auto.conf'),
    `primary_conninfo = 'host=127.0.0.1 port=${from} user=postgres application_name=${STANDBY_NAME}'\n`,
  )
}

/** A self-signed certificate for 127.0.0.1. Returns its file. */
function makeCertificate(): string {
  const flags = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost']
  const names = ['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
  const files = ['-keyout', join(dataFolder(), PRIVATE_KEY), '-out', join(dataFolder(), CERTIFICATE)]
  const made = spawnSync('openssl', ['req', ...flags, ...names, ...files], {
    ...order.account,
    encoding: 'utf8',
    cwd: dataFolder(),
  })
  if (made.status !== 0) throw new Error(`openssl failed: ${made.error?.message ?? made.stderr}`)
  chmodSync(join(dataFolder(), PRIVATE_KEY), 0o600)
  // It lies where a client may read it; only the server may read the folder of the data.
  const shown = join(tmpdir(), `latchkey-test-certificate-${process.pid}.pem`)
  copyFileSync(join(dataFolder(), CERTIFICATE), shown)
  return shown
}

function owned(file: string, text: string): void {
  writeFileSync(file, text)
  if (order.account !== null) chownSync(file, order.account.uid, order.account.gid)
}

/** Resolves to 'ready', or to the last lines of the log when the server ended instead. */
function start(port: number): Promise<string> {
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 200,
    ...(order.kind === 'tls' ? { ssl: 'on', ssl_cert_file: CERTIFICATE, ssl_key_file: PRIVATE_KEY } : {}),
    ...(order.durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
    ...order.settings,
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(program('postgres'), ['-D', dataFolder(), ...flags], {
    ...order.account,
    cwd: home,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  server = child
  return new Promise((resolve, reject) => {
    const log: string[] = []
    // The log is read until the server ends, because a full pipe would stop the server.
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log.push(...text.split('\n'))
      log.splice(0, log.length - LOG_LINES_KEPT)
      if (READY.test(text)) resolve('ready')
    })
    child.on('error', reject)
    child.on('close', () => resolve(log.join('\n')))
  })
}

async function stop(signal: NodeJS.Signals = 'SIGQUIT'): Promise<void> {
  const child = server
  if (child === null || child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.on('exit', resolve))
  // SIGQUIT is PostgreSQL's immediate shutdown; the data of this server is not needed any more.
  child.kill(signal)
  await ended
  if (signal === 'SIGKILL') removeSharedMemory()
}

/** A killed server leaves its shared memory segment behind. */
function removeSharedMemory(): void {
  const lines = readFileSync(join(dataFolder(), 'postmaster.pid'), 'utf8').split('\n')
  const segment = lines[SHARED_MEMORY_LINE]?.trim().split(/\s+/)[1]
  if (segment !== undefined) spawnSync('ipcrm', ['-m', segment])
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

function program(name: string): string {
  return join(order.programs, 'bin', name)
}

function dataFolder(): string {
  return join(home, 'data')
}

function report(line: KeeperReport): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
