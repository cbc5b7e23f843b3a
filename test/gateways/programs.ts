import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { temporaryFolder } from '../support/server.ts'

/** The way to start a gateway on a copy of its example, and its settings of Latchkey. */
export interface Gateway {
  name: 'nginx' | 'caddy' | 'haproxy'
  /** The package of Debian that has it. */
  debian: string
  args(folder: string): string[]
  settings(folder: string): Record<string, string>
}

/** The gateways that are run for real where they are installed. */
export const GATEWAYS: readonly Gateway[] = [
  {
    name: 'nginx',
    debian: 'nginx-light',
    args: (folder) => [
      ...['-p', folder, '-c', join(folder, 'nginx.conf')],
      ...['-g', 'daemon off; master_process off; error_log stderr;'],
    ],
    settings: () => ({}),
  },
  {
    name: 'caddy',
    debian: 'caddy',
    args: (folder) => ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')],
    settings: () => ({}),
  },
  {
    name: 'haproxy',
    debian: 'haproxy',
    args: (folder) => ['-db', '-f', join(folder, 'haproxy.cfg')],
    settings: (folder) => ({ LATCHKEY_AUTHORIZE_RULES: join(folder, 'rules.json') }),
  },
]

const EXAMPLES = join(import.meta.dir, '../../examples/gateways')

/** Whether the program is installed. */
export function isInstalled({ name }: Gateway): boolean {
  return spawnSync(name, [name === 'caddy' ? 'version' : '-v']).status === 0
}

/** A copy of the example in a folder of its own. */
export function exampleOf({ name }: Gateway): string {
  const folder = temporaryFolder()
  cpSync(join(EXAMPLES, name), folder, { recursive: true })
  return folder
}

/** A gateway that takes requests. */
export interface RunningGateway {
  url: string
  pid: number
  end(): Promise<void>
}

/** Starts the program on the copy with these ports in place of the example's. */
export async function startGateway(
  gateway: Gateway,
  folder: string,
  ports: { latchkey: number; service: number },
): Promise<RunningGateway> {
  const port = await freePort()
  const numbers: Record<string, number> = { 8000: port, 8080: ports.latchkey, 9000: ports.service }
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    const text = readFileSync(path, 'utf8').replaceAll(
      /127\.0\.0\.1:(8000|8080|9000)\b/g,
      (_, example) => `127.0.0.1:${numbers[example]}`,
    )
    // The user of the tests may not be allowed to write into the folders of the package.
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (each) => `${each}_temp_path ${each};`,
    )
    writeFileSync(
      path,
      name === 'nginx.conf'
        ? text.replace('http {', `http {\n${temporary.join('\n')}\naccess_log off;`)
        : text,
    )
  }
  const child = spawn(gateway.name, gateway.args(folder), {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '', HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  const url = `http://127.0.0.1:${port}`
  const stop = stopOf(child)
  try {
    await answering(url, child)
  } catch (error) {
    await stop()
    throw new Error(`${gateway.name} did not start:\n${output}`, { cause: error })
  }
  return { url, pid: child.pid ?? 0, end: stop }
}

function stopOf(child: ChildProcess): () => Promise<void> {
  const kill = () => child.kill('SIGKILL')
  process.on('exit', kill)
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  return async () => {
    kill()
    await ended
    process.off('exit', kill)
  }
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  for (let tried = 0; tried < 200; tried += 1) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`)
    const answered = await fetch(url).then(
      () => true,
      () => false,
    )
    if (answered) return
    await Bun.sleep(50)
  }
  throw new Error('it did not answer')
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** The number of connections of this machine to the port, by their state in the kernel. */
export function connectionsTo(port: number): { established: number; halfClosed: number } {
  const lines = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1)
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const states = lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , remote]) => remote?.endsWith(`:${hex}`))
    .map(([, , , state]) => state)
  return {
    established: states.filter((state) => state === '01').length,
    halfClosed: states.filter((state) => state === '08').length,
  }
}
