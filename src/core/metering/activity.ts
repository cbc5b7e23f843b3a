// Tests: src/store/conformance/ledger-activity.conformance.ts
import { MAX } from '../ground/bounds.ts'

/** The meta of usage by which an activity report groups it. */
export const ACTIVITY_NAMES = ['model', 'model_permaslug', 'endpoint_id', 'provider_name'] as const

/** The meta of usage that an activity report adds up: whole numbers, written in digits. */
export const TOKEN_COUNTS = ['prompt_tokens', 'completion_tokens', 'reasoning_tokens'] as const

/** True for a meta that is added up. Nothing is grouped by one, since nearly every use has another value. */
export function isTokenCount(name: string): boolean {
  return (TOKEN_COUNTS as readonly string[]).includes(name)
}

/** The number that a count's text says; null for anything but 0 to {@link MAX.usageTokens} in digits. */
export function parseTokens(text: string): number | null {
  if (!/^\d{1,10}$/.test(text)) return null
  const tokens = Number(text)
  return tokens <= MAX.usageTokens ? tokens : null
}
