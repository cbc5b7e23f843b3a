import { Fault } from '../../core/ground/faults.ts'
import type { Revision } from '../../core/types.ts'

const EVERY_MS = 1_000

/**
 * Notices that a database goes back to an older copy under a running process: somebody restored a backup into it, or what
 * answers now is a copy that had fallen behind. What was revoked since would work again.
 */
export interface ForwardOnly {
  /** Throws `store_unavailable` from the moment on at which the database was seen to be older than what was answered. */
  requireForward(): void
  /** Hears of a revision that has committed, before it is answered. */
  answering(revision: Revision): void
  /** Looks once, as it does by itself every second. A database that does not answer is not older. */
  look(): Promise<void>
  close(): void
}

/** Watches the revision that `read` answers. `onOlder` hears once that it went back. */
export function watchRevision(read: () => Promise<Revision>, onOlder: (what: string) => void): ForwardOnly {
  let highest = 0
  let older: string | null = null

  async function look(): Promise<void> {
    // Taken before the question: what was committed by then must be in the answer.
    const known = highest
    const revision = await read().catch(() => null)
    if (revision === null || older !== null) return
    highest = Math.max(highest, revision)
    if (revision >= known) return
    older =
      `The database has gone back from revision ${known} to ${revision} while Latchkey was running: an older copy was put in its ` +
      'place. Keys that were revoked since would work again, so nothing is read from it or written to it. Restore a newer copy ' +
      'and start again; or start again on this one and revoke anew what was revoked since.'
    onOlder(older)
  }

  const timer = setInterval(() => void look(), EVERY_MS)
  timer.unref()

  return {
    requireForward() {
      if (older !== null) throw new Fault('store_unavailable', { internal: older })
    },
    answering(revision) {
      highest = Math.max(highest, revision)
    },
    look,
    close: () => clearInterval(timer),
  }
}
