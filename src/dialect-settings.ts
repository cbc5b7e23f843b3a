import type { Config } from './config/settings.ts'
import type { LatchkeySettings } from './core/latchkey.ts'
import { ROOT_EMAIL } from './http/goodmem/root-email.ts'

/** What the dialects choose of new secrets and of the first user, as the settings say. */
export function dialectSettings(
  config: Pick<Config, 'keyPrefix' | 'goodmemKeyPrefix' | 'openrouterKeyPrefix'>,
): Pick<LatchkeySettings, 'keyPrefix' | 'surfacePrefixes' | 'root'> {
  const { keyPrefix, goodmemKeyPrefix, openrouterKeyPrefix } = config
  return {
    keyPrefix,
    surfacePrefixes: { goodmem: goodmemKeyPrefix, openrouter: openrouterKeyPrefix },
    root: { email: ROOT_EMAIL, keyPrefix: goodmemKeyPrefix },
  }
}
