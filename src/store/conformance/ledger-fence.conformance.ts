import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import {
  actAt,
  addKey,
  addUser,
  addWorkspace,
  auditOf,
  eventOf,
  patchKey,
  ROOT_KEY,
  revokeKey,
  seed,
} from '../../../test/support/records.ts'
import type { AccountId } from '../../core/ledger/entries.ts'
import type { ChangedRecord } from '../../core/ledger/judge.ts'
import type { Key, Revision, User, Workspace } from '../../core/types.ts'
import type { Store } from '../store.ts'
import type { It } from './case.conformance.ts'
import { keyAccount, ROOT_ACCOUNT, used, WORKSPACE_ACCOUNT } from './ledger-case.conformance.ts'

/** Longer than a change takes that does not wait. */
const MOMENT_MS = 60

/** The records of a case. */
interface Records {
  key: Key
  user: User
  workspace: Workspace
}

const userOf = ({ user: { id } }: Records): AccountId => ({ kind: 'user', id })
const workspaceOf = ({ workspace: { id } }: Records): AccountId => ({ kind: 'workspace', id })

/** Every kind of change of a record that somebody may use: what it is called, and the record. */
const CHANGES: Record<
  string,
  { record: (records: Records) => AccountId; change: (store: Store, records: Records) => Promise<unknown> }
> = {
  'a change of a key': {
    record: ({ key }) => keyAccount(key.id),
    change: (store, { key }) => patchKey(store, key.id, { disabled: true }),
  },
  'a change of the limits of a key': {
    record: ({ key }) => keyAccount(key.id),
    change: (store, { key }) => patchKey(store, key.id, { limits: { total: 1n } }),
  },
  'a revocation': {
    record: ({ key }) => keyAccount(key.id),
    change: (store, { key }) => revokeKey(store, key.id),
  },
  'a hand-over': {
    record: ({ key }) => keyAccount(key.id),
    change: (store, { key, user }) =>
      store.changeKey(
        { id: key.id },
        (current) => ({
          next: { ...current, ownerId: user.id },
          audit: auditOf('key', key.id, 'key.update'),
        }),
        { act: actAt(), heir: { id: user.id } },
      ),
  },
  'a change of a user': {
    record: userOf,
    change: (store, { user: { id } }) =>
      store.changeUser(
        id,
        (current) => ({ next: { ...current, disabled: true }, audit: auditOf('user', id, 'user.update') }),
        { act: actAt() },
      ),
  },
  'the deletion of a user': {
    record: userOf,
    change: (store, { user: { id } }) =>
      store.deleteUser(id, (next) => ({ next, audit: auditOf('user', id, 'user.delete') }), {
        act: actAt(),
      }),
  },
  'a change of a workspace': {
    record: workspaceOf,
    change: (store, { workspace: { id } }) =>
      store.changeWorkspace(
        id,
        (current) => ({
          next: { ...current, name: 'another' },
          audit: auditOf('workspace', id, 'workspace.update'),
        }),
        { act: actAt() },
      ),
  },
  'the deletion of a workspace': {
    record: workspaceOf,
    change: (store, { workspace: { id } }) =>
      store.deleteWorkspace(id, (next) => ({ next, audit: auditOf('workspace', id, 'workspace.delete') }), {
        act: actAt(),
      }),
  },
}

/** `commitLedger` and `findLocked` beside changes of the records on which a commit rests. */
export function ledgerFenceTests(it: It): void {
  for (const [what, { record, change }] of Object.entries(CHANGES)) {
    it(`commitLedger > ${what} waits for a commit that rests on the record, and the next one learns of it`, async (store) => {
      const made = await records(store)
      const own = record(made)
      const before = await store.revision()
      let changing: Promise<unknown> = Promise.resolve()
      let isChanged = false
      const known = await learned(store, [own, ROOT_ACCOUNT], before, async () => {
        changing = change(store, made).then(() => {
          isChanged = true
        })
        await setTimeout(MOMENT_MS)
        // Where one process writes, the judge is asked again when the commit is to be written.
        if (store.sharesAccounts) assert.equal(isChanged, false)
      })
      assert.deepEqual(known, [])
      await changing
      const revision = await store.revision()
      const shared = (found: ChangedRecord[]) => (store.sharesAccounts ? found : [])
      assert.deepEqual(await learned(store, [own, ROOT_ACCOUNT], before), shared([{ record: own, revision }]))
      assert.deepEqual(await learned(store, [own, ROOT_ACCOUNT], revision), [])
      assert.deepEqual(await learned(store, [ROOT_ACCOUNT, WORKSPACE_ACCOUNT], before), [])
    })
  }

  it('commitLedger > a commit that has missed very many changes takes all of its records for changed', async (store) => {
    await records(store)
    const revision = await store.revision()
    const all = [ROOT_ACCOUNT, WORKSPACE_ACCOUNT].map((record) => ({ record, revision }))
    const missed = await learned(store, [ROOT_ACCOUNT, WORKSPACE_ACCOUNT], revision - 1_001)
    assert.deepEqual(missed, store.sharesAccounts ? all : [])
  })

  it('findLocked > names the records that are about to change', async (store) => {
    const made = await records(store)
    const record = userOf(made)
    const place = { ownerId: made.user.id, workspaceId: made.workspace.id }
    const entry = used(eventOf(made.key.id, 'another', place))
    let changing: Promise<unknown> = Promise.resolve()
    await learned(store, [record], 0, async () => {
      changing = CHANGES['a change of a user']?.change(store, made) ?? changing
      await setTimeout(MOMENT_MS)
      const found = await store.findLocked([entry], [record, keyAccount(made.key.id)])
      assert.deepEqual(found, store.sharesAccounts ? [record] : [])
    })
    await changing
    assert.deepEqual(await store.findLocked([entry], [record, keyAccount(made.key.id)]), [])
  })
}

async function records(store: Store): Promise<Records> {
  await seed(store)
  return {
    key: await addKey(store, 10),
    user: await addUser(store, 5),
    workspace: await addWorkspace(store, 6),
  }
}

let commits = 0

/** Makes a commit that rests on the records, and returns what it learns; `meanwhile` runs while it is open. */
async function learned(
  store: Store,
  records: readonly AccountId[],
  since: Revision,
  meanwhile = async () => {},
): Promise<readonly ChangedRecord[]> {
  let found: readonly ChangedRecord[] | null = null
  commits += 1
  await store.commitLedger([used(eventOf(ROOT_KEY, `fence${commits}`))], {
    records,
    async prepare(rows) {
      const changed = await rows.changedSince(since)
      // When the engine gives the first attempt up, another change may come before the second.
      if (found !== null) return
      found = changed
      await meanwhile()
    },
    admits: () => true,
  })
  return found ?? []
}
