import type { Config } from './config/settings.ts'
import { systemClock, systemRandom } from './core/ground/clock.ts'
import type { RootReset } from './core/keys/reset-root.ts'
import { createLatchkey, type Latchkey } from './core/latchkey.ts'
import { dialectSettings } from './dialect-settings.ts'
import { memoryRateLimiter } from './rates/memory.ts'
import { openStore } from './store/open.ts'

/**
 * Creates a new root key in the database that the settings name, while no server runs on it: the database's lock ensures that. Throws an
 * error of one line for the operator.
 */
export function resetRoot(config: Config): Promise<RootReset> {
  return offline(config, (latchkey) => latchkey.resetRoot())
}

/** Runs `work` on the database that the settings name, while no server runs on it. */
export async function offline<T>(config: Config, work: (latchkey: Latchkey) => Promise<T>): Promise<T> {
  const { database } = config
  const url = database.kind === 'sqlite' ? `sqlite:${database.path}` : database.url.reveal()
  if (url === 'sqlite::memory:') throw new Error('A database in memory has nothing to get back into.')
  const store = await openStore(url, { acceptOlder: config.acceptOlder, revisionFile: config.revisionFile })
  try {
    const settings = dialectSettings(config)
    const rates = memoryRateLimiter(systemClock)
    return await work(createLatchkey({ store, clock: systemClock, random: systemRandom, settings, rates }))
  } finally {
    await store.close()
  }
}
