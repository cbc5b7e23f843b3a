import { join } from 'node:path'
import { MEMORY_SETTINGS } from '../../bin/memory-settings.mjs'
import { pinned } from './pinned.ts'

/** The root key of every server here. */
export const ROOT = 'bench-root-key-0123456789abcdef0123456789'

/** A running server of a checkout. */
export interface ServerOn {
  url: string
  pid: number
  /** By the clock of `performance`. */
  startedAt: number
  stop(): Promise<void>
}

/** Starts the server of a checkout on a database file. */
export async function startOn(checkout: string, path: string): Promise<ServerOn> {
  const startedAt = performance.now()
  const command = [process.execPath, join(checkout, 'src/main.ts'), 'serve']
  const child = Bun.spawn(pinned('server', command), {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH ?? '',
      // As the launcher starts it.
      ...MEMORY_SETTINGS,
      LATCHKEY_PORT: '0',
      LATCHKEY_DATABASE_URL: `sqlite:${path}`,
      LATCHKEY_ROOT_KEY: ROOT,
      // One credential makes all requests here.
      LATCHKEY_SERVICE_RATE: '1000000000/1s',
      LATCHKEY_MANAGEMENT_RATE: '1000000/1s',
    },
  })
  process.on('exit', () => child.kill())
  let text = ''
  const decoder = new TextDecoder()
  const reader = child.stdout.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) throw new Error(`The server of ${checkout} ended:\n${text}`)
    text += decoder.decode(value, { stream: true })
    const url = /serving +(http:\S+)/.exec(text)?.[1]
    if (url === undefined) continue
    void drain(reader)
    const stop = async () => {
      child.kill('SIGTERM')
      await child.exited
    }
    return { url, pid: child.pid, startedAt, stop }
  }
}

/** Reads the log lines; otherwise the server's writer would block. */
async function drain(reader: { read(): Promise<{ done: boolean }> }): Promise<void> {
  while (!(await reader.read()).done);
}
