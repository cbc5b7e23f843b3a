import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { postgresForTests } from '../test/support/postgres.ts'

// Runs the tests named on the command line, or all but the long ones, and ends with one line: `N passed, M failed`. Long ones
// (`*.long.test.ts`) test every store against its whole contract, test the tests, and run nodes, browsers and gateways: `npm run
// test:long` runs them.

const TEST_TIMEOUT_MS = 20_000

interface Outcome {
  passed: number
  failed: number
  skipped: number
}

const postgres = await postgresForTests()
// Files that a test leaves in the temporary folder, also a killed test, are deleted with this folder.
const scratch = mkdtempSync(join(tmpdir(), 'latchkey-tests-'))
// PostgreSQL does not run as root, so its own user must be able to reach its folder in here.
chmodSync(scratch, 0o755)
const outcome = await runTests(process.argv.slice(2))
rmSync(scratch, { recursive: true, force: true })
if (!('absent' in postgres)) await postgres.stop()
process.stdout.write(`${summaryLine(outcome)}\n`)
process.exit(outcome.failed === 0 && outcome.passed > 0 ? 0 : 1)

async function runTests(patterns: string[]): Promise<Outcome> {
  const flags = [
    'test',
    `--timeout=${TEST_TIMEOUT_MS}`,
    // Test files run in processes of their own: they cannot disturb each other, and one that crashes does not hide the rest. There is one
    // more process than there are cores, because many tests wait for a timer or a server.
    `--parallel=${availableParallelism() + 1}`,
    '--only-failures',
    ...(patterns.length === 0 ? ['--path-ignore-patterns=**/*.long.test.ts'] : patterns),
  ]
  const child = spawn(process.execPath, flags, {
    stdio: ['ignore', 'inherit', 'pipe'],
    env: { ...process.env, TMPDIR: scratch, LATCHKEY_TEST_RUN: scratch, ...sharedServer() },
  })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text
    process.stderr.write(text)
  })
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  return readOutcome(log, exitCode)
}

/** One server for all test processes: starting one for each test file would cost more than the tests. */
function sharedServer(): Record<string, string> {
  return 'absent' in postgres ? {} : { LATCHKEY_TEST_POSTGRES_SHARED_URL: postgres.url }
}

/** Reads Bun's closing summary. Problems that Bun counts separately (errors outside of tests, a crash) are failures. */
function readOutcome(log: string, exitCode: number | null): Outcome {
  // If nothing else was printed, there is no blank line before it.
  const summary = log.slice(Math.max(0, log.lastIndexOf('\n\n', log.lastIndexOf('\nRan '))))
  const count = (word: string) => Number(summary.match(new RegExp(`^ *(\\d+) ${word}$`, 'm'))?.[1] ?? 0)
  const failed = count('fail')
  return {
    passed: count('pass'),
    failed: exitCode === 0 ? failed : Math.max(failed, count('errors?'), 1),
    skipped: count('skip') + count('todo'),
  }
}

function summaryLine({ passed, failed, skipped }: Outcome): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
