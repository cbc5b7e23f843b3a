import { afterEach, expect, test } from 'bun:test'
import { existsSync, readdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { type ServerProcess, startWithFiles, temporaryFolder } from '../support/server.ts'

// A connection is an open file. Whoever may connect can use up all that the process may have; then nothing may end it, and whoever is
// connected is served.

const OPEN_FILES = 200
const FLOOD = 300
/** The threads for long reads start by themselves a second after the start. */
const PREPARED_MS = 2_500
const PATIENCE_MS = 60_000
const hasProc = existsSync('/proc/self/fd')
if (!hasProc) process.stdout.write('SKIPPED open files: this system has no /proc\n')

let server: ServerProcess
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await server.end('SIGTERM')
})

async function started(): Promise<void> {
  server = await startWithFiles(OPEN_FILES, {
    LATCHKEY_DATABASE_URL: `sqlite:${temporaryFolder()}/k.db`,
    LATCHKEY_LOG_LEVEL: 'error',
  })
}

function opened(): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(server.port, '127.0.0.1', () => resolve(socket))
    socket.on('error', () => undefined)
    sockets.push(socket)
  })
}

/** Opens connections that send nothing, until the server may open no more files; returns the number of its open files. */
async function flooded(): Promise<number> {
  for (let n = 0; n < FLOOD; n += 1) void opened()
  return usedUp()
}

/** Waits until the server has as many files as it may: a request closes some of its own, which a waiting connection takes a moment later. */
async function usedUp(): Promise<number> {
  const files = () => readdirSync(`/proc/${server.pid}/fd`).length
  const until = performance.now() + 5_000
  while (files() < OPEN_FILES && performance.now() < until) await Bun.sleep(10)
  return files()
}

/** Sends a request on a connection that is open already; returns the status. */
function ask(socket: Socket, line: string): Promise<number> {
  return new Promise((resolve, reject) => {
    socket.once('close', () => reject(new Error(`The connection was closed: ${line}`)))
    let answer = ''
    socket.on('data', function hear(data) {
      answer += data.toString('latin1')
      const [head = '', body = ''] = answer.split('\r\n\r\n', 2)
      if (Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0) > body.length || !answer.includes('\r\n\r\n'))
        return
      socket.off('data', hear)
      resolve(Number(head.split(' ')[1]))
    })
    socket.write(`${line} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.rootKey}\r\n\r\n`)
  })
}

test.skipIf(!hasProc)(
  'when strangers have opened all connections, those that were open before are served',
  async () => {
    await started()
    const made = await fetch(`${server.url}/v2/keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.rootKey}`, 'content-type': 'application/json' },
      body: '{"name":"a key"}',
    })
    const { key } = (await made.json()) as { key: { id: string } }
    await Bun.sleep(PREPARED_MS)
    const before = await opened()
    const files = await flooded()
    expect(files).toBe(OPEN_FILES)
    const statuses: number[] = []
    for (const line of [
      'GET /readyz',
      'GET /v2/keys?sort=spent',
      'GET /v2/usage?interval=day',
      `DELETE /v2/keys/${key.id}`,
    ])
      statuses.push(await ask(before, line))
    expect(statuses).toEqual([200, 200, 200, 200])
    // Strangers go on connecting. Those that waited may be gone by now, and the requests have closed some files.
    expect(await flooded()).toBe(OPEN_FILES)
    // The first scrape loads the metrics from files.
    expect(await ask(before, 'GET /metrics')).toBeGreaterThanOrEqual(500)
    for (const socket of sockets.splice(0)) socket.destroy()
    await Bun.sleep(500)
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    const authorization = `Bearer ${server.rootKey}`
    expect((await fetch(`${server.url}/metrics`, { headers: { authorization } })).status).toBe(200)
  },
  PATIENCE_MS,
)
