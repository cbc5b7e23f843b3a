import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pinned } from './pinned.ts'

/** The figures of the library that most TypeScript services use for keys. */
export interface BetterAuth {
  version: string
  /** Nanoseconds of one verify, in process. */
  verifyNs: number
}

const PACKAGES = [
  'better-auth@1.7.25',
  '@better-auth/api-key@1.7.5',
  '@better-auth/utils@0.5.1',
  'better-call@1.4.5',
]

/**
 * Measures better-auth's verify in a process of its own, on a SQLite file with `journal_mode=wal` and `synchronous=full` as ours. It is
 * installed from npm into a temporary folder, because Latchkey does not depend on it; null if that fails.
 */
export async function measureBetterAuth(): Promise<BetterAuth | null> {
  const folder = join(tmpdir(), 'latchkey-bench-better-auth')
  mkdirSync(folder, { recursive: true })
  const flags = [
    '--no-audit',
    '--no-fund',
    '--no-save',
    '--ignore-scripts',
    '--legacy-peer-deps',
    '--prefix',
    folder,
  ]
  const installed = spawnSync('npm', ['install', ...flags, ...PACKAGES], { stdio: 'ignore' })
  if (installed.status !== 0) {
    process.stderr.write('better-auth could not be installed, so it is not measured.\n')
    return null
  }
  const program = join(folder, 'run.mjs')
  copyFileSync(join(import.meta.dir, 'better-auth-run.mjs'), program)
  const child = Bun.spawn(pinned('server', [process.execPath, program]), {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, BETTER_AUTH_TELEMETRY: '0' },
  })
  const text = await new Response(child.stdout).text()
  const line = text.split('\n').find((each) => each.startsWith('{"verifyNs"'))
  if (line === undefined) {
    process.stderr.write(`better-auth could not be measured:\n${text}\n`)
    return null
  }
  return { version: PACKAGES[0]?.split('@')[1] ?? '', ...JSON.parse(line) }
}
