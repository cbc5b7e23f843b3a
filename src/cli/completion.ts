import { argument, type CommandRow, UsageError } from './command.ts'
import { optionsOf } from './program.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const

/**
 * The words that may follow each beginning of a command line: `''` has the first words, `keys` the second ones, `keys create` the
 * options.
 */
type Words = ReadonlyMap<string, readonly string[]>

function wordsOf(rows: readonly CommandRow[]): Words {
  const words = new Map<string, Set<string>>()
  const add = (before: string, word: string) => words.set(before, (words.get(before) ?? new Set()).add(word))
  for (const row of rows) {
    const { path } = row
    const [first = '', second] = path
    const options = optionsOf(row).flatMap(({ flags }) => /--[a-z-]+/.exec(flags) ?? [])
    add('', first)
    if (second !== undefined) add(first, second)
    for (const option of [...options, '--help']) add(path.join(' '), option)
  }
  return new Map([...words].map(([before, each]) => [before, [...each]]))
}

function bash(words: Words): string {
  const cases = [...words].map(([before, each]) => `    '${before}') words='${each.join(' ')}' ;;`)
  return `# Completion of latchkey for bash. Add to ~/.bashrc: eval "$(latchkey completion bash)"
_latchkey() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before='' words='' index
  for ((index = 1; index < COMP_CWORD && index < 3; index++)); do
    case "\${COMP_WORDS[index]}" in -*) break ;; esac
    before="\${before:+$before }\${COMP_WORDS[index]}"
  done
  _latchkey_words "$before"
  [ -z "$words" ] && _latchkey_words "\${before%% *}"
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
_latchkey_words() {
  case "$1" in
${cases.join('\n')}
  esac
}
complete -o default -F _latchkey latchkey
`
}

function zsh(words: Words): string {
  return `#compdef latchkey
# Completion of latchkey for zsh. Add to ~/.zshrc: eval "$(latchkey completion zsh)"
autoload -U +X bashcompinit && bashcompinit
${bash(words).split('\n').slice(1).join('\n')}`
}

function fish(words: Words): string {
  const lines = [...words].flatMap(([before, each]) => {
    const [first, second] = before.split(' ')
    const when = !first
      ? '__fish_use_subcommand'
      : second === undefined
        ? `__fish_seen_subcommand_from ${first}`
        : `__fish_seen_subcommand_from ${first}; and __fish_seen_subcommand_from ${second}`
    return each.map((word) =>
      word.startsWith('--')
        ? `complete -c latchkey -n '${when}' -l ${word.slice(2)}`
        : `complete -c latchkey -f -n '${when}' -a ${word}`,
    )
  })
  return `# Completion of latchkey for fish. Run: latchkey completion fish > ~/.config/fish/completions/latchkey.fish
${lines.join('\n')}
`
}

const WRITERS: Record<string, (words: Words) => string> = { bash, zsh, fish }

/** The command that prints the completion of all commands, including itself. */
export function completionCommand(rows: () => readonly CommandRow[]): CommandRow {
  return {
    path: ['completion'],
    summary: 'Print the completion of a shell',
    args: [{ name: 'shell', doc: `${SHELLS.join(', ')}.` }],
    examples: ['completion bash'],
    local: true,
    run({ terminal }, given) {
      const write = WRITERS[argument(given, 0)]
      if (write === undefined) throw new UsageError(`There is completion for ${SHELLS.join(', ')}.`)
      terminal.out(write(wordsOf(rows())))
      return undefined
    },
  }
}
