import type { Context } from 'hono'
import { Fault } from '../../../core/ground/faults.ts'
import type { KeyId } from '../../../core/types.ts'
import type { Env } from '../../kernel/env.ts'

/**
 * Judges the caller of a repeated request before the stored answer is sent: that answer shows a key, and the caller may have lost its
 * role or its workspace since. Throws `permission_denied` when the caller may not read the key now.
 */
export function requireSight(c: Context<Env>): (answer: { key: { id: string } }) => Promise<void> {
  return async function requireSightOf({ key }) {
    try {
      await c.get('latchkey').keys.get(c.get('call'), { id: key.id as KeyId })
    } catch (error) {
      if (!(error instanceof Fault) || !OUT_OF_SIGHT.has(error.code)) throw error
      throw new Fault('permission_denied', {
        message: 'The stored answer shows a key that you may not read any more.',
      })
    }
  }
}

const OUT_OF_SIGHT = new Set(['key_not_found', 'key_foreign'])
