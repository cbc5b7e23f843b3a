// Tests: test/wire/native/overlaps-ahead.test.ts
import type { AuditStore } from '../../store/audit.ts'
import type { Decide, KeyContext } from '../../store/change.ts'
import type { KeyStore } from '../../store/keys.ts'
import { auditedKey, changedMembers, NO_MEMBERS } from '../access/audit.ts'
import type { Act } from '../access/audit-entry.ts'
import { createLasted, type Lasting } from '../ground/ahead.ts'
import { MAX } from '../ground/bounds.ts'
import type { Clock } from '../ground/clock.ts'
import type { Digest, Key, KeyId, StoredSecret } from '../types.ts'
import type { Changes } from '../verify/changes.ts'
import type { WithoutWrites } from '../verify/record-writes.ts'
import { ENDED } from './life.ts'

/**
 * Ends overlaps that began by a clock that was ahead, once they have lasted as long as their rotation said; returns how many. Called at
 * intervals.
 */
export type EndOverlapsAhead = () => Promise<number>

/** An old secret whose overlap seems to begin in the future. */
interface Overlap extends Lasting {
  keyId: KeyId
}

/** Builds it. The server itself changes the key: by the clock alone, the old secret would work until the time that the clock showed. */
export function createEndOverlapsAhead({
  store,
  changes,
  clock,
}: {
  store: WithoutWrites<AuditStore & KeyStore>
  changes: Changes
  clock: Clock
}): EndOverlapsAhead {
  const lasted = createLasted<Overlap>(clock)

  async function ahead(): Promise<Overlap[]> {
    const after = clock.now() + MAX.clockAheadMs
    const rotated = await store.findTargets({ action: 'key.rotate', after, limit: MAX.rotationsRead })
    const found: Overlap[] = []
    for (const id of new Set(rotated)) {
      const key = await store.findKey({ id: id as KeyId }, clock.now())
      if (key !== null && key.revokedAt === null) found.push(...overlapsOf(key))
    }
    return found
  }

  async function end({ keyId, name }: Overlap): Promise<void> {
    const at = clock.now()
    const act: Act = { at, userId: null, keyId: null, requestId: null, ip: null, warrant: null }
    const decide: Decide<Key, KeyContext> = (current) => {
      const isOver = ({ digest, expiresAt }: StoredSecret) => nameOf(digest, expiresAt) === name
      if (!current.secrets.some(isOver)) return null
      const [newest, ...older] = current.secrets
      const ended = older.map((secret) => (isOver(secret) ? { ...secret, expiresAt: ENDED } : secret))
      const next: Key = { ...current, secrets: [newest, ...ended], updatedAt: at }
      const members = changedMembers(auditedKey(current), auditedKey(next)) ?? NO_MEMBERS
      const target = { kind: 'key' as const, id: keyId }
      return { next, audit: { action: 'key.end_overlap', target, ...members, reason: REASON } }
    }
    await changes.make({ kind: 'key', id: keyId }, (records) =>
      records.changeKey({ id: keyId }, decide, { act }),
    )
  }

  return async () => {
    const over = lasted(await ahead())
    for (const overlap of over) await end(overlap)
    return over.length
  }
}

const REASON = 'The clock was ahead at the rotation.'

/**
 * The overlaps of a key with such a rotation. An older secret was replaced by the one before it in the list, when that was made. Those
 * of other rotations are among them; the clock ends them before they are over by this measure.
 */
function overlapsOf({ id, secrets }: Key): Overlap[] {
  return secrets.flatMap(({ digest, expiresAt }, place) => {
    const next = secrets[place - 1]
    if (next === undefined || expiresAt === null) return []
    return [{ keyId: id, name: nameOf(digest, expiresAt), lengthMs: expiresAt - next.createdAt }]
  })
}

function nameOf(digest: Digest, expiresAt: StoredSecret['expiresAt']): string {
  return `${digest} ${expiresAt}`
}
