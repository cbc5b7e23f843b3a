import type { CoreBounds, LatchkeySettings } from '../../src/core/latchkey.ts'
import { dialectSettings } from '../../src/dialect-settings.ts'

/** Settings of the domain, with these prefixes of secrets by dialect and these bounds. */
export function testSettings({
  prefixes = { native: 'lk', goodmem: 'lk', openrouter: 'lk' },
  bounds = {},
}: {
  prefixes?: { native: string; goodmem: string; openrouter: string }
  bounds?: Partial<CoreBounds>
} = {}): LatchkeySettings {
  const { native: keyPrefix, goodmem: goodmemKeyPrefix, openrouter: openrouterKeyPrefix } = prefixes
  return { ...dialectSettings({ keyPrefix, goodmemKeyPrefix, openrouterKeyPrefix }), bounds }
}
