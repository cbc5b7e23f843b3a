import type { Context, Given } from '../command.ts'
import { ownUrl, settingsOf } from './settings.ts'

const PATIENCE_MS = 2_500

/** Asks the server on this machine whether it is ready. */
export async function health(context: Context, given: Given): Promise<number> {
  const { config } = settingsOf(context, given, 0)
  const url = `${ownUrl(config)}/readyz`
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
