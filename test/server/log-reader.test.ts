import { expect, test } from 'bun:test'
import { type ChildProcess, spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

const MAIN = join(import.meta.dir, '../../src/main.ts')
const REQUESTS = 300

/** Starts the server with this standard output, on a port that was free a moment ago. */
async function startWithOutput(output: number | 'pipe') {
  const port = await freePort()
  const child = spawn(process.execPath, [MAIN, 'serve'], {
    stdio: ['ignore', output, 'pipe'],
    env: {
      PATH: process.env.PATH ?? '',
      LATCHKEY_PORT: `${port}`,
      LATCHKEY_DATABASE_URL: 'sqlite::memory:',
      LATCHKEY_LOG_LEVEL: 'debug',
    },
  })
  process.on('exit', () => child.kill('SIGKILL'))
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.once('exit', (code, signal) => resolve(code ?? signal)),
  )
  return { child, ended, url: `http://127.0.0.1:${port}` }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

async function untilAnswering(url: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (
      await fetch(`${url}/livez`).then(
        (answer) => answer.ok,
        () => false,
      )
    )
      return
    await Bun.sleep(50)
  }
  throw new Error('The server does not answer.')
}

/** Every one of these writes a log line. */
async function answersAll(url: string): Promise<number> {
  let answered = 0
  for (let request = 0; request < REQUESTS; request += 1) {
    if ((await fetch(`${url}/readyz`)).status === 200) answered += 1
  }
  return answered
}

async function endsInOrder({
  child,
  ended,
}: {
  child: ChildProcess
  ended: Promise<unknown>
}): Promise<void> {
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
}

test('a reader of the log that exits costs log lines, and no answer', async () => {
  const server = await startWithOutput('pipe')
  await untilAnswering(server.url)
  server.child.stdout?.destroy()
  expect(await answersAll(server.url)).toBe(REQUESTS)
  await endsInOrder(server)
}, 30_000)

test('a log disk that is full costs log lines, and no answer', async () => {
  const server = await startWithOutput(openSync('/dev/full', 'w'))
  await untilAnswering(server.url)
  expect(await answersAll(server.url)).toBe(REQUESTS)
  await endsInOrder(server)
}, 30_000)

test('a reader that stops reading delays neither answers nor the exit', async () => {
  const server = await startWithOutput('pipe')
  await untilAnswering(server.url)
  server.child.stdout?.pause()
  // 64 KiB fill the pipe; each line has about 200 bytes.
  for (let round = 0; round < 4; round += 1) expect(await answersAll(server.url)).toBe(REQUESTS)
  await endsInOrder(server)
}, 30_000)
