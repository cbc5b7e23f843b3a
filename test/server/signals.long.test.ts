import { expect, test } from 'bun:test'
import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { join } from 'node:path'
import { startServer, temporaryFolder } from '../support/server.ts'

const ROOT = join(import.meta.dir, '../..')
const ROUNDS = 4

/** The launcher or npm, in a process group of its own, as a supervisor starts it. */
async function startAs(program: string, args: string[], settings: Record<string, string>) {
  const child = spawn(program, args, {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH ?? '', HOME: temporaryFolder(), LATCHKEY_PORT: '0', ...settings },
  })
  const group = -(child.pid ?? 0)
  process.on('exit', () => {
    try {
      process.kill(group, 'SIGKILL')
    } catch {
      // The process has ended, as it should.
    }
  })
  let output = ''
  const serving = Promise.withResolvers<string>()
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    const url = /^ {2}serving +(http:\S+)$/m.exec(output)?.[1]
    if (url !== undefined) serving.resolve(url)
  })
  // The output ends when every process of the group has closed it, also the server.
  const ended = new Promise<void>((resolve) => child.stdout.once('close', () => resolve()))
  const url = await serving.promise
  const key = /^ {2}(lk_[0-9A-Za-z]{49})$/m.exec(output)?.[1] ?? ''
  return { pid: child.pid ?? 0, group, url, key, ended, output: () => output }
}

/** Uses a key once; the use is in memory only, until it is flushed. */
async function useOnce(url: string, key: string): Promise<void> {
  const answer = await fetch(`${url}/api/v1/key`, { headers: { authorization: `Bearer ${key}` } })
  expect(answer.status).toBe(200)
}

/** Whether the use of the key is on disk. */
async function wasUsed(settings: Record<string, string>, key: string): Promise<boolean> {
  const server = await startServer(settings)
  const list = await fetch(`${server.url}/v2/keys?limit=1`, { headers: { authorization: `Bearer ${key}` } })
  const { data } = (await list.json()) as { data: { lastUsedAt: string | null }[] }
  await server.end('SIGTERM')
  return data[0]?.lastUsedAt !== null
}

const databaseIn = (folder: string) => ({ LATCHKEY_DATABASE_URL: `sqlite:${join(folder, 'latchkey.db')}` })

test('SIGTERM to the whole process group, as systemd sends it, stops once and in order', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const settings = databaseIn(temporaryFolder())
    const launched = await startAs('node', [join(ROOT, 'bin/latchkey.mjs'), 'serve'], settings)
    await useOnce(launched.url, launched.key)
    process.kill(launched.group, 'SIGTERM')
    await launched.ended
    expect(launched.output().match(/"msg":"stopped"/g)).toHaveLength(1)
    expect(await wasUsed(settings, launched.key)).toBe(true)
  }
  console.log(`signals: ${ROUNDS} stops of a whole group`)
}, 60_000)

test('repeated signals do not interrupt a running request', async () => {
  const settings = databaseIn(temporaryFolder())
  const launched = await startAs('node', [join(ROOT, 'bin/latchkey.mjs'), 'serve'], settings)
  const body = JSON.stringify({ key: launched.key })
  const socket = connect(Number(new URL(launched.url).port), '127.0.0.1')
  let answer = ''
  const answered = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('data', (chunk) => {
    answer += chunk.toString()
  })
  const head =
    'POST /v2/verify HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n' +
    `Authorization: Bearer ${launched.key}\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`
  // Once it is sent, this connection comes before the next one in the server's queue.
  await new Promise<void>((resolve) => socket.write(head, () => resolve()))
  await useOnce(launched.url, launched.key)
  for (let sent = 0; sent < 20; sent += 1) {
    process.kill(launched.group, sent % 2 === 0 ? 'SIGTERM' : 'SIGINT')
    await Bun.sleep(5)
  }
  socket.write(body.slice(5))
  await answered
  expect(answer).toStartWith('HTTP/1.1 200')
  await launched.ended
  expect(launched.output().match(/"msg":"stopped"/g)).toHaveLength(1)
}, 30_000)

test('SIGTERM to `npm start` stops its server', async () => {
  const launched = await startAs('npm', ['start', '--silent'], databaseIn(temporaryFolder()))
  process.kill(launched.pid, 'SIGTERM')
  await launched.ended
  expect(launched.output()).toContain('"msg":"stopped"')
  await expect(fetch(`${launched.url}/livez`)).rejects.toThrow()
}, 30_000)
