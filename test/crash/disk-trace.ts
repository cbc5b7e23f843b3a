import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** One step of a process: an operation on a file, or output to its reader. */
export type DiskStep =
  | { kind: 'write'; path: string; offset: number; bytes: Buffer }
  | { kind: 'sync'; path: string }
  | { kind: 'cut'; path: string; length: number }
  /** Output to the standard output. */
  | { kind: 'told'; text: string }

/** Whether this machine can trace the system calls of a process. */
export function canTrace(): boolean {
  return spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0
}

const CALLS = 'pwrite64,write,fsync,fdatasync,ftruncate'
/** Longer than any page, so that no bytes are left out. */
const BYTES_MAX = 70_000

/** Runs a program to its end and returns its operations on files, of all threads in one order. Throws when it fails. */
export function traceDisk(command: string, args: readonly string[], log: string): DiskStep[] {
  const flags = ['-f', '-y', '-xx', '-s', String(BYTES_MAX), '-e', `trace=${CALLS}`, '-o', log]
  const { status, stderr } = spawnSync('strace', [...flags, command, ...args])
  if (status !== 0) throw new Error(`The traced program ended with ${status}: ${stderr}`)
  const steps: DiskStep[] = []
  const waiting = new Map<string, string>()
  for (const line of readFileSync(log, 'latin1').split('\n')) {
    const [, thread = '', text = ''] = /^(\d+) +(.*)$/.exec(line) ?? []
    const begun = waiting.get(thread)
    if (text.endsWith('<unfinished ...>')) {
      // A write may have happened as soon as it is called; a sync has happened when it returns.
      if (isSync(text)) waiting.set(thread, text)
      else steps.push(...stepIn(text))
    } else if (text.startsWith('<...')) {
      if (begun !== undefined && / = 0$/.test(text)) steps.push(...stepIn(begun))
      waiting.delete(thread)
    } else if (!/ = -1 /.test(text)) steps.push(...stepIn(text))
  }
  return steps
}

function isSync(text: string): boolean {
  return /^f(data)?sync\(/.test(text)
}

function stepIn(text: string): DiskStep[] {
  const write = /^pwrite64\(\d+<([^>]*)>, "([^"]*)", \d+, (\d+)/.exec(text)
  if (write)
    return [{ kind: 'write', path: named(write[1]), offset: Number(write[3]), bytes: bytesOf(write[2]) }]
  const sync = /^f(?:data)?sync\(\d+<([^>]*)>/.exec(text)
  if (sync) return [{ kind: 'sync', path: named(sync[1]) }]
  const cut = /^ftruncate\(\d+<([^>]*)>, (\d+)/.exec(text)
  if (cut) return [{ kind: 'cut', path: named(cut[1]), length: Number(cut[2]) }]
  const told = /^write\(1<[^>]*>, "([^"]*)"/.exec(text)
  return told ? [{ kind: 'told', text: bytesOf(told[1]).toString() }] : []
}

// Paths are escaped like all texts, in some versions.
function named(text = ''): string {
  return text.includes('\\x') ? bytesOf(text).toString() : text
}

function bytesOf(escaped = ''): Buffer {
  return Buffer.from(escaped.replaceAll('\\x', ''), 'hex')
}
