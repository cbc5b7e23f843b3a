/** Bounds the size of one commit, so that nobody waits long for its end. The bound is learnt from the duration of earlier commits. */
export interface Pace {
  /** The maximum weight of the next commit; less when several users share it. */
  weightMax(isShared: boolean): number
  /** Records the duration of a commit. */
  note(weight: number, tookMs: number): void
}

/**
 * The smallest and the largest bound on a commit's weight, in rows, whatever was measured. The largest is the number of rows that the
 * event loop can prepare in some 10 ms: a row costs it 2 µs, even where the database writes rows for next to nothing.
 */
const WEIGHT = { min: 256, first: 2_000, max: 4_000 }
/** How long writing the rows may take. The rest of a commit (above all the sync) takes the same time for one row as for many. */
const ROWS_MS = { min: 5, max: 10 }
/**
 * The same while several users write. A caller then waits for the rest of one commit and for its own, and most rows in them are of
 * others. A user that writes very much loses some of its rate: more of the time goes into syncs.
 */
const SHARED = { rowsMs: 2, weightMax: 1_000 }
/** The number of remembered commits of one size. Their median counts, because an occasional copy of the log says nothing about rows. */
const REMEMBERED = 15
/** One commit in so many is kept small, to learn the duration of a commit that writes next to nothing. */
const SMALL_ONE_IN = 8
/** The largest changes from one commit to the next. */
const STEP = { down: 0.5, up: 1.25 }

/** The latest commits of about one size. */
type Size = { weight: number; tookMs: number }[]

/**
 * Builds the pace. The difference between large and small commits gives the cost of a row; the rest is the fixed time of a commit. Rows
 * may take as long as the fixed time: then at least half of the time goes into rows, and a caller with little to write waits for the rest
 * of one commit and for its own.
 */
export function createPace(): Pace {
  let alone = WEIGHT.first
  let shared = SHARED.weightMax
  let asked = 0
  /** The greatest weight of a commit, as it was last computed. */
  let full = alone
  const small: Size = []
  const large: Size = []

  function learn(): void {
    const light = { weight: middle(small, 'weight'), tookMs: middle(small, 'tookMs') }
    const heavy = { weight: middle(large, 'weight'), tookMs: middle(large, 'tookMs') }
    if (small.length === 0 || heavy.weight < 2 * light.weight) return
    const rowMs = Math.max(0, (heavy.tookMs - light.tookMs) / (heavy.weight - light.weight))
    const fixedMs = Math.max(0, light.tookMs - rowMs * light.weight)
    const rowsMs = within(fixedMs, ROWS_MS.min, ROWS_MS.max)
    alone = stepped(alone, rowsMs / rowMs, WEIGHT.max)
    shared = stepped(shared, SHARED.rowsMs / rowMs, SHARED.weightMax)
  }

  return {
    weightMax(isShared) {
      asked += 1
      full = isShared ? shared : alone
      return asked % SMALL_ONE_IN === 0 ? Math.floor(full / 4) : full
    },
    note(weight, tookMs) {
      // A negative duration means that the clock was set back.
      if (tookMs < 0) return
      const size = weight * 2 < full ? small : large
      size.push({ weight, tookMs })
      if (size.length > REMEMBERED) size.shift()
      if (size === large) learn()
    },
  }
}

function middle(size: Size, member: 'weight' | 'tookMs'): number {
  const values = size.map((commit) => commit[member]).sort((one, other) => one - other)
  return values[values.length >> 1] ?? 0
}

/** A bound one step closer to the weight that fits, which is without end where rows cost nothing. */
function stepped(bound: number, fits: number, most: number): number {
  const reached = within(fits, bound * STEP.down, bound * STEP.up)
  return Math.floor(within(reached, WEIGHT.min, most))
}

function within(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}
