import type { Reading } from '../../src/cluster/lease.ts'
import { createMember, type Member, type Memory } from '../../src/cluster/member.ts'
import type { Answer } from '../../src/cluster/messages.ts'
import { createWaiting, type Waiting } from '../../src/cluster/waiting.ts'
import type { NodesSeen } from '../../src/store/nodes.ts'
import type { VirtualDatabase } from './virtual-database.ts'
import type { Dice, Timeline } from './virtual-world.ts'

/** Mistakes that the simulator must notice. */
export const MISTAKES = [
  'kept_after_invalidation',
  'lease_from_answer',
  'acknowledged_before_applied',
  'lease_ended_early',
  'lease_refreshed_by_reads',
  'lease_renewed_by_polls',
  'evicted_and_went_on',
  'rows_lost_unnoticed',
  'renewals_lost',
  'sleep_unnoticed',
] as const
/** One of these mistakes. */
export type Mistake = (typeof MISTAKES)[number]

/** The calls of a node, and the failures that it can suffer. */
export interface VirtualNode {
  verify(key: string, answered: (version: number) => void): void
  change(key: string, acknowledged: (revision: number) => void): void
  /** Pauses the node for this time; when asleep, its monotonic clock stops, too. */
  pause(forMs: number, asleep: boolean): void
  crash(downMs: number): void
  setWallClock(byMs: number): void
  cutOff(forMs: number): void
}

/** What a node is built from. */
export interface VirtualNodeParts {
  name: string
  time: Timeline
  dice: Dice
  database: VirtualDatabase
  leaseMs: number
  mistake: Mistake | null
}

const TIMEOUT_MS = 400
const LOOK_MS = 8
const IDLE_MS = 5

/** Builds a node in virtual time: the real protocol of `src/cluster` over the virtual database. */
export function createVirtualNode(parts: VirtualNodeParts): VirtualNode {
  const { name, time, dice, database, leaseMs, mistake } = parts
  const rate = 1 + dice.between(-0.02, 0.02)
  const pollMs = dice.pick([20, 40, 330])
  let life = 0
  let pausedUntilMs = 0
  let cutOffUntilMs = 0
  let sleptMs = 0
  let wallOffsetMs = 0
  let core = newCore()

  function read(): Reading {
    const monotonicMs = (time.nowMs() - sleptMs) * rate
    return { monotonicMs, wallMs: mistake === 'sleep_unnoticed' ? monotonicMs : time.nowMs() + wallOffsetMs }
  }

  /** Runs an event in this life of the node, once the node is running. */
  function here(delayMs: number, event: () => void, of = life): void {
    time.after(delayMs, () => {
      if (of !== life) return
      if (time.nowMs() < pausedUntilMs) here(pausedUntilMs - time.nowMs() + 0.01, event, of)
      else event()
    })
  }

  function delay(): number {
    return dice.chance(0.08) ? dice.between(0, 500) : dice.between(0.2, 4)
  }

  function isLost(): boolean {
    return time.nowMs() < cutOffUntilMs || dice.chance(0.02)
  }

  /** Sends a request to the database and takes its answer; either may be lost. Null after the timeout. */
  function send<T>(ask: (tell: (answer: T) => void) => void, then: (answer: T | null) => void): void {
    let done = false
    const finish = (answer: T | null) => {
      if (done) return
      done = true
      then(answer)
    }
    here(TIMEOUT_MS, () => finish(null))
    const of = life
    if (isLost()) return
    time.after(delay(), () =>
      ask((answer) => {
        if (!isLost()) time.after(delay(), () => here(0, () => finish(answer), of))
      }),
    )
    // A network may deliver twice.
    if (dice.chance(0.02)) time.after(delay(), () => ask(() => {}))
  }

  function newCore(): Core {
    const memory = createMemory(parts, (delayMs, event) => here(delayMs, event))
    const newId = () => `${name}-${life}-${Math.floor(dice.between(0, 1e9))}`
    const member = createMember({ leaseMs, pollMs: () => pollMs, newId, memory })
    const self = () => member.id()
    const waiting = createWaiting({ self, leaseMs: mistake === 'lease_ended_early' ? leaseMs / 3 : leaseMs })
    return { memory, member, waiting, lastPoll: null, lastRead: null }
  }

  function follow(): void {
    const { member } = core
    const request = member.next(read())
    if (request === null) {
      here(IDLE_MS, follow)
      return
    }
    const sentAt = read()
    send<Answer>(
      (tell) => database.ask(request, tell),
      (answer) => {
        if (answer !== null)
          member.answered(request, mistake === 'lease_from_answer' ? read() : sentAt, answer)
        if (answer?.told === 'feed') core.lastPoll = sentAt
        // No change is lost here, so every comparison succeeds.
        if (member.isInDoubt()) here(delay(), member.trust)
        here(answer === null ? IDLE_MS : 0, follow)
      },
    )
  }

  function look(then: () => void): void {
    const sentAtMs = read().monotonicMs
    const { waiting } = core
    send<NodesSeen>(
      (tell) => tell(database.seen()),
      (seen) => {
        const nowMs = read().monotonicMs
        if (seen !== null) waiting.saw(planted(seen, mistake), sentAtMs, nowMs)
        for (const { id, renewals } of waiting.toEvict(nowMs)) {
          send<null>(
            () => database.evict(id, renewals),
            () => {},
          )
        }
        then()
      },
    )
  }

  function lookNowAndThen(): void {
    look(() => here(leaseMs / 2, lookNowAndThen))
  }

  function wait(revision: number, atMs: number, acknowledged: (revision: number) => void): void {
    if (core.waiting.inForce({ revision, atMs }, read().monotonicMs) !== null) acknowledged(revision)
    else look(() => here(LOOK_MS, () => wait(revision, atMs, acknowledged)))
  }

  function mayRemember(): boolean {
    const { member, lastPoll, lastRead } = core
    const now = read()
    const within = (since: Reading | null) =>
      since !== null && now.monotonicMs - since.monotonicMs < leaseMs * 0.9
    if (mistake === 'lease_renewed_by_polls' && within(lastPoll)) return true
    if (mistake === 'lease_refreshed_by_reads' && within(lastRead)) return true
    return member.isFresh(now)
  }

  here(0, follow)
  here(0, lookNowAndThen)

  return {
    verify(key, answered) {
      here(0, () => {
        const { memory } = core
        const known = mayRemember() ? memory.remembered(key) : undefined
        if (known !== undefined) {
          core.lastRead = read()
          return answered(known)
        }
        const reading = memory.beginRead()
        send<number>(
          (tell) => tell(database.versionOf(key)),
          (version) => {
            memory.endRead(reading, key, version)
            if (version !== null) answered(version)
          },
        )
      })
    },
    change(key, acknowledged) {
      here(0, () => {
        const { memory } = core
        send<number>(
          (tell) => database.commit(key, tell),
          (revision) => {
            memory.forgetKey(key)
            if (revision !== null) wait(revision, read().monotonicMs, acknowledged)
          },
        )
      })
    },
    pause(forMs, asleep) {
      // A machine that sleeps is not put to sleep once more: its clock would be set back.
      if (time.nowMs() < pausedUntilMs) return
      pausedUntilMs = time.nowMs() + forMs
      if (!asleep) return
      // The clock stops here, and later continues as if no time had passed.
      time.after(forMs, () => {
        sleptMs += forMs
      })
    },
    crash(downMs) {
      life += 1
      pausedUntilMs = Math.max(pausedUntilMs, time.nowMs() + downMs)
      core = newCore()
      here(downMs, follow)
      here(downMs, lookNowAndThen)
    },
    setWallClock(byMs) {
      wallOffsetMs += byMs
    },
    cutOff(forMs) {
      cutOffUntilMs = time.nowMs() + forMs
    },
  }
}

