import type { Config } from './config/settings.ts'
import type { Initialized } from './core/keys/initialize.ts'
import { offline } from './reset-root.ts'

/**
 * Creates the first user and its key in the database that the settings name, while no server runs on it; null when they exist already.
 */
export function initializeOffline(config: Config): Promise<Initialized | null> {
  return offline(config, ({ initialize }) => initialize(config.rootKey ?? undefined))
}
