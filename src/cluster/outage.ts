/** Tells the operator once when the database does not answer any more, and once when it does again. */
export interface OutageNews {
  /** Called after each request to the database, with the reason when it was not answered. */
  heard(isCutOff: boolean, error: unknown): void
}

/** Builds it. `nowMs` is of a monotonic clock. */
export function tellOfOutages(onNotice: (what: string) => void, nowMs: () => number): OutageNews {
  let sinceMs: number | null = null
  return {
    heard(isCutOff, error) {
      if (isCutOff && error !== null && sinceMs === null) {
        sinceMs = nowMs()
        onNotice(
          `The database does not answer: ${reasonOf(error)}. Until it does, requests that need it are answered 503; nothing has to be restarted.`,
        )
      } else if (!isCutOff && error === null && sinceMs !== null) {
        const seconds = Math.ceil((nowMs() - sinceMs) / 1_000)
        sinceMs = null
        onNotice(`The database answers again, after ${seconds} s.`)
      }
    },
  }
}

/** The message of the system or the server: the innermost cause, because the faults around it say only that the database is away. */
function reasonOf(error: unknown): string {
  let inner = error
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause
  return inner instanceof Error ? inner.message : String(inner)
}