interface Core {
  memory: VirtualMemory
  member: Member
  waiting: Waiting
  lastPoll: Reading | null
  lastRead: Reading | null
}

/** Falsifies the node's view of the others according to the mistake. */
function planted({ rows, incarnation }: NodesSeen, mistake: Mistake | null): NodesSeen {
  if (mistake === 'rows_lost_unnoticed') return { rows, incarnation: 'always' }
  if (mistake === 'lease_ended_early')
    return { rows: rows.map((row) => ({ ...row, leaseMs: row.leaseMs / 3 })), incarnation }
  return { rows, incarnation }
}

interface VirtualMemory extends Memory {
  remembered(key: string): number | undefined
  beginRead(): Set<string>
  endRead(reading: Set<string>, key: string, version: number | null): void
  forgetKey(key: string): void
}

const ALL = '*'

/** A small model of the memory of `core/verify/facts.ts`: a record that changed while it was read is not kept. */
function createMemory(
  { mistake, dice }: VirtualNodeParts,
  later: (delayMs: number, event: () => void) => void,
): VirtualMemory {
  const kept = new Map<string, number>()
  const reads = new Set<Set<string>>()
  function forgetKey(key: string): void {
    for (const read of reads) read.add(key)
    if (key === ALL) kept.clear()
    else kept.delete(key)
  }
  function forget(key: string): void {
    if (mistake === 'acknowledged_before_applied') later(dice.between(0, 60), () => forgetKey(key))
    else forgetKey(key)
  }
  return {
    remembered: (key) => kept.get(key),
    beginRead() {
      const reading = new Set<string>()
      reads.add(reading)
      return reading
    },
    endRead(reading, key, version) {
      reads.delete(reading)
      const changed = reading.has(key) || reading.has(ALL)
      if (version !== null && (!changed || mistake === 'kept_after_invalidation')) kept.set(key, version)
    },
    forgetKey,
    forget: ({ id }) => forget(id ?? ALL),
    forgetAll: () => forget(ALL),
  }
}
