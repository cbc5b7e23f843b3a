import assert from 'node:assert/strict'
import {
  actAt,
  addKey,
  addWorkspace,
  auditOf,
  DEFAULT_WORKSPACE,
  idOf,
  NOON,
  patchKey,
  ROOT_KEY,
  revokeKey,
  seed,
  workspaceNumber,
} from '../../../test/support/records.ts'
import type { Workspace, WorkspaceId } from '../../core/types.ts'
import type { Store } from '../store.ts'
import { changesNothing, type It, outcomes, rejectsWith } from './case.conformance.ts'

const CALLERS = 20

/** `createWorkspace`, `changeWorkspace`, `deleteWorkspace`, `findWorkspace`, `listWorkspaces`. */
export function workspaceTests(it: It): void {
  it('createWorkspace > every written member is read back', async (store) => {
    const members = { name: 'Größe', description: 'two\nlines', createdById: null, updatedAt: NOON + 3 }
    const workspace = await addWorkspace(store, 10, members)
    assert.deepEqual(workspace, { ...workspaceNumber(10, members), revision: 1 })
    assert.deepEqual(await store.findWorkspace({ id: workspace.id }), workspace)
    assert.deepEqual(await store.findWorkspace({ slug: workspace.slug }), workspace)
  })

  it('createWorkspace > workspace_id_taken also by a deleted workspace, slug_taken not', async (store) => {
    const workspace = await addWorkspace(store, 10)
    await rejectsWith('workspace_id_taken', addWorkspace(store, 10, { slug: 'other' }))
    await rejectsWith('slug_taken', addWorkspace(store, 11, { slug: workspace.slug }))
    await remove(store, workspace.id)
    await rejectsWith('workspace_id_taken', addWorkspace(store, 10, { slug: 'other' }))
    await addWorkspace(store, 11, { slug: workspace.slug })
  })

  it('createWorkspace > of many callers with one slug, one succeeds', async (store) => {
    const calls = Array.from({ length: CALLERS }, (_, n) => addWorkspace(store, 10 + n, { slug: 'one' }))
    const { done, faults } = await outcomes(calls)
    console.log(`createWorkspace: ${CALLERS} concurrent callers with one slug, ${done.length} succeeded`)
    assert.equal(done.length, 1)
    assert.deepEqual(new Set(faults), new Set(['slug_taken']))
  })

  it('changeWorkspace > writes the decided record; identity and creation stay', async (store) => {
    const workspace = await addWorkspace(store, 10)
    const members = { slug: 'new', name: 'New', description: 'd', updatedAt: NOON + 1 }
    const changed = await change(store, workspace.id, { ...members, id: idOf<WorkspaceId>(99), createdAt: 1 })
    assert.deepEqual(changed, { ...workspace, ...members, revision: 2 })
    assert.deepEqual(await store.findWorkspace({ slug: 'new' }), changed)
    assert.equal(await store.findWorkspace({ slug: workspace.slug }), null)
  })

  it('changeWorkspace > workspace_not_found: missing or deleted; slug_taken', async (store) => {
    const workspace = await addWorkspace(store, 10)
    const other = await addWorkspace(store, 11)
    await rejectsWith('workspace_not_found', change(store, idOf<WorkspaceId>(99), {}))
    await changesNothing(store, () =>
      rejectsWith('slug_taken', change(store, workspace.id, { slug: other.slug })),
    )
    await remove(store, workspace.id)
    await rejectsWith('workspace_not_found', change(store, workspace.id, { name: 'x' }))
  })

  it('changeWorkspace > concurrent changes of one workspace see each other, and none is lost', async (store) => {
    const workspace = await addWorkspace(store, 10, { name: '' })
    const appending = () =>
      store.changeWorkspace(
        workspace.id,
        (current) => ({
          next: { ...current, name: `${current.name}x` },
          audit: auditOf('workspace', workspace.id),
        }),
        { act: actAt() },
      )
    await Promise.all(Array.from({ length: CALLERS }, appending))
    console.log(`changeWorkspace: ${CALLERS} concurrent changes of one workspace`)
    assert.equal((await store.findWorkspace({ id: workspace.id }))?.name, 'x'.repeat(CALLERS))
  })

  it('deleteWorkspace > returns the revision; the workspace is no longer found or listed', async (store) => {
    const workspace = await addWorkspace(store, 10)
    assert.equal(await remove(store, workspace.id), 2)
    assert.equal(await store.findWorkspace({ id: workspace.id }), null)
    assert.equal(await store.findWorkspace({ slug: workspace.slug }), null)
    assert.deepEqual((await store.listWorkspaces({ limit: 10 })).rows, [])
    await rejectsWith('workspace_not_found', remove(store, workspace.id))
  })

  it('deleteWorkspace > workspace_has_keys: while it holds a key that is not revoked', async (store) => {
    await seed(store)
    const workspace = await addWorkspace(store, 10)
    const key = await addKey(store, 20, { workspaceId: workspace.id, expiresAt: NOON - 1 })
    await changesNothing(store, () => rejectsWith('workspace_has_keys', remove(store, workspace.id)))
    await revokeKey(store, key.id)
    await remove(store, workspace.id)
    assert.equal((await store.findKey({ id: key.id }, NOON))?.workspaceId, workspace.id)
  })

  it('deleteWorkspace > no key moves into a workspace that is being deleted', async (store) => {
    await seed(store)
    const rounds = 10
    let deleted = 0
    for (let round = 0; round < rounds; round++) {
      const workspace = await addWorkspace(store, 100 + round)
      const deleting = () => remove(store, workspace.id)
      const filling = () => patchKey(store, ROOT_KEY, { workspaceId: workspace.id })
      // Either call may be the first.
      const order: (() => Promise<unknown>)[] = round % 2 === 0 ? [deleting, filling] : [filling, deleting]
      const { faults } = await outcomes(order.map((call) => call()))
      const found = await store.findWorkspace({ id: workspace.id })
      if (found === null) deleted += 1
      assert.deepEqual(faults, [found === null ? 'workspace_not_found' : 'workspace_has_keys'])
    }
    console.log(`deleteWorkspace: ${rounds} races with a key moving in, ${deleted} workspaces deleted`)
  })

  it('findWorkspace > finds one by exact id or slug, or the default one', async (store) => {
    assert.equal(await store.findWorkspace('default'), null)
    await seed(store)
    await addWorkspace(store, 10, { slug: 'team-a' })
    assert.equal((await store.findWorkspace('default'))?.id, DEFAULT_WORKSPACE)
    assert.equal((await store.findWorkspace({ slug: 'team-a' }))?.id, idOf(10))
    assert.equal(await store.findWorkspace({ slug: 'TEAM-A' }), null)
    assert.equal(await store.findWorkspace({ slug: 'team-' }), null)
  })

  it('findWorkspace > finds a deleted one only by its id and on request', async (store) => {
    const { id, slug } = await addWorkspace(store, 10)
    await remove(store, id)
    assert.equal(await store.findWorkspace({ id }), null)
    assert.equal(await store.findWorkspace({ slug }), null)
    assert.equal((await store.findWorkspace({ id, alsoDeleted: true }))?.id, id)
    assert.equal(await store.findWorkspace({ id: idOf<WorkspaceId>(99), alsoDeleted: true }), null)
  })

  it('listWorkspaces > lists the newest first, ties by id, descending, page by page', async (store) => {
    for (const n of [10, 11, 12, 13, 14]) await addWorkspace(store, n, { createdAt: NOON - (n % 2) })
    const first = await store.listWorkspaces({ limit: 2 })
    assert.ok(first.next)
    await addWorkspace(store, 20, { createdAt: NOON + 1 })
    const second = await store.listWorkspaces({ limit: 3, after: first.next })
    assert.deepEqual(
      [...first.rows, ...second.rows].map((workspace) => Number(workspace.id.slice(-12))),
      [14, 12, 10, 13, 11],
    )
    assert.equal(second.next, null)
  })
}

function change(store: Store, id: WorkspaceId, members: Partial<Workspace>): Promise<Workspace> {
  return store.changeWorkspace(
    id,
    (current) => ({ next: { ...current, ...members }, audit: auditOf('workspace', id) }),
    { act: actAt() },
  )
}

function remove(store: Store, id: WorkspaceId): Promise<number> {
  const decide = (current: Workspace) => ({ next: current, audit: auditOf('workspace', id) })
  return store.deleteWorkspace(id, decide, { act: actAt() })
}
