import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { findBun } from './find-bun.mjs'
import { MEMORY_SETTINGS } from './memory-settings.mjs'

/** @type {NodeJS.Signals[]} */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP']

/**
 * Runs Bun with the given arguments in place of this process: same standard streams, signals passed on, and the same
 * exit code or ending signal.
 *
 * @param {string[]} args
 */
export function runBun(args) {
  const bun = findBun()
  if ('problem' in bun) {
    process.stderr.write(`latchkey: ${bun.problem}\n`)
    process.exitCode = 1
    return
  }
  // Before the start: a signal in between would end this process alone. None is handled until spawn has returned.
  const stopPassing = passSignalsOn(() => child)
  const child = spawn(bun.path, args, { stdio: 'inherit', env: { ...MEMORY_SETTINGS, ...process.env } })
  child.on('error', (error) => {
    process.stderr.write(`latchkey: could not start ${bun.path}: ${error.message}\n`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    stopPassing()
    if (signal === null) process.exit(code)
    process.kill(process.pid, signal)
    // Only reached while the signal is ignored by this process: the code a shell would report for it.
    process.exitCode = 128 + constants.signals[signal]
  })
}

/**
 * @param {() => import('node:child_process').ChildProcess} child
 * @returns {() => void} stops passing them on
 */
function passSignalsOn(child) {
  const handlers = SIGNALS.map((signal) => {
    const handler = () => {
      // A terminal sends Ctrl-C to the child as well; passing it on would look like an impatient second one.
      if (signal === 'SIGINT' && process.stdin.isTTY) return
      child().kill(signal)
    }
    process.on(signal, handler)
    return { signal, handler }
  })
  return () => {
    for (const { signal, handler } of handlers) process.off(signal, handler)
  }
}
