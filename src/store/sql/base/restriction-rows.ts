import { restrictedBy, UNJUDGED_RESTRAINTS } from '../../../core/access/restrictions.ts'
import type { Key, Restrictions, Role } from '../../../core/types.ts'

/**
 * The restrictions of a column. Only a role stands in it where the key was made before it was remembered who had set what:
 * then all that held it back counts as set by that role.
 */
export function readKeyRestrictions(text: string, key: Key): Restrictions {
  const stored = JSON.parse(text) as Restrictions | Role
  return typeof stored === 'string' ? restrictedBy(UNJUDGED_RESTRAINTS, key, stored) : stored
}
