const BUCKETS_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

/** How long events of one kind took. Counting costs a few additions; the text is made when a scrape asks. */
export class Durations {
  readonly buckets = new Float64Array(BUCKETS_SECONDS.length)
  count = 0
  sum = 0

  /** Adds one event that took this long. */
  add(seconds: number): void {
    this.count += 1
    this.sum += seconds
    for (let bucket = 0; bucket < BUCKETS_SECONDS.length; bucket += 1) {
      if (seconds > (BUCKETS_SECONDS[bucket] ?? 0)) continue
      // The count of each bucket alone; the text adds them up.
      this.buckets[bucket] = (this.buckets[bucket] ?? 0) + 1
      return
    }
  }
}

/** The series of a histogram in Prometheus' text form. `labels` is the text between the braces, empty for none. */
export function linesOf(name: string, labels: string, { buckets, count, sum }: Durations): string[] {
  const own = labels === '' ? '' : `{${labels}}`
  const more = labels === '' ? '' : `,${labels}`
  let below = 0
  const cumulative = BUCKETS_SECONDS.map((seconds, bucket) => {
    below += buckets[bucket] ?? 0
    return `${name}_bucket{le="${seconds}"${more}} ${below}`
  })
  return [
    ...cumulative,
    `${name}_bucket{le="+Inf"${more}} ${count}`,
    `${name}_sum${own} ${sum}`,
    `${name}_count${own} ${count}`,
  ]
}
