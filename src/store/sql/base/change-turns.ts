import { MAX } from '../../../core/ground/bounds.ts'
import { Fault } from '../../../core/ground/faults.ts'
import { type Caller, createTurns } from '../../../core/ground/turns.ts'
import { createRests } from './rests.ts'

/** Changes of records, in which callers take turns. */
export interface ChangeTurns {
  /**
   * Runs a change when its turn has come. Changes of one record run one after the other, so a record that is locked from outside blocks
   * one connection and not all of them. Throws `rate_limited` for a user with too many waiting changes, and the error of another change
   * that came before it and found the whole database locked.
   */
  run<T>(by: Caller, record: string | null, change: () => Promise<T>): Promise<T>
}

interface Change {
  userId: string
  record: string | null
  /** Makes the change; resolves with its error when the whole database was locked. */
  start(): Promise<unknown>
  refuse(error: unknown): void
  by: Caller
}

/**
 * Builds the turns of a database that runs `atOnce` changes at the same time. At most half of them belong to one user, so that a
 * connection is always free for somebody else; with one connection, each change ends before the next begins. `isLocked` recognises the
 * error of a change that has waited in vain for the lock of the whole database. The changes that wait at that moment are refused with it:
 * each would wait as long again, so a revoke behind a hundred changes would get no answer for minutes.
 */
export function createChangeTurns(
  atOnce: number,
  isLocked: (error: unknown) => boolean = () => false,
): ChangeTurns {
  const turns = createTurns<Change>()
  const perUser = Math.max(1, atOnce >> 1)
  let running = 0
  const runningOf = new Map<string, number>()
  const waitingOf = new Map<string, number>()
  /** Changes whose turn had come but whose record or user was busy, or whose user rests; by what they wait for. */
  const aside = new Map<string, Change[]>()
  const rests = createRests((userId) => {
    takeBack(restOf(userId))
    begin()
  })

  function begin(): void {
    while (running < atOnce) {
      const [change] = turns.take(1)
      if (change === undefined) return
      const busy = busyOf(change)
      if (busy === null) void runNow(change)
      else putAside(busy, change)
    }
  }

  function putAside(busy: string, change: Change): void {
    const others = aside.get(busy)
    if (others === undefined) aside.set(busy, [change])
    else others.push(change)
  }

  function busyOf({ userId, record }: Change): string | null {
    if (rests.isResting(userId)) return restOf(userId)
    if (record !== null && runningOf.has(record)) return record
    return (runningOf.get(userId) ?? 0) >= perUser ? userId : null
  }

  async function runNow(change: Change): Promise<void> {
    const names = change.record === null ? [change.userId] : [change.userId, change.record]
    running += 1
    add(waitingOf, change.userId, -1)
    for (const name of names) add(runningOf, name, 1)
    const locked = await change.start()
    if (locked !== undefined) refuseWaiting(locked)
    running -= 1
    for (const name of names) {
      add(runningOf, name, -1)
      takeBack(name)
    }
    begin()
  }

  /** Queues the changes again that were set aside because of this record, user or rest. */
  function takeBack(name: string): void {
    const waiting = aside.get(name) ?? []
    aside.delete(name)
    for (const change of waiting) turns.add(change.by, change, 1)
  }

  /** Refuses all changes that have not begun. */
  function refuseWaiting(error: unknown): void {
    const waiting = [...turns.take(Number.POSITIVE_INFINITY), ...[...aside.values()].flat()]
    aside.clear()
    for (const { userId, refuse } of waiting) {
      add(waitingOf, userId, -1)
      refuse(error)
    }
  }

  return {
    run(by, record, change) {
      const userId = `user ${by.userId}`
      if ((waitingOf.get(userId) ?? 0) >= MAX.changesWaiting) {
        const message = 'Too many changes of this user wait to be made. Send fewer at a time.'
        return Promise.reject(new Fault('rate_limited', { message, retryAfterMs: 1_000 }))
      }
      add(waitingOf, userId, 1)
      return new Promise((resolve, reject) => {
        const start = () => {
          const beganMs = performance.now()
          // Asked before the caller knows that it is over, because it may begin its next change at once.
          const ended = change().finally(() =>
            rests.note(userId, performance.now() - beganMs, waitingOf.has(userId)),
          )
          return ended.then(resolve, (error: unknown) => {
            reject(error)
            return isLocked(error) ? error : undefined
          })
        }
        const name = record === null ? null : `record ${record}`
        turns.add(by, { userId, record: name, start, refuse: reject, by }, 1)
        begin()
      })
    },
  }
}

function restOf(userId: string): string {
  return `rest of ${userId}`
}

function add(counts: Map<string, number>, name: string, count: number): void {
  const sum = (counts.get(name) ?? 0) + count
  if (sum > 0) counts.set(name, sum)
  else counts.delete(name)
}
