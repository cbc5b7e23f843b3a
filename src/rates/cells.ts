import type { Instant } from '../core/ground/clock.ts'
import type { RateLimit } from '../core/types.ts'

type Rate = Pick<RateLimit, 'limit' | 'windowMs'>

/**
 * The used units of a limit at an instant, and the rate at which they leak away. Units, not instants, because the used units must keep
 * counting when the rate changes.
 */
export interface Bucket extends Rate {
  used: number
  at: Instant
}

/** The state of one limit, under the rate in force. */
export interface Cell extends Bucket {
  /**
   * The same under the rate from before the limit was lowered, if more units were used than the new limit has: a later raise counts them
   * again. It stays empty once none of those units is left.
   */
  beforeCut?: Bucket
  /** Set once another cell, or none, is kept in its place: it is not to be used then. */
  isGone?: true
}

/** The name under which the state of one limit is kept. */
export function cellName(subject: string, rateName: string): string {
  return `${subject}\n${rateName}`
}

/** The name of the limit in the name of a cell. */
export function rateNameIn(name: string): string {
  return name.slice(name.indexOf('\n') + 1)
}

/** Cells by name. Code that remembers a cell sees by `isGone` whether another one has taken its place. */
export interface Cells {
  get(name: string): Cell | undefined
  has(name: string): boolean
  keep(name: string, cell: Cell): void
  drop(name: string): void
  count(): number
  /** The names of the cells with the subject of this one, those first that have been there longest. */
  beside(name: string): readonly string[]
  /**
   * Looks at so many cells and drops those that meet a condition. The next call goes on with the cells after these, and begins again after the
   * last one. To look at all of them at once would take long with very many.
   */
  dropSome(condition: (cell: Cell) => boolean, count: number): void
}

/** Builds a memory without cells. */
export function createCells(): Cells {
  const cells = new Map<string, Cell>()
  const bySubject = new Map<string, string[]>()
  let next = cells.entries()
  const subjectIn = (name: string) => name.slice(0, name.indexOf('\n'))
  const beside = (name: string) => bySubject.get(subjectIn(name)) ?? []
  function drop(name: string): void {
    const known = cells.get(name)
    if (known === undefined) return
    known.isGone = true
    cells.delete(name)
    const names = beside(name).filter((other) => other !== name)
    if (names.length === 0) bySubject.delete(subjectIn(name))
    else bySubject.set(subjectIn(name), names)
  }
  return {
    get: (name) => cells.get(name),
    has: (name) => cells.has(name),
    keep(name, cell) {
      const known = cells.get(name)
      if (known === undefined) bySubject.set(subjectIn(name), [...beside(name), name])
      else known.isGone = true
      cells.set(name, cell)
    },
    drop,
    count: () => cells.size,
    beside,
    dropSome(condition, count) {
      for (let looked = 0; looked < count; looked += 1) {
        const { value, done } = next.next()
        if (done === true) {
          next = cells.entries()
          return
        }
        const [name, cell] = value
        if (condition(cell)) drop(name)
      }
    },
  }
}

/**
 * The used units of a bucket now: never more than its limit, so that it refuses for no longer than its window. A clock that was set back
 * returns no units.
 */
export function usedOf(bucket: Bucket, now: Instant): number {
  const elapsedMs = Math.max(0, now - bucket.at)
  return Math.min(Math.max(0, bucket.used - elapsedMs / unitMs(bucket)), bucket.limit)
}

/** Whether the bucket has this rate. */
export function isUnder(bucket: Bucket, { limit, windowMs }: Rate): boolean {
  return bucket.limit === limit && bucket.windowMs === windowMs
}

/**
 * The cell under a new rate. A lowered limit is full, not overdrawn; the units used beyond it are kept in `beforeCut`, and leak away as
 * fast as if the limit had not been lowered.
 */
export function cellUnder(cell: Cell, { limit, windowMs }: Rate, now: Instant): Cell {
  const { beforeCut } = cell
  const isBefore = beforeCut !== undefined && usedOf(beforeCut, now) > usedOf(cell, now)
  const most = isBefore ? beforeCut : cell
  const used = usedOf(most, now)
  const current = { used: Math.min(used, limit), at: now, limit, windowMs }
  if (used <= limit && beforeCut === undefined) return current
  const kept = used > limit ? used : 0
  return { ...current, beforeCut: { used: kept, at: now, limit: most.limit, windowMs: most.windowMs } }
}

/** The time when no unit of the bucket is used any more. */
export function wholeAt(bucket: Bucket): Instant {
  return bucket.at + bucket.used * unitMs(bucket)
}

/** The time in which one used unit leaks away. */
export function unitMs({ limit, windowMs }: Rate): number {
  return windowMs / limit
}
