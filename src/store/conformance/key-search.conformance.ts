import assert from 'node:assert/strict'
import { addKey, idOf, NOON, patchKey, revokeKey, secretNumber, seed } from '../../../test/support/records.ts'
import type { KeyId } from '../../core/types.ts'
import type { Store } from '../store.ts'
import type { It } from './case.conformance.ts'

/** `listKeys`: its search. */
export function keySearchTests(it: It): void {
  it('search > each word must be the start of a word of the name', async (store) => {
    await withNames(store, ['Nightly Export Job', 'export', 'reexport', 'Nightly'])
    assert.deepEqual(await found(store, 'export'), [10, 11])
    assert.deepEqual(await found(store, 'night exp'), [10])
    assert.deepEqual(await found(store, 'exp night'), [10])
    assert.deepEqual(await found(store, 'port'), [])
    assert.deepEqual(await found(store, 'exports'), [])
    assert.deepEqual(await found(store, 'export export'), [10, 11])
  })

  it('search > letter case does not matter, in any script', async (store) => {
    await withNames(store, ['ÜBERWEISUNG', 'Ключ', 'ΟΔΟΣΗΜΟΣ', 'ŁÓDŹ'])
    assert.deepEqual(await found(store, 'überw'), [10])
    assert.deepEqual(await found(store, 'КЛЮ'), [11])
    assert.deepEqual(await found(store, 'οδοσ'), [12])
    assert.deepEqual(await found(store, 'ΟΔΟΣ'), [12])
    assert.deepEqual(await found(store, 'łódź'), [13])
    assert.deepEqual(await found(store, 'uberw'), [])
  })

  it('search > anything but letters and digits ends a word', async (store) => {
    await withNames(store, ['ci-build/2026.11', 'ci_build', 'cibuild', '日本語 キー', 'a🚀b'])
    assert.deepEqual(await found(store, 'build'), [10, 11])
    assert.deepEqual(await found(store, '11'), [10])
    assert.deepEqual(await found(store, 'ci-build'), [10, 11])
    assert.deepEqual(await found(store, 'キ'), [13])
    assert.deepEqual(await found(store, 'b 🚀 a'), [14])
  })

  it('search > letters composed in two ways are the same', async (store) => {
    await withNames(store, ['caf\u00e9', 'cafe\u0301 noir', 'cafe'])
    assert.deepEqual(await found(store, 'caf\u00e9'), [10, 11])
    assert.deepEqual(await found(store, 'cafe\u0301'), [10, 11])
  })

  it('search > characters that mean something to LIKE or to a query mean nothing here', async (store) => {
    await withNames(store, [
      '100% sure',
      '100 percent',
      'snake_case',
      "it's",
      'back\\slash',
      'a*b',
      '"quoted"',
    ])
    assert.deepEqual(await found(store, '100%'), [10, 11])
    assert.deepEqual(await found(store, '%'), await found(store, ''))
    assert.deepEqual(await found(store, 'snake%case'), [12])
    assert.deepEqual(await found(store, 's_ake'), [])
    assert.deepEqual(await found(store, "it's"), [13])
    assert.deepEqual(await found(store, "' OR 1=1 --"), [])
    assert.deepEqual(await found(store, 'back\\slash'), [14])
    assert.deepEqual(await found(store, '*b'), [14, 15])
    assert.deepEqual(await found(store, 'a*b'), [15])
    assert.deepEqual(await found(store, '"quoted"'), [16])
  })

  it('search > a search without a word filters nothing', async (store) => {
    await withNames(store, ['one', 'two'])
    for (const search of ['', '   ', '-_-', '🚀']) assert.deepEqual(await found(store, search), [3, 10, 11])
  })

  it('search > prefix, first three and last three characters of the current mask', async (store) => {
    await seed(store)
    await addKey(store, 10, { name: 'x', secrets: [secretNumber(10, { mask: 'my_app_A1b...9Zq' })] })
    await addKey(store, 11, { name: 'x', secrets: [secretNumber(11, { mask: 'abc...xyz', foreign: true })] })
    assert.deepEqual(await found(store, 'my'), [10])
    assert.deepEqual(await found(store, 'app'), [10])
    assert.deepEqual(await found(store, 'a1B'), [10])
    assert.deepEqual(await found(store, '9zQ'), [10])
    assert.deepEqual(await found(store, 'my_app_A1b...9Zq'), [10])
    assert.deepEqual(await found(store, 'x 9z'), [10])
    assert.deepEqual(await found(store, 'xyz'), [11])
  })

  it('search > follows the name and the rotation', async (store) => {
    await seed(store)
    const key = await addKey(store, 10, {
      name: 'before same',
      secrets: [secretNumber(10, { mask: 'lk_old...OLD' })],
    })
    await patchKey(store, key.id, { name: 'after same' })
    assert.deepEqual(await found(store, 'before'), [])
    assert.deepEqual(await found(store, 'after'), [10])
    assert.deepEqual(await found(store, 'same'), [10])
    const older = key.secrets.map((secret) => ({ ...secret, expiresAt: NOON + 1_000 }))
    await patchKey(store, key.id, { secrets: [secretNumber(20, { mask: 'lk_new...NEW' }), ...older] })
    assert.deepEqual(await found(store, 'lk_new...NEW'), [10])
    assert.deepEqual(await found(store, 'old'), [])
    assert.deepEqual(await found(store, 'same lk'), [10])
  })

  it('search > finds revoked keys only when asked for them', async (store) => {
    await withNames(store, ['gone', 'gone too'])
    await revokeKey(store, idOf<KeyId>(10))
    assert.deepEqual(await found(store, 'gone'), [11])
    const revoked = await store.listKeys({
      search: 'gone',
      status: 'revoked',
      sort: 'spent',
      limit: 9,
      at: NOON,
    })
    assert.deepEqual(
      revoked.rows.map(({ key }) => key.id),
      [idOf(10)],
    )
  })
}

/** The seed, whose root key is called "root", and keys 10, 11, ... with these names. */
async function withNames(store: Store, names: string[]): Promise<void> {
  await seed(store)
  for (const [index, name] of names.entries())
    await addKey(store, 10 + index, { name, secrets: [maskless(10 + index)] })
}

function maskless(n: number) {
  return secretNumber(n, { mask: 'zz_000...000' })
}

async function found(store: Store, search: string): Promise<number[]> {
  const page = await store.listKeys({ search, sort: 'createdAt', limit: 100, at: NOON })
  return page.rows.map(({ key }) => Number(key.id.slice(-12))).sort((one, other) => one - other)
}
