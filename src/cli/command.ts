import type { Latchkey } from '../../packages/client/src/index.ts'
import type { Terminal } from './terminal.ts'

/** One argument of a command. */
export interface ArgumentRow {
  name: string
  doc: string
  optional?: true
  /** Takes all further words. */
  many?: true
}

/** One option of a command. */
export interface OptionRow {
  /** Its form on the command line: `--owner <user>`, `-f, --force`. */
  flags: string
  doc: string
  /** May be given several times; all of them count. */
  repeat?: true
  /** The accepted values. */
  choices?: readonly string[]
}

/** A command of the program. The parser, the help, docs/cli.md and the completion of shells are made from these rows. */
export interface CommandRow {
  path: readonly string[]
  /** One line about its effect, without a full stop. */
  summary: string
  /** Further facts for its user, in whole sentences. */
  detail?: string
  args?: readonly ArgumentRow[]
  options?: readonly OptionRow[]
  /** Examples, without the leading `latchkey`. */
  examples?: readonly string[]
  /** Works on the machine itself and not over the API: it takes the settings of the server instead of a server's address. */
  local?: true
  /** Takes the flags of `serve` as well, and gets the settings from them and the environment. */
  settings?: true
  /** Its results can be shown as a table, CSV or JSON. */
  shows?: true
  /** Returns its exit code; undefined for 0. */
  run(context: Context, given: Given): Promise<number | undefined> | number | undefined
}

/** The arguments and options of a command. */
export interface Given {
  args: readonly string[]
  /** By the name of the option in camel case. */
  options: Readonly<Record<string, unknown>>
}

/** The form of the results. */
export type Output = 'table' | 'json' | 'csv'

/** The dependencies of a command. */
export interface Context {
  terminal: Terminal
  env: Readonly<Record<string, string | undefined>>
  output: Output
  /** The server to call, and the key. */
  target(): Target
  /** A client of that server. */
  client(): Latchkey
  now(): number
  /** Aborted when somebody asks the program to stop. */
  stopping: AbortSignal
}

/** A server, and the key to call it with. */
export interface Target {
  url: string
  apiKey: string | null
  /** The source of the two, for messages. */
  from: string
}

/** The command line is invalid. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The command has failed; the message is one line for a person. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/** The value of an option with a text. */
export function textOf({ options }: Given, name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

/** The values of an option that may be repeated. */
export function textsOf({ options }: Given, name: string): string[] {
  const value = options[name]
  return Array.isArray(value) ? value.map(String) : []
}

/** Whether an option without a value is given. */
export function isGiven({ options }: Given, name: string): boolean {
  return options[name] === true
}

/** A required argument; the parser ensures that it is given. */
export function argument({ args }: Given, index: number): string {
  return args[index] ?? ''
}
