import type { Change, Found, NodeStore } from '../store/nodes.ts'
import type { Member } from './member.ts'
import { createPause, readClocks } from './pace.ts'
import type { Recollection } from './recollection.ts'

/** How often the database is checked while it may not be used. */
const AGAIN_MS = 100
/** How many of the lost changes a notice names. */
const NAMED = 20

/** Changes whose loss gives nobody more power than before: a revocation is written again, and a created record is simply missing. */
const HARMLESS: ReadonlySet<string> = new Set([
  'key.revoke',
  'key.create',
  'key.import',
  'user.create',
  'workspace.create',
  'workspace.add_member',
])

/** The part of a node that handles a database which may have lost changes. */
export interface Recovery {
  /** Begins to compare, unless that has begun already. The member trusts the database again when nothing is lost or the loss is accepted. */
  begin(): void
  stop(): Promise<void>
}

/**
 * Compares the node's memory of changes with the database, and waits until the loss is accepted. It accepts the loss by itself when it
 * has seen at least as much as every other node, remembers all of it, and nobody could gain by it. The other nodes get two leases to
 * report the changes that they have seen.
 */
export function recover({
  store,
  member,
  recollection,
  leaseMs,
  onNotice,
}: {
  store: Pick<NodeStore, 'compareChanges' | 'acceptLosses'>
  member: Pick<Member, 'trust'>
  recollection: Recollection
  leaseMs: number
  onNotice: (what: string) => void
}): Recovery {
  const pause = createPause()
  let stopped = false
  let running: Promise<void> | null = null

  async function run(): Promise<void> {
    let until: number | null = null
    let sinceMs = 0
    while (!stopped) {
      const { wallMs, monotonicMs } = readClocks()
      const found = await store.compareChanges(recollection.remembered(), wallMs).catch(() => null)
      if (found !== null && found.until === null) break
      if (found !== null && found.until !== until) {
        if (until === null) onNotice(noticeOf(found))
        until = found.until
        sinceMs = monotonicMs
      }
      if (found !== null && monotonicMs - sinceMs >= 2 * leaseMs) await acceptIfHarmless(found, wallMs)
      await pause.wait(AGAIN_MS)
    }
    if (stopped) return
    recollection.clear()
    member.trust()
  }

  async function acceptIfHarmless({ until, lost }: Found, at: number): Promise<void> {
    const isHarmless = lost.every(({ action }) => HARMLESS.has(action))
    const knowsAll = until === recollection.remembered().seen && lost.length > 0 && recollection.covers(lost)
    if (until === null || !isHarmless || !knowsAll) return
    const accepted = await store.acceptLosses({ until, lost }, at).catch(() => false)
    if (accepted)
      onNotice(
        `The ${lost.length} lost changes are known and take no effect back: the database is used again.`,
      )
  }

  return {
    begin() {
      running ??= run().finally(() => {
        running = null
      })
    },
    async stop() {
      stopped = true
      pause.end()
      await running
    },
  }
}

function noticeOf({ lost, until }: Found): string {
  const named = lost.slice(0, NAMED).map(nameOf).join(', ')
  const rest = lost.length > NAMED ? `, and ${lost.length - NAMED} more` : ''
  const known = lost.length === 0 ? 'This node does not know which.' : `This node remembers: ${named}${rest}.`
  return (
    `The database has lost changes up to revision ${until}: an older copy has taken its place. ${known} Revocations among them are in ` +
    'force again. Nothing else is answered until the loss is accepted: nodes do so by themselves where nobody can gain by it; otherwise ' +
    'put a newer copy in its place, or start one process with --accept-older-database.'
  )
}

function nameOf({ revision, action, id }: Change): string {
  return `${revision} ${action} ${id ?? ''}`.trim()
}
