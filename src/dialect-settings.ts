import type { Config } from './config/settings.ts'
import type { LatchkeySettings } from './core/latchkey.ts'
import { ROOT_EMAIL } from './http/goodmem/root-email.ts'

/** The form of new secrets and the properties of the first user in each dialect, from the settings. */
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
