import type { KeyStore } from '../../store/keys.ts'
import type { WithoutWrites } from './record-writes.ts'

/** Whether keys with secrets of other forms than ours exist, so that texts of other forms have to be looked up. */
export interface ForeignSecrets {
  mayBe(): Promise<boolean>
  /** A key has changed. */
  forget(): void
}

/** Remembers the store's answer until a key changes, and only while memory can be trusted. */
export function createForeignSecrets(
  store: Pick<WithoutWrites<KeyStore>, 'hasForeignSecrets'>,
  isTrusted: () => boolean,
): ForeignSecrets {
  let changes = 0
  let known: boolean | null = null
  return {
    async mayBe() {
      if (known !== null && isTrusted()) return known
      const mark = changes
      const found = await store.hasForeignSecrets()
      if (mark === changes && isTrusted()) known = found
      return found
    },
    forget() {
      changes += 1
      known = null
    },
  }
}
