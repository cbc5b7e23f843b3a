import type { Dialect } from '../kernel/dialect.ts'
import { createKey } from './create-key.ts'
import { deleteKey } from './delete-key.ts'
import { renderFault } from './errors.ts'
import { getActivity } from './get-activity.ts'
import { getCredits } from './get-credits.ts'
import { getCurrentKey, getCurrentKeyAlias } from './get-current-key.ts'
import { getKey } from './get-key.ts'
import { listKeys } from './list-keys.ts'
import { updateKey } from './update-key.ts'

/** The OpenRouter dialect (docs/wire/openrouter.md): keys as its official clients know them. */
export const openrouter: Dialect = {
  name: 'openrouter',
  base: '/api/v1',
  operations: [
    getCurrentKey,
    getCurrentKeyAlias,
    listKeys,
    createKey,
    getKey,
    updateKey,
    deleteKey,
    getCredits,
    getActivity,
  ],
  renderFault,
}
