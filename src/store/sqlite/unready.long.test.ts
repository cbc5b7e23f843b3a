import { afterAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { rejectionOf } from '../../../test/support/failures.ts'
import { actAt, eventOf, patchKey, ROOT_KEY, seed } from '../../../test/support/records.ts'
import { temporaryFolder } from '../../../test/support/server.ts'
import { used } from '../conformance/ledger-case.conformance.ts'
import { openStore } from '../open.ts'

// The server's own work finds nothing to write most of the time. That it comes through then says nothing about writes.

const path = join(temporaryFolder(), 'latchkey.db')
const store = await openStore(`sqlite:${path}`)
const outsider = new DatabaseSync(path)
afterAll(async () => {
  outsider.close()
  await store.close()
})

test('writes that had nothing to write do not make a database ready whose writes fail', async () => {
  await seed(store)
  await patchKey(store, ROOT_KEY, { name: 'first' })
  const repeated = used(eventOf(ROOT_KEY, 'a'))
  await store.commitLedger([repeated])
  while ((await store.refreshSpentOrder(100)) > 0);
  await store.check()
  outsider.exec('begin immediate')
  expect(await rejectionOf(patchKey(store, ROOT_KEY, { name: 'other' }))).toHaveProperty(
    'code',
    'store_unavailable',
  )
  const idle = [
    () => store.refreshSpentOrder(100),
    () => store.refreshSearch(100),
    () => store.commitLedger([repeated], undefined, { areNew: false }),
    () => store.changeKey({ id: ROOT_KEY }, () => null, { act: actAt() }),
  ]
  for (const work of idle) {
    await work()
    expect(await rejectionOf(store.check())).toHaveProperty('code', 'store_unavailable')
  }
  outsider.exec('rollback')
  await patchKey(store, ROOT_KEY, { name: 'other' })
  await store.check()
}, 30_000)
