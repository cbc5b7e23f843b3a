import { expect, test } from 'bun:test'
import { postgresForTests } from '../support/postgres.ts'
import { temporaryFolder } from '../support/server.ts'
import { runCrashLoop } from './crash-loop.ts'

// The short form of `npm run test:crash`: nothing acknowledged is lost by kill -9, nothing counts twice.

const KILLS = Number(process.env.LATCHKEY_TEST_KILLS ?? 4)

test('SQLite: acknowledged changes survive kill -9, and repeated calls count once', async () => {
  await expectNothingLost('SQLite', `sqlite:${temporaryFolder()}/crash.db`)
}, 600_000)

test('PostgreSQL: acknowledged changes survive kill -9, and repeated calls count once', async () => {
  const server = await postgresForTests()
  if ('absent' in server) {
    process.stdout.write(`SKIPPED on PostgreSQL: ${server.absent}\n`)
    return
  }
  const { url, drop } = await server.freshDatabase()
  await expectNothingLost('PostgreSQL', url)
  await drop()
}, 600_000)

async function expectNothingLost(engine: string, databaseUrl: string): Promise<void> {
  const report = await runCrashLoop({ databaseUrl, kills: KILLS })
  const { kills, acknowledged, killsWithRequestsUnderWay, committedUnanswered } = report
  process.stdout.write(
    `${engine}: ${kills} kills (${killsWithRequestsUnderWay} with requests under way, ${committedUnanswered} between commit and answer), ${acknowledged} things asked\n`,
  )
  expect(report.lost).toEqual([])
  expect(report.refused).toEqual([])
  expect(report.wrongSums).toEqual([])
  expect(acknowledged).toBeGreaterThan(kills)
  expect(killsWithRequestsUnderWay).toBeGreaterThan(0)
}
