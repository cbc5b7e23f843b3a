import type { ArgumentRow, CommandRow, OptionRow } from '../src/cli/command.ts'
import { COMMANDS, GROUPS } from '../src/cli/commands.ts'
import { OUTPUT_OPTION, REMOTE_OPTIONS } from '../src/cli/program.ts'

/** The whole text of docs/cli.md. */
export function commandPage(): string {
  const groups = new Map<string, CommandRow[]>()
  for (const row of COMMANDS) {
    const [first = ''] = row.path
    groups.set(first, [...(groups.get(first) ?? []), row])
  }
  const parts = [...groups].flatMap(([name, rows]) => {
    const about = name in GROUPS ? [`## latchkey ${name}\n\n${GROUPS[name as keyof typeof GROUPS]}`] : []
    return [...about, ...rows.map((row) => commandPart(row, about.length > 0 ? '###' : '##'))]
  })
  return `${INTRODUCTION}\n${parts.join('\n\n')}\n`
}

const shared = [...REMOTE_OPTIONS, OUTPUT_OPTION].map((option) => `- ${optionLine(option)}`).join('\n')

const INTRODUCTION = `# The command line

<!-- Written by \`npm run docs\` from the tables in src/cli. Edit those, not this page. -->

\`npx latchkey\`, \`node bin/latchkey.mjs\` in a checkout, or the single executable. Commands call a server over its API; those marked *local* work on the
machine of the server and take [its settings](configuration.md).

- **Which server**: \`LATCHKEY_URL\` (or \`LATCHKEY_BASE_URL\`, as the clients call it) and \`LATCHKEY_API_KEY\`, else the profile that
  [\`login\`](#latchkey-login) has kept. A key is only ever sent to the server that it was given for.
- **Output**: what is asked for goes to the standard output, a secret alone; everything else to the error output. So \`KEY=$(latchkey keys create)\` and
  \`latchkey keys list --output json | jq\` work. Control characters in names are shown and not obeyed.
- **Options** with a value are also taken in the plural and as the API calls them (\`--permissions\`, \`--external-user-id\`).
- **Colours and bars** are for terminals only; \`NO_COLOR\` switches colours off.
- **Exit codes**: 0 done, 1 not done, 2 a command line that makes no sense; [\`verify\`](#latchkey-verify) has one for each verdict.
- **Failures** are one line with the id of the request, by which the server's log names it.

Options of every command that calls a server, and \`--output\` of those that show something:

${shared}
`

function commandPart(row: CommandRow, level: string): string {
  const { path, summary, detail, args = [], options = [], examples = [], local } = row
  const usage = [
    'latchkey',
    ...path,
    ...args.map(argumentWord),
    ...(options.length > 0 ? ['[options]'] : []),
  ].join(' ')
  const isShort = row.path.join(' ') === 'keys import'
  const lines = [
    `${level} latchkey ${path.join(' ')}`,
    `${summary}.${local ? ' *Local.*' : ''}${detail === undefined || isShort ? '' : ` ${detail}`}`,
    `\`${usage}\``,
    ...(isShort ? ['The same as [`latchkey import`](#latchkey-import).'] : []),
  ]
  const described = isShort
    ? []
    : [
        ...args.map(({ name, doc }) => `- \`${name}\`: ${doc}`),
        ...options.map((option) => `- ${optionLine(option)}`),
      ]
  if (described.length > 0) lines.push(described.join('\n'))
  if (examples.length > 0 && !isShort)
    lines.push(`\`\`\`sh\n${examples.map((example) => `latchkey ${example}`).join('\n')}\n\`\`\``)
  return lines.join('\n\n')
}

function argumentWord({ name, optional, many }: ArgumentRow): string {
  const word = many ? `${name}...` : name
  return optional ? `[${word}]` : `<${word}>`
}

function optionLine({ flags, doc, repeat, choices }: OptionRow): string {
  const values = choices === undefined ? '' : ` One of ${choices.map((each) => `\`${each}\``).join(', ')}.`
  return `\`${flags}\`: ${doc}${values}${repeat ? ' May be repeated.' : ''}`
}
