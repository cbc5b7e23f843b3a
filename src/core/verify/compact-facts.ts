import type { Key, UserId } from '../types.ts'
import type { KeyFacts } from './key-facts.ts'

/**
 * The same facts with each text once: the database hands out a copy of every text that it reads, also of one that stands in several
 * places. A hundred thousand keys are held, and most of what a key says is an id or a digest that another member says as well.
 */
export function compactFacts({ key, secret, owner, workspace }: KeyFacts): KeyFacts {
  const { hash, createdById, updatedById, secrets } = key
  const named = (id: UserId) => (id === owner.id ? owner.id : id)
  const [first] = secrets
  const own: Key = {
    ...key,
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
