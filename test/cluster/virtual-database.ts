import type { Answer, Request } from '../../src/cluster/messages.ts'
import type { Change, NodeId, NodeRow, NodesSeen } from '../../src/store/nodes.ts'
import type { Dice, Timeline } from './virtual-world.ts'

/** A model of the database: transactions take time, lock the rows that they write, and read what is committed by then. */
export interface VirtualDatabase {
  /** Changes a key; calls `committed` once it is committed. */
  commit(key: string, committed: (revision: number) => void): void
  /** The version that a read of a key finds now. */
  versionOf(key: string): number
  ask(request: Request, answer: (answer: Answer) => void): void
  seen(): NodesSeen
  evict(id: NodeId, renewals: number): void
  /** Another server takes over, with all changes, but with the table of nodes as it was some time ago. */
  failOver(): void
  /** The server crashes and recovers under the same incarnation: what was answered before it was on disk may be lost. */
  recover(): void
}

const ROWS_LOST_MS = 1_500
/** By then everything is on disk: three times the delay of the server's writer. */
const UNWRITTEN_MS = 600
const CHANGES_AT_ONCE = 12

/** Builds a database in virtual time, with its delays and losses drawn from the dice. */
export function createVirtualDatabase({
  time,
  dice,
  forgetsEvictions,
  forgetsRenewals,
}: {
  time: Timeline
  dice: Dice
  /** A planted mistake: a node whose row is gone is answered as if it were there. */
  forgetsEvictions: boolean
  /** A planted mistake: a renewal is answered before it is on disk. */
  forgetsRenewals: boolean
}): VirtualDatabase {
  let nodes = new Map<NodeId, NodeRow>()
  const held = new Map<NodeId, number>()
  const log: Change[] = []
  const versions = new Map<string, number>()
  let incarnation = 1
  // Transactions of a server that has ended do not commit.
  let run = 1
  let before: { atMs: number; nodes: Map<NodeId, NodeRow> }[] = []

  const work = () => (dice.chance(0.15) ? dice.between(0, 350) : dice.between(0, 3))
  const write = (change: () => void) => {
    before = before.filter(({ atMs }) => atMs > time.nowMs() - ROWS_LOST_MS)
    before.push({ atMs: time.nowMs(), nodes: new Map(nodes) })
    change()
  }
  const feed = (since: number | null): Answer => {
    const revision = log.length
    const isFar = since === null || since > revision || revision - since > CHANGES_AT_ONCE
    const changes = isFar ? null : log.slice(since)
    return {
      told: 'feed',
      feed: { revision, changes, incarnation: String(incarnation), isUndecided: false, schema: 'ours' },
    }
  }

  /** Runs once no other transaction holds the row. */
  function whenFree(id: NodeId, then: () => void): void {
    const freeAt = held.get(id) ?? 0
    if (freeAt <= time.nowMs()) then()
    else time.after(freeAt - time.nowMs() + 0.001, () => whenFree(id, then))
  }

  function renew(
    { ask, node, applied, since }: Extract<Request, { ask: 'renew' | 'acknowledge' }>,
    tell: (answer: Answer) => void,
  ) {
    whenFree(node, () => {
      const row = nodes.get(node)
      if (row === undefined) return tell(forgetsEvictions ? feed(since) : { told: 'evicted' })
      const [toRead, toCommit] = [work(), work()]
      held.set(node, time.nowMs() + toRead + toCommit)
      const inThis = run
      time.after(toRead, () => {
        const answer = feed(since)
        time.after(toCommit, () => {
          if (inThis !== run) return
          write(() =>
            nodes.set(node, { ...row, renewals: row.renewals + (ask === 'renew' ? 1 : 0), applied }),
          )
          tell(answer)
        })
      })
    })
  }

  return {
    commit(key, committed) {
      time.after(work(), () => {
        const revision = log.length + 1
        log.push({ revision, kind: 'key', id: key, action: 'key.update', at: time.nowMs() })
        versions.set(key, revision)
        committed(revision)
      })
    },
    versionOf: (key) => versions.get(key) ?? 0,
    ask(request, answer) {
      if (request.ask === 'poll') return answer(feed(request.since))
      if (request.ask !== 'join') return renew(request, answer)
      const { node: id, leaseMs } = request
      write(() => nodes.set(id, { id, renewals: 0, applied: 0, leaseMs }))
      answer({ told: 'joined' })
    },
    seen: () => ({ rows: [...nodes.values()], incarnation: String(incarnation) }),
    evict(id, renewals) {
      whenFree(id, () => {
        if (nodes.get(id)?.renewals === renewals) write(() => nodes.delete(id))
      })
    },
    failOver() {
      incarnation += 1
      run += 1
      nodes = new Map(before[0]?.nodes ?? nodes)
      held.clear()
    },
    recover() {
      run += 1
      const unwrittenMs = dice.between(0, UNWRITTEN_MS)
      const onDisk = before.find(({ atMs }) => atMs > time.nowMs() - unwrittenMs)?.nodes ?? nodes
      // A row is on disk when its node has joined, and its renewals when they are answered; what was acknowledged and deleted may be lost.
      const recovered = [...nodes.values()].map((row) => {
        const { applied, renewals } = onDisk.get(row.id) ?? { applied: 0, renewals: 0 }
        return { ...row, applied, renewals: forgetsRenewals ? renewals : row.renewals }
      })
      nodes = new Map([...onDisk, ...recovered.map((row) => [row.id, row] as const)])
      held.clear()
    },
  }
}
