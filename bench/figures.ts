/** The median of some figures and their range; a single figure says nothing about its own noise. */
export interface Spread {
  median: number
  min: number
  max: number
}

/** The spread of the figures from the repeats of one measurement. Throws when there are none. */
export function spreadOf(figures: readonly number[]): Spread {
  const sorted = figures.toSorted((one, other) => one - other)
  return { median: percentile(sorted, 0.5), min: percentile(sorted, 0), max: percentile(sorted, 1) }
}

/** The figure below which the given share of sorted figures lies. Throws when there are none. */
export function percentile(sorted: readonly number[], share: number): number {
  const figure = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
  if (figure === undefined) throw new Error('Nothing was measured.')
  return figure
}

/** The quotients of figures from the same repeats. */
export function quotients(ones: readonly number[], others: readonly number[]): Spread {
  return spreadOf(ones.map((one, index) => one / (others[index] ?? Number.NaN)))
}

/** The figure for people: three significant digits, followed by the spread. */
export function shown({ median, min, max }: Spread, unit = ''): string {
  return `${rounded(median)}${unit} (${rounded(min)}-${rounded(max)})`
}

function rounded(figure: number): string {
  if (figure >= 1_000) return Math.round(figure).toLocaleString('en-US')
  return figure.toPrecision(3)
}
