import { Command, CommanderError, Option } from 'commander'
import { type CommandRow, type Given, type OptionRow, UsageError } from './command.ts'
import { synonymsOf } from './synonyms.ts'

/** The options of every command that calls a server. */
export const REMOTE_OPTIONS: readonly OptionRow[] = [
  { flags: '--url <url>', doc: 'Where the server is; LATCHKEY_URL, or that of the profile, when absent.' },
  { flags: '--profile <name>', doc: 'Whose server and key to use, of those that login has kept.' },
]

/** The option of every command that shows results. */
export const OUTPUT_OPTION: OptionRow = {
  flags: '--output <form>',
  doc: 'How it is shown.',
  choices: ['table', 'json', 'csv'],
}

/** All options of a command. */
export function optionsOf(row: CommandRow): readonly OptionRow[] {
  return [...(row.options ?? []), ...(row.shows ? [OUTPUT_OPTION] : []), ...(row.local ? [] : REMOTE_OPTIONS)]
}

/** The descriptions of groups of commands, by their first word. */
export type Groups = Readonly<Record<string, string>>

/** A parser of the commands. It calls `run` with the requested one. */
export function programOf(
  rows: readonly CommandRow[],
  {
    groups,
    version,
    write,
    run,
  }: {
    groups: Groups
    version: string
    write: { out(text: string): void; err(text: string): void }
    run(row: CommandRow, given: Given): Promise<void>
  },
): Command {
  const configure = (command: Command) =>
    command
      .exitOverride()
      .addHelpCommand(false)
      .showSuggestionAfterError(true)
      .configureOutput({
        writeOut: write.out,
        writeErr: write.err,
        outputError: (text, to) =>
          to(
            `${text
              .replace(/^error: /, 'latchkey: ')
              .trim()
              .replaceAll('\n', ' ')}\n`,
          ),
      })
  const program = configure(new Command('latchkey'))
    .description('Self-hosted API keys: issue, verify, limit, meter, rotate, revoke.')
    .version(`latchkey ${version}`, '--version', 'Print the version.')
    .helpOption('-h, --help', 'Print this, or the help of a command.')
    .addHelpText('after', '\nlatchkey COMMAND --help tells more. docs/cli.md has all of it on one page.')
  const grouped = new Map<string, Command>()
  for (const row of rows) {
    const [first = '', second] = row.path
    const parent = second === undefined ? program : groupOf(first)
    addCommand(parent, row)
  }
  return program

  function groupOf(name: string): Command {
    const known = grouped.get(name)
    if (known !== undefined) return known
    const group = configure(program.command(name)).description(groups[name] ?? name)
    grouped.set(name, group)
    return group
  }

  function addCommand(parent: Command, row: CommandRow): void {
    const command = configure(parent.command(row.path.at(-1) ?? ''))
      .summary(row.summary)
      .description([`${row.summary}.`, row.detail].filter((part) => part !== undefined).join('\n\n'))
      .helpOption('-h, --help', 'Print this.')
    for (const { name, doc, optional, many } of row.args ?? []) {
      const word = many ? `${name}...` : name
      command.argument(optional ? `[${word}]` : `<${word}>`, doc)
    }
    const options = optionsOf(row)
    for (const option of options) command.addOption(optionOf(option))
    const synonyms = synonymOptions(options)
    for (const { option } of synonyms) command.addOption(option)
    const examples = (row.examples ?? []).map((example) => `  latchkey ${example}`)
    if (examples.length > 0) command.addHelpText('after', `\nExamples:\n${examples.join('\n')}`)
    if (row.settings) command.allowUnknownOption(true).allowExcessArguments(true)
    else command.allowExcessArguments(false)
    command.action(async () => {
      await run(row, { args: command.args, options: withoutSynonyms(command.opts(), synonyms) })
    })
  }
}

interface Synonym {
  option: Option
  /** The attribute of the option that it means. */
  means: string
}

/** The hidden options for the other names of those that take a value. */
function synonymOptions(rows: readonly OptionRow[]): Synonym[] {
  const valued = rows.filter(({ flags }) => flags.includes('<')).map((row) => [nameIn(row), row] as const)
  const byName = new Map(valued)
  return [...synonymsOf(rows.map(nameIn))].flatMap(([other, name]) => {
    const row = byName.get(name)
    if (row === undefined) return []
    const option = optionOf({ ...row, flags: row.flags.replace(name, other) }).hideHelp()
    return [{ option, means: optionOf(row).attributeName() }]
  })
}

function nameIn({ flags }: OptionRow): string {
  return /--[a-z-]+/.exec(flags)?.[0] ?? flags
}

/** The options by their own names: what was given under another name joins what may be repeated, and else stands for it. */
function withoutSynonyms(given: Record<string, unknown>, synonyms: readonly Synonym[]): Given['options'] {
  const options = { ...given }
  for (const { option, means } of synonyms) {
    const name = option.attributeName()
    const value = options[name]
    if (value === undefined) continue
    delete options[name]
    const own = options[means]
    const isList = Array.isArray(own) && Array.isArray(value)
    if (own !== undefined && !isList)
      throw new UsageError(`${option.long} is another name of an option that is given, too. Give one.`)
    options[means] = isList ? [...own, ...value] : value
  }
  return options
}

function optionOf({ flags, doc, repeat, choices }: OptionRow): Option {
  const option = new Option(flags, repeat ? `${doc} May be repeated.` : doc)
  if (repeat) option.argParser((value: string, known: string[] = []) => [...known, value])
  if (choices !== undefined) option.choices([...choices])
  return option
}

/** The exit code for an error of the parser: 0 as after --help, 2 for an invalid command line; null for any other error. */
export function parserExit(error: unknown): number | null {
  if (!(error instanceof CommanderError)) return null
  return error.exitCode === 0 ? 0 : 2
}
