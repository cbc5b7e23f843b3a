/** The result of a check. */
export interface Finding {
  check: 'configuration' | 'database' | 'disk' | 'clock' | 'port' | 'tls' | 'server'
  result: 'ok' | 'warn' | 'fail'
  /** The finding, and the advice. */
  detail: string
}

/** A finding without its check. */
export type Found = Omit<Finding, 'check'>

/** The platform's reason for a failure: `fetch` has it in the cause. */
export function reasonOf(error: unknown): string {
  const { cause } = Object(error) as { cause?: unknown }
  if (cause instanceof Error) return cause.message
  return error instanceof Error ? error.message : String(error)
}
