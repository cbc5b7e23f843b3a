// Tests: test/wire/native/import-keys.test.ts
import type { KeyStore } from '../../store/keys.ts'
import type { Audit, Call } from '../access/audit.ts'
import type { Authority } from '../access/authority.ts'
import type { Clock, Instant } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import { digestOf, type Secret, storedSecret } from '../ground/secret.ts'
import type { Digest, Key, KeyId, StoredSecret } from '../types.ts'
import type { Changes } from '../verify/changes.ts'
import type { WithoutWrites } from '../verify/record-writes.ts'
import { beginBatch, type Failed, notBegun } from './batch.ts'
import type { MakeKey, Making } from './make-key.ts'
import type { NewKey } from './new-key.ts'

/** The secret of a key that was made elsewhere: its text, or its digest and perhaps its mask. */
export type ImportedSecret = { text: Secret } | { digest: Digest; mask?: string }

/** A key that was made elsewhere. */
export interface ImportedKey {
  secret: ImportedSecret
  key: NewKey
}

/** The outcome for one key. A secret that a live key already has stays with that key, so an import may be repeated. */
export type ImportOutcome = { digest: Digest } & ({ status: 'created' | 'exists'; id: KeyId | null } | Failed)

/**
 * Imports keys that were made elsewhere; their secrets go on working. Each passes the checks of a new key. Returns the outcome of
 * each, in their order. With `dryRun` nothing is made, and a key that would be made has no id.
 */
export type ImportKeys = (
  call: Call,
  keys: readonly ImportedKey[],
  options: { dryRun: boolean },
) => Promise<ImportOutcome[]>

/** Builds the import. */
export function createImportKeys({
  store,
  make,
  changes,
  authority,
  audit,
  clock,
}: {
  store: WithoutWrites<KeyStore>
  make: MakeKey
  changes: Pick<Changes, 'settle'>
  authority: Pick<Authority, 'again'>
  audit: Pick<Audit, 'noteDenied'>
  clock: Clock
}): ImportKeys {
  /** The key that has the secret, if it equals the requested one; null when no key has it. */
  async function existing(digest: Digest, wanted: NewKey): Promise<Key | null> {
    const key = await store.findKey({ digest }, clock.now())
    if (key !== null && key.revokedAt !== null) throw new Fault('key_revoked', { message: REVOKED })
    // A key is also found by its first secret after that was replaced; then it is no secret of the key any more.
    if (key !== null && (!isSecretOf(digest, key) || !isWanted(key, wanted))) throw new Fault('secret_taken')
    return key
  }

  async function importOne(
    call: Call,
    { secret, key: wanted }: ImportedKey,
    { dryRun, made }: { dryRun: boolean; made: (key: Key) => void },
  ) {
    const digest = digestOfImported(secret)
    const found = await existing(digest, wanted)
    if (found !== null) return { digest, status: 'exists' as const, id: found.id }
    const making: Making = { ability: 'IMPORT_APIKEY', first: (at) => storedOf(secret, at) }
    if (dryRun) {
      await make.judge(call, wanted, making)
      return { digest, status: 'created' as const, id: null }
    }
    try {
      const { key } = await make({ ...call, wait: 'none' }, wanted, making)
      made(key)
      return { digest, status: 'created' as const, id: key.id }
    } catch (error) {
      // Another caller has imported it since the look-up.
      const other =
        error instanceof Fault && error.code === 'secret_taken' ? await existing(digest, wanted) : null
      if (other === null) throw error
      return { digest, status: 'exists' as const, id: other.id }
    }
  }

  return async function importKeys(call, keys, { dryRun }) {
    const batch = beginBatch(call, {
      ability: 'IMPORT_APIKEY',
      action: 'key.import',
      authority,
      audit,
      clock,
    })
    const outcomes: ImportOutcome[] = []
    let newest = 0
    const made = ({ revision }: Key) => {
      newest = Math.max(newest, revision)
    }
    for (const each of keys) {
      const outcome = batch.hasTime()
        ? await batch.attempt(each.key.id ?? null, (now) => importOne(now, each, { dryRun, made }))
        : notBegun()
      outcomes.push('digest' in outcome ? outcome : { digest: digestOfImported(each.secret), ...outcome })
    }
    // Once for all of them, however many there are.
    if (newest > 0) await changes.settle(newest, call.wait)
    return outcomes
  }
}

const REVOKED = 'This secret belongs to a revoked key and cannot be used again.'

function digestOfImported(secret: ImportedSecret): Digest {
  return 'text' in secret ? digestOf(secret.text) : secret.digest
}

function isSecretOf(digest: Digest, key: Key): boolean {
  return key.secrets.some((secret) => secret.digest === digest)
}

/** The members that identify a key and its owner must be equal; all others may have been changed since the import. */
function isWanted(key: Key, { id, ownerId, workspaceId }: NewKey): boolean {
  return (
    (id ?? key.id) === key.id &&
    (ownerId ?? key.ownerId) === key.ownerId &&
    (workspaceId ?? key.workspaceId) === key.workspaceId
  )
}

/** The stored form of an imported secret. The text of a digest is unknown, so it counts as foreign. */
function storedOf(secret: ImportedSecret, at: Instant): StoredSecret {
  if ('text' in secret) return storedSecret(secret.text, at)
  const { digest, mask = `sha256:${digest.slice(0, 3)}...${digest.slice(-3)}` } = secret
  const [shown = ''] = mask.split('...')
  const keyPrefix = secret.mask === undefined ? '' : shown.slice(0, 8)
  return { digest, mask, keyPrefix, foreign: true, createdAt: at, expiresAt: null, seenBy: [] }
}
