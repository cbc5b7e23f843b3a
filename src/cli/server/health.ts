import type { Context, Given } from '../command.ts'
import { settingsOf } from './settings.ts'

const PATIENCE_MS = 2_500

/** Asks the server on this machine whether it is ready. */
export async function health(context: Context, given: Given): Promise<number> {
  const { config } = settingsOf(context, given, 0)
  const { host, port } = config
  const address = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  const url = `http://${address.includes(':') ? `[${address}]` : address}:${port}/readyz`
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) })
    if (response.ok) return 0
    context.terminal.err(`${url} answers ${response.status}.\n`)
  } catch (error) {
    context.terminal.err(
      `${url} does not answer: ${error instanceof Error ? error.message : String(error)}\n`,
    )
  }
  return 1
}
