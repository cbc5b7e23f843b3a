const UNIT_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const
const SHAPE = /^([1-9]\d{0,8})([smhd])$/
const LONGEST_MS = 3650 * UNIT_MS.d

/**
 * Reads a duration such as `30s`, `15m`, `24h` or `7d` as milliseconds.
 * Null for anything else: other units, fractions, signs, leading zeros, zero, and more than 3650 days.
 */
export function parseDuration(text: string): number | null {
  const [, count, unit] = SHAPE.exec(text) ?? []
  if (count === undefined || !isUnit(unit)) return null
  const ms = Number(count) * UNIT_MS[unit]
  return ms <= LONGEST_MS ? ms : null
}

/**
 * Writes milliseconds as a duration in the largest unit that divides it, so `86400000` gives `1d` and `90000` gives
 * `90s`. Parts of a second are rounded up, because a duration shown to a caller is often how long to wait.
 */
export function formatDuration(ms: number): string {
  const wholeMs = Math.ceil(ms / UNIT_MS.s) * UNIT_MS.s
  for (const [unit, unitMs] of Object.entries(UNIT_MS)) {
    if (wholeMs >= unitMs && wholeMs % unitMs === 0) return `${wholeMs / unitMs}${unit}`
  }
  return '0s'
}

function isUnit(text: string | undefined): text is keyof typeof UNIT_MS {
  return text !== undefined && Object.hasOwn(UNIT_MS, text)
}
