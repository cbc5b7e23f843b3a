// Tests: src/store/conformance/ledger-activity.conformance.ts
import { MAX } from '../ground/bounds.ts'

/** The metadata by which an activity report groups usage. */
export const ACTIVITY_NAMES = ['model', 'model_permaslug', 'endpoint_id', 'provider_name'] as const

/** The metadata that an activity report adds up: whole numbers, written in digits. */
export const TOKEN_COUNTS = ['prompt_tokens', 'completion_tokens', 'reasoning_tokens'] as const

/** True for metadata that is added up. It is no group, because nearly every use has another value. */
export function isTokenCount(name: string): boolean {
  return (TOKEN_COUNTS as readonly string[]).includes(name)
}

/** The number in a count's text; null for anything but 0 to {@link MAX.usageTokens} in digits. */
export function parseTokens(text: string): number | null {
  if (!/^\d{1,10}$/.test(text)) return null
  const tokens = Number(text)
  return tokens <= MAX.usageTokens ? tokens : null
}
