import { runCrashLoop } from '../test/crash/crash-loop.ts'
import { postgresForTests } from '../test/support/postgres.ts'
import { temporaryFolder } from '../test/support/server.ts'

// The long form of test/crash: `npm run test:crash -- 100` kills the server 100 times on each database.

const kills = Number(process.argv[2] ?? 40)
let failed = 0
let passed = 0

await run('SQLite', `sqlite:${temporaryFolder()}/crash.db`)
const postgres = await postgresForTests({ durable: true })
if ('absent' in postgres) print(`PostgreSQL: SKIPPED, ${postgres.absent}`)
else {
  const { url, drop } = await postgres.freshDatabase()
  await run('PostgreSQL', url)
  await drop()
  await postgres.stop()
}
print(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)

async function run(engine: string, databaseUrl: string): Promise<void> {
  const { lost, refused, wrongSums, ...seen } = await runCrashLoop({ databaseUrl, kills })
  print(
    `${engine}: ${seen.kills} kills, ${seen.killsWithRequestsUnderWay} with requests under way, ${seen.committedUnanswered} of them between commit and answer; ${seen.acknowledged} charges, reports, reserves and settlements; ${lost.length} lost, ${refused.length} refused, ${wrongSums.length} wrong sums`,
  )
  const broken = [...lost, ...refused, ...wrongSums]
  for (const line of broken) print(`  ${line}`)
  if (broken.length === 0) passed += 1
  else failed += 1
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
