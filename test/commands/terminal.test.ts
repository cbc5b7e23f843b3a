import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { startProgress } from '../../src/cli/progress.ts'
import { commandBench } from '../support/commands.ts'

// The output for a person: the program runs in a terminal of its own, which `script` creates.

const script = Bun.which('script')
if (script === null)
  process.stdout.write('SKIPPED: the commands in a terminal: there is no script(1) here.\n')

const bench = commandBench()
const env = () => ({ PATH: process.env.PATH ?? '', TERM: 'xterm', ...bench.env() })

/** Runs a command in a terminal, types the input, and returns the visible output. */
async function seen(
  args: string[],
  { typed = '', more = {} }: { typed?: string; more?: Record<string, string> } = {},
) {
  const main = join(import.meta.dir, '../../src/main.ts')
  const line = [process.execPath, main, ...args].map((word) => `'${word}'`).join(' ')
  const child = Bun.spawn([script ?? '', '-qec', line, '/dev/null'], {
    env: { ...env(), ...more },
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'ignore',
  })
  let text = ''
  const reading = (async () => {
    for await (const piece of child.stdout) {
      text += new TextDecoder().decode(piece)
      if (typed !== '' && /: $/.test(text)) {
        child.stdin.write(typed)
        child.stdin.flush()
      }
    }
  })()
  const exitCode = await child.exited
  await reading
  return { text, exitCode }
}

describe.skipIf(script === null)('in a terminal', () => {
  test('a list has colours, unless NO_COLOR is set', async () => {
    await bench.run(['keys', 'create', '--label', 'seen=1'])
    expect((await seen(['keys', 'list'])).text).toContain('\u001b[32mactive\u001b[0m')
    const plain = (await seen(['keys', 'list'], { more: { NO_COLOR: '1' } })).text
    expect(plain).toContain('active')
    expect(plain).not.toContain('\u001b[')
  }, 30_000)

  test('a revoke of many keys asks for confirmation first, with their number', async () => {
    const { stdout: secret } = await bench.run(['keys', 'create', '--label', 'asked=1'])
    const no = await seen(['keys', 'revoke', '--label', 'asked=1'], { typed: 'yes\n' })
    expect([no.exitCode, no.text]).toEqual([
      2,
      expect.stringContaining('This ends 1 keys for good. Type "revoke" to do it: '),
    ])
    expect((await bench.run(['verify', '--quiet'], secret)).exitCode).toBe(0)
    const yes = await seen(['keys', 'revoke', '--label', 'asked=1'], { typed: 'revoke\n' })
    expect([yes.exitCode, yes.text]).toEqual([0, expect.stringContaining('Revoked 1; ')])
    expect((await bench.run(['verify', '--quiet'], secret)).exitCode).toBe(10)
  }, 30_000)

  test('a key that is typed is not shown', async () => {
    const { stdout: secret } = await bench.run(['keys', 'create'])
    const { text, exitCode } = await seen(['verify'], { typed: `${secret.trim()}\r` })
    expect([exitCode, text]).toEqual([0, expect.stringContaining('VALID')])
    expect(text).not.toContain(secret.trim())
  }, 30_000)
})

describe('a bar', () => {
  test('appears for a person only, moves at a bounded rate, and is removed at the end', () => {
    const told: string[] = []
    let now = 0
    const bar = startProgress(
      { isErrTty: true, err: (text) => told.push(text) },
      { what: 'Importing', total: 1_000, now: () => now },
    )
    for (let done = 1; done <= 1_000; done += 1) {
      now += 1
      bar.to(done)
    }
    bar.end()
    expect(told.length).toBeLessThan(15)
    expect(told.at(-2)).toContain('100 % (1000 of 1000)')
    expect(told.at(-1)).toBe('\r\u001b[K')
    const quiet = startProgress(
      { isErrTty: false, err: (text) => told.push(text) },
      { what: 'x', total: 1, now: () => 0 },
    )
    const before = told.length
    quiet.to(1)
    quiet.end()
    expect(told.length).toBe(before)
  })
})
