import type { Key, UserId } from '../types.ts'
import type { KeyFacts } from './key-facts.ts'

/** The value that all empty members share. It is frozen, so nobody can change it for everybody. */
const EMPTY = Object.freeze({})
const NO_ITEMS: readonly never[] = Object.freeze([])

/**
 * The same facts with each text stored once: the database returns a new copy of every text, also of one that stands in several places.
 * A hundred thousand keys are held, and most of a key's text is ids and digests that another member has as well.
 */
export function compactFacts({ key, secret, owner, workspace }: KeyFacts): KeyFacts {
  const { hash, createdById, updatedById, secrets } = key
  const named = (id: UserId) => (id === owner.id ? owner.id : id)
  const [first] = secrets
  const own: Key = {
    ...key,
    labels: shared(key.labels),
    limits: shared(key.limits),
    boosts: shared(key.boosts),
    restrictions: shared(key.restrictions),
    permissions: sharedList(key.permissions),
    rateLimits: sharedList(key.rateLimits),
    allowedIps: sharedList(key.allowedIps),
    hash: first.digest === hash ? first.digest : hash,
    ownerId: owner.id,
    workspaceId: workspace.id,
    createdById: named(createdById),
    updatedById: updatedById === createdById ? named(createdById) : named(updatedById),
  }
  return {
    key: own,
    secret: secrets.find(({ digest }) => digest === secret.digest) ?? secret,
    owner,
    workspace,
  }
}

// Most keys have few of these, and an empty record takes 64 bytes.
function shared<Members extends object>(record: Members): Members {
  for (const _ in record) return record
  return EMPTY as Members
}

function sharedList<Item>(list: Item[]): Item[] {
  return list.length === 0 ? (NO_ITEMS as unknown as Item[]) : list
}
