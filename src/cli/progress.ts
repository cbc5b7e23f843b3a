import type { Terminal } from './terminal.ts'

/** A progress bar on the error output, for a person who waits. */
export interface Progress {
  /** Sets the progress, and the total if it was unknown at the beginning. */
  to(done: number, of?: number | null): void
  /** Removes the bar. */
  end(): void
}

const WIDTH = 30
const EVERY_MS = 100

/** Starts a bar; without a person at the terminal there is none. */
export function startProgress(
  { isErrTty, err }: Pick<Terminal, 'isErrTty' | 'err'>,
  { what, total = null, now }: { what: string; total?: number | null; now: () => number },
): Progress {
  if (!isErrTty) return { to() {}, end() {} }
  let shownAt = Number.NEGATIVE_INFINITY
  return {
    to(done, of = total) {
      if (now() - shownAt < EVERY_MS && done !== of) return
      shownAt = now()
      err(`\r\u001b[K${what} ${of === null ? done : barOf(done, of)}`)
    },
    end: () => err('\r\u001b[K'),
  }
}

/** A bar for a share, followed by the numbers. */
export function barOf(done: number, total: number): string {
  const share = total === 0 ? 1 : Math.min(1, done / total)
  const filled = Math.round(share * WIDTH)
  return `[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${Math.floor(share * 100)} % (${done} of ${total})`
}
