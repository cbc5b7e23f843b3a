import type { Terminal } from './terminal.ts'

/** A bar on the messages' side, for a person who waits. */
export interface Progress {
  /** How much is done, and of how much, where that was not known at the beginning. */
  to(done: number, of?: number | null): void
  /** Takes the bar away. */
  end(): void
}

const WIDTH = 30
const EVERY_MS = 100

/** Begins a bar; there is none where no person looks. */
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

/** A bar of a share, with the numbers behind it. */
export function barOf(done: number, total: number): string {
  const share = total === 0 ? 1 : Math.min(1, done / total)
  const filled = Math.round(share * WIDTH)
  return `[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${Math.floor(share * 100)} % (${done} of ${total})`
}
