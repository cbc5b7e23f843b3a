import type { Latchkey } from '../../packages/client/src/index.ts'
import type { Terminal } from './terminal.ts'

/** One word that follows a command. */
export interface ArgumentRow {
  name: string
  doc: string
  optional?: true
  /** Takes all that follow. */
  many?: true
}

/** One option of a command. */
export interface OptionRow {
  /** As it is written: `--owner <user>`, `-f, --force`. */
  flags: string
  doc: string
  /** May be given several times; all of them count. */
  repeat?: true
  /** The only values that it takes. */
  choices?: readonly string[]
}

/** A command of the program: from these rows come its parser, its help, docs/cli.md and the completion of shells. */
export interface CommandRow {
  path: readonly string[]
  /** One line of what it does, without a full stop. */
  summary: string
  /** What else somebody must know, in whole sentences. */
  detail?: string
  args?: readonly ArgumentRow[]
  options?: readonly OptionRow[]
  /** What follows `latchkey` in examples. */
  examples?: readonly string[]
  /** Works on the machine itself and not over the API: it takes the settings of the server instead of where a server is. */
  local?: true
  /** Takes the flags of `serve` as well, and is given what they and the environment say. */
  settings?: true
  /** What it reads can be shown as a table, CSV or JSON. */
  shows?: true
  /** Answers its exit code; nothing for 0. */
  run(context: Context, given: Given): Promise<number | undefined> | number | undefined
}

/** The arguments and options of a command. */
export interface Given {
  args: readonly string[]
  /** By the name of the option in camel case. */
  options: Readonly<Record<string, unknown>>
}

/** How what is read is shown. */
export type Output = 'table' | 'json' | 'csv'

/** The dependencies of a command. */
export interface Context {
  terminal: Terminal
  env: Readonly<Record<string, string | undefined>>
  output: Output
  /** Where the server is that is called. */
  target(): Target
  /** A client of it. */
  client(): Latchkey
  now(): number
  /** Ends when somebody asks the program to stop. */
  stopping: AbortSignal
}

/** A server, and the key to call it with. */
export interface Target {
  url: string
  apiKey: string | null
  /** Where the two come from, for messages. */
  from: string
}

/** What somebody has written on the command line is not what the command takes. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The command could not do what it was asked to; the message is one line for a person. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/** An option that carries a text. */
export function textOf({ options }: Given, name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

/** An option that may be repeated. */
export function textsOf({ options }: Given, name: string): string[] {
  const value = options[name]
  return Array.isArray(value) ? value.map(String) : []
}

/** An option that stands alone. */
export function isGiven({ options }: Given, name: string): boolean {
  return options[name] === true
}

/** An argument that must be there; the parser has seen to it. */
export function argument({ args }: Given, index: number): string {
  return args[index] ?? ''
}
