import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { temporaryFolder } from './server.ts'

/** A real PgBouncer in transaction mode before a database. */
export interface Pooler {
  /** The URL of the database behind it. */
  url: string
  /** Ends it at once with all of its connections, and starts it again on the same port. */
  restart(): Promise<void>
  end(): Promise<void>
}

/** Whether the program is installed. */
export function hasPooler(): boolean {
  return spawnSync('pgbouncer', ['--version']).status === 0
}

/** Starts one with fewer sessions than its clients need together, so that transactions change sessions all the time. */
export async function startPooler(databaseUrl: string, sessions: number): Promise<Pooler> {
  const target = new URL(databaseUrl)
  const port = await freePort()
  const folder = temporaryFolder()
  // PgBouncer refuses to run as root, and must be able to read the file.
  chmodSync(folder, 0o755)
  const file = join(folder, 'pgbouncer.ini')
  const login = `user=${decodeURIComponent(target.username)}${target.password === '' ? '' : ` password=${decodeURIComponent(target.password)}`}`
  writeFileSync(
    file,
    `[databases]
* = host=${target.hostname} port=${target.port} ${login}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
auth_type = any
pool_mode = transaction
max_client_conn = 500
default_pool_size = ${sessions}
`,
  )
  let running = await start(file, port)
  const url = new URL(databaseUrl)
  url.hostname = '127.0.0.1'
  url.port = String(port)
  const end = async () => {
    const ended = new Promise((resolve) => running.once('exit', resolve))
    running.kill('SIGKILL')
    await ended
  }
  return {
    url: url.href,
    async restart() {
      await end()
      running = await start(file, port)
    },
    end,
  }
}

const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

async function start(file: string, port: number): Promise<ChildProcess> {
  const asNobody = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const child = spawn('pgbouncer', ['-q', ...asNobody, file], { stdio: ['ignore', 'ignore', 'pipe'] })
  children.add(child)
  let log = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-4_000)
  })
  child.once('exit', () => children.delete(child))
  for (let tries = 0; tries < 500; tries += 1) {
    if (child.exitCode !== null) break
    if (await answers(port)) return child
    await sleep(20)
  }
  child.kill('SIGKILL')
  throw new Error(`PgBouncer did not start:\n${log}`)
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const tell = (does: boolean) => {
      socket.destroy()
      resolve(does)
    }
    socket.once('connect', () => tell(true)).once('error', () => tell(false))
  })
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
