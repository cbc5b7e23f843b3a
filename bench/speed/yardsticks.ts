import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { pinned } from './pinned.ts'

/** A server for comparison, in a process of its own. */
export interface Yardstick {
  port: number
  /** The process whose processor time counts. */
  pid: number
  version: string
}

const here = import.meta.dir

/** Bun's own server with handlers that do nothing: `/post` parses JSON, everything else is a constant. */
export async function startBareBun(): Promise<Yardstick> {
  return {
    ...(await startPrinting([process.execPath, join(here, 'bare-bun.ts')])),
    version: `Bun ${Bun.version}`,
  }
}

/** Go's net/http with a hash and a look-up on one core; null where there is no Go. */
export async function startBareGo(scratch: string): Promise<Yardstick | null> {
  const go = goProgram()
  if (go === null) return null
  const program = join(scratch, 'bare-go')
  const env = { ...process.env, GOCACHE: join(scratch, 'go-cache'), GO111MODULE: 'off', GOFLAGS: '' }
  execFileSync(go, ['build', '-o', program, 'main.go'], { cwd: join(here, 'bare-go'), env })
  const version = execFileSync(go, ['version'], { env }).toString().split(' ').slice(2, 3).join('')
  return { ...(await startPrinting([program])), version }
}

function goProgram(): string | null {
  const own = Bun.which('go')
  if (own !== null) return own
  if (!existsSync('/usr/lib')) return null
  const names = readdirSync('/usr/lib')
    .filter((name) => name.startsWith('go-1.'))
    .sort()
  const last = names.at(-1)
  return last === undefined ? null : `/usr/lib/${last}/bin/go`
}

/** nginx that returns a constant with one worker; null where there is no nginx. */
export async function startNginx(scratch: string): Promise<Yardstick | null> {
  const nginx = Bun.which('nginx') ?? (existsSync('/usr/sbin/nginx') ? '/usr/sbin/nginx' : null)
  if (nginx === null) return null
  const folder = join(scratch, 'nginx')
  mkdirSync(folder, { recursive: true })
  const port = await freePort()
  writeFileSync(join(folder, 'nginx.conf'), nginxConf(folder, port))
  const child = Bun.spawn(pinned('server', [nginx, '-p', folder, '-c', 'nginx.conf', '-g', 'daemon off;']), {
    stdio: ['ignore', 'ignore', 'ignore'],
  })
  process.on('exit', () => child.kill())
  await untilListening(port)
  const version = Bun.spawnSync([nginx, '-v']).stderr.toString().trim().replace('nginx version: ', '')
  return { port, pid: child.pid, version }
}

// One process, so that its processor time is that of its pid.
function nginxConf(folder: string, port: number): string {
  return `
    master_process off;
    worker_processes 1;
    error_log ${folder}/error.log;
    pid ${folder}/pid;
    events { worker_connections 1024; }
    http {
      access_log off;
      keepalive_requests 100000000;
      client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
      uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
      server { listen 127.0.0.1:${port}; location / { return 200 "ok"; } }
    }`
}

async function startPrinting(command: string[]): Promise<{ port: number; pid: number }> {
  const child = Bun.spawn(pinned('server', command), {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, GOMAXPROCS: '1' },
  })
  process.on('exit', () => child.kill())
  const { value } = await child.stdout.getReader().read()
  return { port: Number(new TextDecoder().decode(value).trim()), pid: child.pid }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

async function untilListening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const answers = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    )
    if (answers) return
    await Bun.sleep(50)
  }
  throw new Error('nginx does not answer.')
}
