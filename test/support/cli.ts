import { spawn } from 'node:child_process'
import { join } from 'node:path'

/** The end of a command, and its output. */
export interface CommandRun {
  exitCode: number | NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** The surroundings of a command. */
export interface CommandOptions {
  env?: Record<string, string>
  stdin?: string
  /** The folder in which it runs. */
  cwd?: string
}

const MAIN = join(import.meta.dir, '../../src/main.ts')
/** No command of a test takes longer, so one that hangs fails instead of waiting for ever. */
const LONGEST_MS = 20_000

/** Runs the program in a process of its own, without a terminal. */
export function latchkey(args: readonly string[], options: CommandOptions = {}): Promise<CommandRun> {
  const { env = {}, stdin = '', cwd } = options
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: LONGEST_MS,
    ...(cwd !== undefined && { cwd }),
  })
  const run: CommandRun = { exitCode: null, stdout: '', stderr: '' }
  child.stdout.on('data', (data) => (run.stdout += data))
  child.stderr.on('data', (data) => (run.stderr += data))
  // A command that does not read its input may have ended by now.
  child.stdin.on('error', () => {})
  child.stdin.end(stdin)
  return new Promise((resolve) =>
    child.once('close', (code, signal) => resolve({ ...run, exitCode: code ?? signal })),
  )
}

/** A text with placeholders for the parts that differ from run to run. Every value keeps its length, so columns stay aligned. */
export function settled(text: string): string {
  const stretched = (word: string) => (found: string) => word.padEnd(found.length, '_').slice(0, found.length)
  return text
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, stretched('<uuid>'))
    .replaceAll(/\b[0-9a-f]{64}\b/g, stretched('<sha256>'))
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, stretched('<time>'))
    .replaceAll(/lk_[0-9A-Za-z]{3}\.\.\.[0-9A-Za-z]{3}/g, stretched('<mask>'))
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, '<server>')
}
