import { afterAll, describe, expect, test } from 'bun:test'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { postgresForTests } from '../support/postgres.ts'
import { agreesWithModel, crowdsFit, failuresAreTold, holdsOfUserFit, thousandReserves } from './promises.ts'
import { failingStore, rigOver } from './rig.ts'

// Never overspent, never refused while money is left, every sum exact, on both databases.

const HISTORIES = Number(process.env.LATCHKEY_TEST_MONEY_HISTORIES ?? 25)
const closers: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const close of closers.toReversed()) await close()
})

async function openPostgres(): Promise<Store | null> {
  const server = await postgresForTests()
  if ('absent' in server) {
    process.stdout.write(`SKIPPED on PostgreSQL: ${server.absent}\n`)
    return null
  }
  const { url, drop } = await server.migratedDatabase()
  closers.push(drop)
  return openStore(url)
}

const engines = [
  { name: 'SQLite', store: await openStore('sqlite::memory:') },
  { name: 'PostgreSQL', store: await openPostgres() },
].filter((engine): engine is { name: string; store: Store } => engine.store !== null)
for (const { store } of engines) closers.push(() => store.close())

describe.each(engines)('money on $name', ({ name, store }) => {
  const newRig = () => rigOver(store)

  test('every history of takes, settlements, limits, clock steps and restarts agrees with the model', async () => {
    const counts = await agreesWithModel(newRig, HISTORIES)
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
    const each = [...counts].map((pair) => pair.join(' ')).join(', ')
    process.stdout.write(`${name}: ${HISTORIES} histories, ${total} steps: ${each}\n`)
    expect(total).toBeGreaterThan(HISTORIES * 5)
  }, 300_000)

  test('of demands that start together exactly as many pass as there is room for', async () => {
    const rounds = Math.ceil(HISTORIES / 2)
    process.stdout.write(`${name}: ${await crowdsFit(newRig, rounds)} demands in ${rounds} crowds\n`)
  }, 300_000)

  test(
    '1,000 concurrent reserves against a limit of 100: exactly 100 pass, and after a restart no more',
    () => thousandReserves(newRig),
    60_000,
  )

  test.each([false, true])(
    'of reserves that start together exactly as many pass as a user may have open, also when others have run out (limits: %p)',
    (isLimited) => holdsOfUserFit(() => rigOver(store, { bounds: { holdsPerUser: 500 } }), 500, isLimited),
    60_000,
  )

  test('a failed commit is reported to its callers, does not count, and can be repeated', async () => {
    const { failing, failNext } = failingStore(store)
    await failuresAreTold(() => rigOver(failing), failNext)
  }, 60_000)
})
