/** How much one commit may carry, so that nobody waits long for its end: learnt from how long commits have taken. */
export interface Pace {
  /** The weight that the next commit may have. */
  weightMax(): number
  /** Takes note of a commit. */
  note(weight: number, tookMs: number): void
}

/**
 * The least and the most that a commit may weigh, in rows that it writes, whatever was measured. The most is what the event
 * loop can prepare in some 10 ms: a row costs it 2 µs, also where the database writes rows for next to nothing.
 */
const WEIGHT = { min: 256, first: 2_000, max: 4_000 }
/** How long the writing of the rows may take. What a commit takes besides (the sync, above all) is as long for one row. */
const ROWS_MS = { min: 5, max: 10 }
/** Commits of one size that are remembered. The middle one counts: a copying of the log now and then says nothing of rows. */
const REMEMBERED = 15
/** One commit in so many is kept small, to learn what a commit takes that writes next to nothing. */
const SMALL_ONE_IN = 8
/** The largest changes from one commit to the next. */
const STEP = { down: 0.5, up: 1.25 }

/** The latest commits of about one size. */
type Size = { weight: number; tookMs: number }[]

/**
 * Builds the pace. What larger commits take beyond smaller ones says what a row costs, and what is left is the fixed time of
 * a commit. Rows may take as long as the fixed time does: then half of the time at least goes into rows, and whoever asks
 * for little waits for the rest of one commit and for one of its own.
 */
export function createPace(): Pace {
  let weightMax = WEIGHT.first
  let asked = 0
  const small: Size = []
  const large: Size = []

  function learn(): void {
    const light = { weight: middle(small, 'weight'), tookMs: middle(small, 'tookMs') }
    const heavy = { weight: middle(large, 'weight'), tookMs: middle(large, 'tookMs') }
    if (small.length === 0 || heavy.weight < 2 * light.weight) return
    const rowMs = Math.max(0, (heavy.tookMs - light.tookMs) / (heavy.weight - light.weight))
    const fixedMs = Math.max(0, light.tookMs - rowMs * light.weight)
    const rowsMs = within(fixedMs, ROWS_MS.min, ROWS_MS.max)
    const fits = rowMs === 0 ? Number.POSITIVE_INFINITY : rowsMs / rowMs
    const reached = within(fits, weightMax * STEP.down, weightMax * STEP.up)
    weightMax = Math.floor(within(reached, WEIGHT.min, WEIGHT.max))
  }

  return {
    weightMax() {
      asked += 1
      return asked % SMALL_ONE_IN === 0 ? Math.floor(weightMax / 4) : weightMax
    },
    note(weight, tookMs) {
      // A clock that was set tells nothing.
      if (tookMs < 0) return
      const size = weight * 2 < weightMax ? small : large
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

function within(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}
