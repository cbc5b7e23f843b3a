import assert from 'node:assert/strict'
import {
  addKey,
  addUser,
  addWorkspace,
  idOf,
  NOON,
  patchKey,
  revokeKey,
  secretNumber,
  seed,
} from '../../../test/support/records.ts'
import { fieldsOf, type KeyForm, type KeyTextQuery, shownIn } from '../../core/keys/key-form.ts'
import type { Key, KeyId, UserId } from '../../core/types.ts'
import type { Store } from '../store.ts'
import type { It } from './case.conformance.ts'

const FORM = {
  name: 'id',
  owner: 'ownerId',
  start: 'keyPrefix',
  state: { flag: 'disabled', yes: 'off', no: 'on' },
  labels: 'labels',
  ends: 'expiresAt',
  used: 'lastUsedAt',
  made: 'createdAt',
  changed: 'changedAt',
  maker: 'createdById',
  changer: 'updatedById',
} as const satisfies KeyForm

/** `listKeyTexts`. */
export function keyTextTests(it: It): void {
  it('listKeyTexts > writes every key of listKeys, in its order, as the form says', async (store) => {
    await seed(store)
    const odd = { 'a"\\\u0001': 'ß京🚀\n\u2028</script>', empty: '' }
    await addKey(store, 10, { labels: odd, createdAt: NOON + 1, expiresAt: NOON + 9 })
    await addKey(store, 11, {
      disabled: true,
      secrets: [secretNumber(11), secretNumber(9, { expiresAt: NOON + 5 })],
    })
    await addKey(store, 12)
    await patchKey(store, idOf(12), { labels: { a: 'b' } }, NOON + 7)
    await store.recordUses([{ keyId: idOf(12), at: NOON + 8, count: 1 }])
    await revokeKey(store, (await addKey(store, 13)).id)
    const { keys, pages } = await all(store, { limit: 100, at: NOON })
    const listed = await store.listKeys({ sort: 'createdAt', limit: 100, at: NOON })
    assert.deepEqual(
      keys,
      listed.rows.map(({ key }) => JSON.stringify(shownIn(FORM, fieldsOf(key)))),
    )
    assert.equal(keys.length, 4)
    assert.deepEqual(pages, [4])
  })

  it('listKeyTexts > pages of any size are the whole list; the scopes are those of listKeys', async (store) => {
    await seed(store)
    const { id: ownerId } = await addUser(store, 5)
    for (let n = 10; n < 17; n += 1) await addKey(store, n, n % 2 === 0 ? { ownerId } : {})
    const whole = (await all(store, { limit: 100, at: NOON })).keys
    assert.equal(whole.length, 8)
    for (const limit of [1, 3, 8]) assert.deepEqual((await all(store, { limit, at: NOON })).keys, whole)
    const own = (await all(store, { ownerId, limit: 3, at: NOON })).keys
    assert.deepEqual(own.map(idIn), [idOf(16), idOf(14), idOf(12), idOf(10)])
    const absent = { ownerId: idOf<UserId>(99), limit: 3, at: NOON }
    assert.deepEqual(await all(store, absent), { keys: [], pages: [0] })
    const { id: workspaceId } = await addWorkspace(store, 6)
    await addKey(store, 20, { ownerId, workspaceId, createdAt: NOON + 1 })
    assert.equal((await all(store, { ownerId, limit: 3, at: NOON })).keys.length, 5)
    assert.deepEqual((await all(store, { ownerId, memberId: ownerId, limit: 3, at: NOON })).keys, own)
  })

  it('listKeyTexts > says how much work a page was', async (store) => {
    await seed(store)
    for (let n = 10; n < 60; n += 1) await addKey(store, n)
    const begun = performance.now()
    const { count, workMs } = await store.listKeyTexts({ limit: 100, at: NOON }, FORM)
    assert.equal(count, 51)
    assert.ok(workMs > 0 && workMs <= performance.now() - begun + 1, `${workMs}`)
  })

  it('listKeyTexts > a page whose text gets long ends early, and the next one goes on', async (store) => {
    await seed(store)
    const labels = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`l${n}`, 'v'.repeat(250)]))
    for (let n = 10; n < 50; n += 1) await addKey(store, n, { labels, createdAt: NOON + (n >> 2) })
    const { keys, pages } = await all(store, { limit: 100, at: NOON })
    const listed = await store.listKeys({ sort: 'createdAt', limit: 100, at: NOON })
    assert.deepEqual(keys.map(idIn), ids(listed.rows.map(({ key }) => key)))
    assert.ok(pages.length > 1 && pages.every((count) => count < 30), `${pages}`)
  })
}

/** The texts of all keys, and how many each page had. */
async function all(store: Store, query: KeyTextQuery): Promise<{ keys: string[]; pages: number[] }> {
  const keys: string[] = []
  const pages: number[] = []
  let after: KeyTextQuery['after']
  do {
    const page = await store.listKeyTexts({ ...query, ...(after && { after }) }, FORM)
    const read = JSON.parse(`[${new TextDecoder().decode(page.json)}]`) as unknown[]
    assert.equal(read.length, page.count)
    keys.push(...read.map((key) => JSON.stringify(key)))
    pages.push(page.count)
    after = page.next ?? undefined
  } while (after !== undefined)
  return { keys, pages }
}

const idIn = (text: string) => (JSON.parse(text) as { name: KeyId }).name
const ids = (keys: Key[]) => keys.map(({ id }) => id)
