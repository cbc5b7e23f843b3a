import { Fault } from '../../core/ground/faults.ts'
import type { Revision } from '../../core/types.ts'
import type { Standing } from './losses.ts'

const EVERY_MS = 1_000

/**
 * Notices when a database goes back to an older state under a running process: somebody restored a backup into it, or a copy that had
 * fallen behind took its place. Keys that were revoked since would work again.
 */
export interface ForwardOnly {
  /**
   * Throws `store_unavailable` as soon as the database was seen to be older than its answers, or to be marked for lost changes; until
   * somebody accepts the loss.
   */
  requireForward(): void
  /** Is told a committed revision before it is answered. */
  answering(revision: Revision): void
  /** Checks once, as it does by itself every second. A database that does not answer does not count as older. */
  look(): Promise<void>
  close(): void
}

/**
 * Watches the state of the database, which `read` returns. `onNotice` is called when the database went back, and when it may be used
 * again.
 */
export function watchRevision(read: () => Promise<Standing>, onNotice: (what: string) => void): ForwardOnly {
  let highest = 0
  let older: string | null = null
  /** Up to this revision changes are missing in a database that went back. */
  let lost = 0
  let isMarked = false

  async function look(): Promise<void> {
    // Taken before the read: the read must see every change that was committed by then.
    const known = highest
    const found = await read().catch(() => null)
    if (found === null) return
    const { revision, until } = found
    isMarked ||= until !== null
    if (older !== null) return lookForward(found)
    highest = Math.max(highest, revision)
    if (revision >= known && until === null) return
    lost = known
    older = revision < known ? wentBack(known, revision) : lostUntil(until ?? known)
    onNotice(older)
  }

  /**
   * Takes the database again once the loss is accepted. A revision as high as before does not show that: new changes may have reached
   * the number of the lost ones. A mark that is gone shows it, and so does the accepted revision, also when the mark came and went
   * between two looks.
   */
  function lookForward({ revision, accepted, until }: Standing): void {
    const isAccepted = isMarked || accepted >= lost
    if (!isAccepted || until !== null || revision < highest) return
    older = null
    isMarked = false
    highest = revision
    onNotice('The loss of changes is accepted: the database is used again.')
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

function wentBack(known: Revision, revision: Revision): string {
  return (
    `The database has gone back from revision ${known} to ${revision} while Latchkey was running: an older copy was put in its ` +
    `place. ${WAY_ON}`
  )
}

function lostUntil(until: Revision): string {
  return `The database has lost changes up to revision ${until}: an older copy was put in its place. ${WAY_ON}`
}

const WAY_ON =
  'Keys that were revoked since would work again, so nothing is read from it or written to it. Put a newer copy in its place and ' +
  'start again; or start one process with --accept-older-database, and revoke anew what was revoked since.'
