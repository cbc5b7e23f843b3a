import { describe, expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commandPage } from '../../scripts/command-page.ts'
import { COMMANDS } from '../../src/cli/commands.ts'
import { optionsOf, programOf } from '../../src/cli/program.ts'
import { runCli } from '../../src/cli/run.ts'
import type { Terminal } from '../../src/cli/terminal.ts'
import { latchkey } from '../support/cli.ts'
import { temporaryFolder } from '../support/server.ts'

const folder = temporaryFolder()

describe('the table of commands', () => {
  test('docs/cli.md is generated from it', () => {
    expect(readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')).toBe(commandPage())
    expect(COMMANDS.length).toBeGreaterThan(30)
  })

  test('every example in it can be parsed', async () => {
    const examples = COMMANDS.flatMap(({ examples = [] }) => examples)
    expect(examples.length).toBeGreaterThan(20)
    for (const { path: words } of COMMANDS) {
      const { exitCode, stdout } = await inProcess([...words, '--help'])
      expect([words, exitCode, stdout.startsWith('Usage: latchkey')]).toEqual([words, 0, true])
    }
    for (const example of examples) {
      // The rest of the line is for the shell.
      const [words = ''] = example.split(/ [<>|&]/)
      const parsed = await inProcess([...wordsOf(words), '--help'])
      expect([example, parsed.exitCode, parsed.stderr]).toEqual([example, 0, ''])
    }
  })

  test('an option with a value is accepted in the plural and as the API calls it, but not twice', async () => {
    const givenBy = async (words: string[]) => {
      const seen: Record<string, unknown>[] = []
      const program = programOf(COMMANDS, {
        groups: {},
        version: '',
        write: { out() {}, err() {} },
        run: async (_row, { options }) => void seen.push({ ...options }),
      })
      await program.parseAsync(words, { from: 'user' })
      return seen[0]
    }
    const tried = COMMANDS.flatMap((row) =>
      optionsOf(row).flatMap(({ flags, choices: [value = 'x'] = [] }) => {
        const [name = ''] = /--[a-z-]+/.exec(flags) ?? []
        if (!flags.includes('<')) return []
        const words = [...row.path, ...(row.args ?? []).filter(({ optional }) => !optional).map(() => 'a')]
        return [{ words, name, value }]
      }),
    )
    for (const { words, name, value } of tried) {
      expect([name, await givenBy([...words, `${name}s`, value])]).toEqual([
        name,
        await givenBy([...words, name, value]),
      ])
    }
    expect(tried.length).toBeGreaterThan(100)
    expect(await givenBy(['keys', 'create', '--external-user-id', 'u', '--rate-limits', '1/1m'])).toEqual(
      await givenBy(['keys', 'create', '--end-user', 'u', '--rate', '1/1m']),
    )
    expect(await givenBy(['keys', 'create', '--permission', 'a', '--permissions', 'b'])).toEqual({
      permission: ['a', 'b'],
    })
    await expect(givenBy(['keys', 'create', '--expires', '1d', '--expires-at', '2d'])).rejects.toThrow(
      '--expires-at is another name of an option that is given, too. Give one.',
    )
  })

  test('serve --help names every setting', async () => {
    const { exitCode, stdout } = await latchkey(['serve', '--help'])
    expect(exitCode).toBe(0)
    for (const name of ['--port', 'LATCHKEY_DATABASE_URL', '--accept-older-database', '--root-key-file'])
      expect(stdout).toContain(name)
  })

  test.each(['bash', 'zsh', 'fish'])('the shell accepts the completion of %s', async (shell) => {
    const { exitCode, stdout } = await latchkey(['completion', shell])
    expect(exitCode).toBe(0)
    const program = Bun.which(shell)
    if (program === null) {
      process.stdout.write(`SKIPPED: the completion of ${shell} is not tried: there is no ${shell}.\n`)
      return
    }
    const script = join(folder, `completion.${shell}`)
    writeFileSync(script, stdout)
    expect(Bun.spawnSync([program, '-n', script]).exitCode).toBe(0)
    if (shell !== 'bash') return
    const completes = (words: string[]) => {
      const line = `source ${script}; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _latchkey; printf '%s\\n' "\${COMPREPLY[@]}"`
      return Bun.spawnSync([program, '-c', line]).stdout.toString().trim().split('\n')
    }
    expect(completes(['latchkey', 'key'])).toEqual(['keys'])
    expect(completes(['latchkey', 'keys', 'cr'])).toEqual(['create'])
    expect(completes(['latchkey', 'keys', 'create', '--per'])).toEqual(['--permission'])
    expect(completes(['latchkey', 'usage', '--gr'])).toEqual(['--group-by'])
  })
})

/** Runs a command in this process, which is quick enough for all of them. */
async function inProcess(args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const said = { stdout: '', stderr: '' }
  const terminal: Terminal = {
    out: (text) => (said.stdout += text),
    err: (text) => (said.stderr += text),
    isOutTty: false,
    isErrTty: false,
    isInTty: false,
    columns: 80,
    readAll: async () => '',
    ask: async () => '',
  }
  const exitCode = await runCli({ args, env: {}, terminal, stopping: new AbortController().signal })
  return { exitCode, ...said }
}

/** The words of a command line, with double quotes. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '')
}
