import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MEMORY_SETTINGS } from '../../bin/memory-settings.mjs'

/** A server in a process of its own, as an operator runs it. */
export interface ServerProcess {
  url: string
  port: number
  /** The root key that the start printed; empty when it printed none. */
  rootKey: string
  pid: number
  /** The output of the process so far. */
  output(): string
  /** Sends a signal and waits for the end; returns the exit code, or the signal that ended the process. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>
}

/** The result of a start that failed. */
export interface FailedStart {
  exitCode: number | NodeJS.Signals | null
  output: string
}

const START_MS = 45_000
const running = new Set<ChildProcess>()
// A test that fails half-way must not leave servers running.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

const MAIN = join(import.meta.dir, '../../src/main.ts')

/**
 * Starts `latchkey serve` on a free port of 127.0.0.1 with these settings; throws when it does not get ready. `main` may belong to
 * another checkout.
 */
export async function startServer(
  settings: Record<string, string> = {},
  main = MAIN,
): Promise<ServerProcess> {
  const started = await tryServer(settings, main)
  if ('exitCode' in started) throw new Error(`The server ended with ${started.exitCode}:\n${started.output}`)
  return started
}

/** The same for a process that may have so many open files and connections. */
export async function startWithFiles(
  openFiles: number,
  settings: Record<string, string>,
): Promise<ServerProcess> {
  const limited = ['bash', '-c', `ulimit -n ${openFiles} && exec "$0" "$@"`]
  const started = await tryServer(settings, MAIN, limited)
  if ('exitCode' in started) throw new Error(`The server ended with ${started.exitCode}:\n${started.output}`)
  return started
}

/** The same, for starts that may fail on purpose. `prefix` is a command that runs the one behind it. */
export async function tryServer(
  settings: Record<string, string> = {},
  main = MAIN,
  prefix: readonly string[] = [],
): Promise<ServerProcess | FailedStart> {
  const [program = '', ...parts] = [...prefix, process.execPath, main, 'serve']
  const child = spawn(program, parts, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '', LATCHKEY_PORT: '0', ...MEMORY_SETTINGS, ...settings },
  })
  running.add(child)
  let output = ''
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => {
      running.delete(child)
      resolve(code ?? signal)
    })
  })
  const serving = new Promise<string>((resolve) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString()
      const url = /^ {2}serving +(http:\S+)$/m.exec(output)?.[1]
      if (url !== undefined) resolve(url)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), START_MS)
  const first = await Promise.race([serving, ended.then(() => null)])
  clearTimeout(timer)
  if (first === null) return { exitCode: await ended, output }
  return {
    url: first,
    port: Number(new URL(first).port),
    rootKey: /^ {2}(lk_[0-9A-Za-z]{49})$/m.exec(output)?.[1] ?? '',
    pid: child.pid ?? 0,
    output: () => output,
    async end(signal) {
      child.kill(signal)
      return ended
    },
  }
}

/** An empty folder that is removed when the test process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-test-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}
