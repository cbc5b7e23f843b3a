import assert from 'node:assert/strict'
import {
  actAt,
  addKey,
  addUser,
  addWorkspace,
  auditOf,
  eventOf,
  idOf,
  keyNumber,
  NOON,
  ROOT_KEY,
  ROOT_USER,
  seed,
} from '../../../test/support/records.ts'
import type { KeyId } from '../../core/types.ts'
import { changesNothing, type It, recordUsage, rejectsWith, spendAt, wholeAudit } from './case.conformance.ts'

/** Values that engines may change silently: texts, ids, integers; and the behaviour of a closed store. */
export function valueTests(it: It): void {
  it('values > texts are read back byte for byte', async (store) => {
    await seed(store)
    const texts = [
      '',
      ' leading and trailing ',
      'tab\tnewline\ncarriage\r\n',
      'quotes \' " ` and \\ backslash',
      '100% _under_ [brackets]',
      'emoji 👩‍👩‍👧‍👦 🇪🇺 and astral 𝔘𝔫𝔦',
      'e\u0301 is not \u00e9',
      'İstanbul ıI ſ ﬁ',
      '\u0001\u001f\u007f\u0080\ufeff\u200b\ufffd\uffff',
      'right-to-left \u202e שלום',
      '__proto__',
      'null',
      '{"json":[1,2]}',
    ]
    for (const [index, text] of texts.entries()) {
      const members = { name: text, externalUserId: text, permissions: [text, text], labels: { label: text } }
      const key = await addKey(store, 100 + index, members)
      assert.deepEqual(key, { ...keyNumber(100 + index, members), revision: key.revision })
      assert.deepEqual(await store.findKey({ id: key.id }, NOON), key)
      const listed = await store.listKeys({
        labels: [{ name: 'label', value: text }],
        sort: 'createdAt',
        limit: 9,
        at: NOON,
      })
      assert.deepEqual(
        listed.rows.map((row) => row.key),
        [key],
      )
    }
  })

  it('values > labels keep their order and may have any name', async (store) => {
    await seed(store)
    const labels = Object.fromEntries([
      ['z', '1'],
      ['a', '2'],
      ['__proto__', '3'],
      ['constructor', '4'],
      ['10', '5'],
    ])
    const key = await addKey(store, 10, { labels })
    const found = await store.findKey({ id: key.id }, NOON)
    assert.equal(JSON.stringify(found?.labels), JSON.stringify(labels))
    assert.ok(Object.hasOwn(found?.labels ?? {}, '__proto__'))
  })

  it('values > ids are compared exactly', async (store) => {
    await seed(store)
    const lower = 'aaaaaaaa-0000-7000-8000-00000000000a' as KeyId
    const upper = lower.toUpperCase() as KeyId
    await addKey(store, 10, { id: lower })
    assert.equal(await store.findKey({ id: upper }, NOON), null)
    assert.equal(await store.findKey({ id: `${lower} ` as KeyId }, NOON), null)
    await addKey(store, 11, { id: upper })
    assert.equal((await store.findKey({ id: upper }, NOON))?.name, 'Key 11')
    assert.equal((await store.findKey({ id: lower }, NOON))?.name, 'Key 10')
    assert.deepEqual([...(await store.resolveKeys([{ id: upper }])).keys()], [upper])
  })

  it('values > integers up to 2^63-1 keep every digit', async (store) => {
    await seed(store)
    for (const [index, amount] of [
      2n ** 53n + 1n,
      2n ** 62n + 1n,
      2n ** 63n - 2n,
      2n ** 63n - 1n,
    ].entries()) {
      const limits = { daily: amount, weekly: amount, monthly: amount, total: amount }
      const policy = { permissions: null, limits, keyLifetimeMs: Number.MAX_SAFE_INTEGER }
      const user = await addUser(store, 50 + index, { policy, limits })
      assert.deepEqual(await store.findUser({ id: user.id }), user)
      const workspace = await addWorkspace(store, 70 + index, { limits })
      assert.deepEqual(await store.findWorkspace({ id: workspace.id }), workspace)
      const boosts = {
        daily: { amount, until: Number.MAX_SAFE_INTEGER, by: 'ADMIN' as const },
        total: { amount, until: 0 },
      }
      const place = { ownerId: user.id, workspaceId: workspace.id }
      const key = await addKey(store, 10 + index, { ...place, limits, boosts })
      assert.deepEqual(await store.findKey({ id: key.id }, NOON), key)
      await recordUsage(store, [eventOf(key.id, 'e', { ...place, amount, byokAmount: amount })])
      assert.deepEqual((await spendAt(store, key.id, NOON)).total, {
        amount,
        byokAmount: amount,
        requests: 1,
      })
    }
  })

  it('values > times may be from 1970 to the end of the year 9999', async (store) => {
    await seed(store)
    const last = 253_402_300_799_999
    const members = { createdAt: 1, updatedAt: 0, notBefore: 0, expiresAt: last, revokedAt: 0 }
    const key = await addKey(store, 10, members)
    assert.deepEqual(key, { ...keyNumber(10, members), revision: 4 })
    assert.deepEqual(await store.findKey({ id: key.id }, NOON), key)
  })

  it('values > audit entries are read back unchanged, amounts of any size as text', async (store) => {
    await seed(store)
    const after = {
      text: '👩‍👩‍👧‍👦\u0001',
      number: 1.5,
      flag: false,
      none: null,
      list: [[], {}],
      deep: { a: { b: 1 } },
    }
    const audit = { ...auditOf('key', idOf(10)), before: { amount: 2n ** 63n }, after }
    await store.createKey(keyNumber(10), { act: actAt(), audit })
    const entry = (await wholeAudit(store)).at(-1)
    assert.deepEqual(entry?.before, { amount: '9223372036854775808' })
    assert.deepEqual(entry?.after, after)
  })

  it('values > input_invalid: a text that not every engine can keep, and nothing is written', async (store) => {
    await seed(store)
    await changesNothing(store, async () => {
      for (const text of ['nul \u0000', 'half \ud83d', '\udc00']) {
        await rejectsWith('input_invalid', addKey(store, 10, { name: text }))
        await rejectsWith('input_invalid', addUser(store, 10, { email: text }))
        await rejectsWith('input_invalid', store.findUser({ username: text }))
        await rejectsWith('input_invalid', recordUsage(store, [eventOf(ROOT_KEY, text)]))
        await rejectsWith('input_invalid', store.listUsers({ externalId: text, limit: 1 }))
        const unlikely = { labels: [{ name: 'a', value: text }] }
        await rejectsWith(
          'input_invalid',
          store.listKeys({ ...unlikely, sort: 'createdAt', limit: 1, at: NOON }),
        )
      }
    })
    assert.equal((await store.findKey({ id: ROOT_KEY }, NOON))?.ownerId, ROOT_USER)
  })

  it('check > succeeds while the database answers', async (store) => {
    await store.check()
    await seed(store)
    await store.check()
  })

  it('close > lets running calls finish, and then answers store_unavailable', async (store) => {
    await seed(store)
    const running = [addKey(store, 10), addKey(store, 11), store.findKey({ id: ROOT_KEY }, NOON)]
    const closed = store.close()
    await rejectsWith('store_unavailable', addKey(store, 12))
    assert.equal((await Promise.all(running)).length, 3)
    await closed
    await store.close()
    await rejectsWith('store_unavailable', store.revision())
    await rejectsWith('store_unavailable', store.check())
    await rejectsWith('store_unavailable', addKey(store, 13))
  })
}
