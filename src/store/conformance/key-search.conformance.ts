import assert from 'node:assert/strict'
import { addKey, idOf, NOON, patchKey, revokeKey, secretNumber, seed } from '../../../test/support/records.ts'
import type { KeyQuery } from '../../core/keys/queries.ts'
import { searchedText, searchWords } from '../../core/keys/search-text.ts'
import type { KeyId } from '../../core/types.ts'
import type { Store } from '../store.ts'
import type { It } from './case.conformance.ts'

/** `listKeys`: its search; and `refreshSearch`. */
export function keySearchTests(it: It): void {
  it('search > each word must occur somewhere in the name', async (store) => {
    await withNames(store, ['Nightly Export Job', 'export', 'reexport', 'Nightly'])
    assert.deepEqual(await found(store, 'export'), [10, 11, 12])
    assert.deepEqual(await found(store, 'night exp'), [10])
    assert.deepEqual(await found(store, 'exp night'), [10])
    assert.deepEqual(await found(store, 'port'), [10, 11, 12])
    assert.deepEqual(await found(store, 'exports'), [])
    assert.deepEqual(await found(store, 'export export'), [10, 11, 12])
    assert.deepEqual(await found(store, 'x'), [10, 11, 12])
    assert.deepEqual(await found(store, 'ht'), [10, 13])
    // A word does not match across a space.
    assert.deepEqual(await found(store, 'tlyexp'), [])
  })

  it('search > letter case does not matter, in any script', async (store) => {
    await withNames(store, [
      'ÜBERWEISUNG',
      'Ключ',
      'ΟΔΟΣΗΜΟΣ',
      'ŁÓDŹ',
      'İstanbul',
      'ISPARTA',
      'OpenCode',
      'Straße',
    ])
    assert.deepEqual(await found(store, 'überw'), [10])
    assert.deepEqual(await found(store, 'КЛЮ'), [11])
    assert.deepEqual(await found(store, 'οδοσ'), [12])
    assert.deepEqual(await found(store, 'ΟΔΟΣ'), [12])
    assert.deepEqual(await found(store, 'łódź'), [13])
    assert.deepEqual(await found(store, 'uberw'), [])
    assert.deepEqual(await found(store, 'istanbul'), [14])
    assert.deepEqual(await found(store, 'ısparta'), [15])
    assert.deepEqual(await found(store, 'code'), [16])
    assert.deepEqual(await found(store, 'STRASSE'), [17])
  })

  it('search > every character is part of a name: other scripts, emoji, marks, punctuation', async (store) => {
    await withNames(store, [
      'ci-build/2026.11',
      'ci_build',
      'cibuild',
      '日本語 キー',
      'a🚀b',
      '東京',
      'क्षितिज',
      'c++',
    ])
    assert.deepEqual(await found(store, 'build'), [10, 11, 12])
    assert.deepEqual(await found(store, '11'), [10])
    assert.deepEqual(await found(store, 'ci-build'), [10])
    assert.deepEqual(await found(store, 'キ'), [13])
    assert.deepEqual(await found(store, '🚀'), [14])
    assert.deepEqual(await found(store, 'b 🚀 a'), [14])
    assert.deepEqual(await found(store, '京'), [15])
    assert.deepEqual(await found(store, '東京'), [15])
    assert.deepEqual(await found(store, 'ति'), [16])
    assert.deepEqual(await found(store, '++'), [17])
    assert.deepEqual(await found(store, '-_-'), [])
    assert.deepEqual(await found(store, '🛰'), [])
  })

  it('search > composed and decomposed letters are the same', async (store) => {
    await withNames(store, ['caf\u00e9', 'cafe\u0301 noir', 'cafe'])
    assert.deepEqual(await found(store, 'caf\u00e9'), [10, 11])
    assert.deepEqual(await found(store, 'cafe\u0301'), [10, 11])
  })

  it('search > wildcards of LIKE and characters of query languages are plain characters', async (store) => {
    await withNames(store, [
      '100% sure',
      '100 percent',
      'snake_case',
      "it's",
      'back\\slash',
      'a*b',
      '"quoted"',
    ])
    assert.deepEqual(await found(store, '100%'), [10])
    assert.deepEqual(await found(store, '%'), [10])
    assert.deepEqual(await found(store, 'snake%case'), [])
    assert.deepEqual(await found(store, 's_ake'), [])
    assert.deepEqual(await found(store, "it's"), [13])
    assert.deepEqual(await found(store, "' OR 1=1 --"), [])
    assert.deepEqual(await found(store, 'back\\slash'), [14])
    assert.deepEqual(await found(store, '*b'), [15])
    assert.deepEqual(await found(store, 'a*b'), [15])
    assert.deepEqual(await found(store, '"quoted"'), [16])
  })

  it('search > a search without a word finds nothing', async (store) => {
    await withNames(store, ['one', 'two'])
    for (const search of ['', '   ', '\u3000\u00a0', '\u200b\ufe0f'])
      assert.deepEqual(await found(store, search), [])
  })

  it('search > finds any part of the current mask', async (store) => {
    await seed(store)
    await addKey(store, 10, { name: 'x', secrets: [secretNumber(10, { mask: 'my_app_A1b...9Zq' })] })
    await addKey(store, 11, { name: 'x', secrets: [secretNumber(11, { mask: 'abc...xyz', foreign: true })] })
    assert.deepEqual(await found(store, 'my'), [10])
    assert.deepEqual(await found(store, 'app'), [10])
    assert.deepEqual(await found(store, 'a1B'), [10])
    assert.deepEqual(await found(store, '9zQ'), [10])
    assert.deepEqual(await found(store, 'my_app_A1b...9Zq'), [10])
    assert.deepEqual(await found(store, 'x 9z'), [10])
    // Characters that every mask has find no key.
    for (const search of ['_', '.', '...', 'my_app_', 'x _']) assert.deepEqual(await found(store, search), [])
    assert.deepEqual(await found(store, 'xyz'), [11])
    // Name and mask are two separate texts.
    assert.deepEqual(await found(store, 'xabc'), [])
  })

  it('search > finds the new name and the new mask after a change', async (store) => {
    await seed(store)
    const key = await addKey(store, 10, {
      name: 'before same',
      secrets: [secretNumber(10, { mask: 'lk_old...OLD' })],
    })
    assert.deepEqual(await found(store, 'before'), [10])
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

  it('search > finds revoked keys only on request', async (store) => {
    await withNames(store, ['gone', 'gone too'])
    await revokeKey(store, idOf<KeyId>(10))
    assert.deepEqual(await found(store, 'gone'), [11])
    assert.deepEqual(await found(store, 'gone', { status: 'revoked', sort: 'spent' }), [10])
  })

  it('refreshSearch > a key is found before and after it is in the index, however often it is renamed', async (store) => {
    await seed(store)
    const names = ['alpha', 'beta', 'gamma ray', 'Alphabet', '東京 alpha', 'ß', '🚀🚀']
    const held = new Map<number, string>([[3, 'root']])
    const searches = ['a', 'al', 'alpha', 'bet', 'ray gam', '京', 'SS', '🚀', 'zz', 'oo']
    let compared = 0
    let state = 7
    const next = (below: number) => {
      state = (state * 48_271) % 2_147_483_647
      return state % below
    }
    for (let step = 0; step < 60; step += 1) {
      const n = 10 + next(12)
      const name = `${names[next(names.length)]} ${names[next(names.length)]}`
      if (held.has(n)) await patchKey(store, idOf<KeyId>(n), { name })
      else await addKey(store, n, { name, secrets: [maskless(n)] })
      held.set(n, name)
      if (next(4) === 0) await store.refreshSearch(1 + next(5))
      const search = searches[next(searches.length)] ?? ''
      const words = searchWords(search)
      const expected = [...held]
        .filter(([number, text]) => {
          const mask = number === 3 ? ROOT_MASK : MASKLESS
          return words.every((word) => searchedText({ name: text, mask }).includes(word))
        })
        .map(([number]) => number)
      assert.deepEqual(
        await listed(store, search),
        expected.sort((one, other) => one - other),
        search,
      )
      compared += 1
    }
    console.log(`refreshSearch: ${compared} searches among renames, ${held.size} keys`)
  })

  it('refreshSearch > waits while fewer than the limit are pending, and returns the number of processed keys', async (store) => {
    await withNames(store, ['a', 'b', 'c'])
    assert.equal(await store.refreshSearch(5), 0)
    assert.equal(await store.refreshSearch(4), 4)
    assert.equal(await store.refreshSearch(1), 0)
    assert.deepEqual(await listed(store, 'b'), [11])
  })
}

/** The seed, whose root key is called "root", and keys 10, 11, ... with these names. */
async function withNames(store: Store, names: string[]): Promise<void> {
  await seed(store)
  for (const [index, name] of names.entries())
    await addKey(store, 10 + index, { name, secrets: [maskless(10 + index)] })
}

const MASKLESS = 'zz_000...000'
const ROOT_MASK = secretNumber(3).mask

function maskless(n: number) {
  return secretNumber(n, { mask: MASKLESS })
}

/** The result of a search, which must be the same whether or not the keys are indexed. */
async function found(store: Store, search: string, query: Partial<KeyQuery> = {}): Promise<number[]> {
  const before = await listed(store, search, query)
  while ((await store.refreshSearch(1)) > 0);
  assert.deepEqual(await listed(store, search, query), before, `${search}, once the index knows`)
  return before
}

async function listed(store: Store, search: string, query: Partial<KeyQuery> = {}): Promise<number[]> {
  const page = await store.listKeys({ search, sort: 'createdAt', limit: 100, at: NOON, ...query })
  return page.rows.map(({ key }) => Number(key.id.slice(-12))).sort((one, other) => one - other)
}
