/** What a check found. */
export interface Finding {
  check: 'configuration' | 'database' | 'disk' | 'clock' | 'port' | 'tls' | 'server'
  result: 'ok' | 'warn' | 'fail'
  /** What was found, and what to do about it. */
  detail: string
}

/** A finding without its check. */
export type Found = Omit<Finding, 'check'>
