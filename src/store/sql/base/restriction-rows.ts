import { restrictedBy, UNJUDGED_RESTRAINTS } from '../../../core/access/restrictions.ts'
import type { Key, Restrictions, Role } from '../../../core/types.ts'

/**
 * The restrictions of a column. For a key from before restrictions had setters the column has only a role: all restrictions of the key
 * count as set by that role.
 */
export function readKeyRestrictions(text: string, key: Key): Restrictions {
  const stored = JSON.parse(text) as Restrictions | Role
  return typeof stored === 'string' ? restrictedBy(UNJUDGED_RESTRAINTS, key, stored) : stored
}
