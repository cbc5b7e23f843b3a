import { readFileSync } from 'node:fs'
import { type Config, loadConfig, SETTINGS } from '../../config/settings.ts'
import { CommandError, type Context, type Given, UsageError } from '../command.ts'

/** The flags of `serve` among the words of a command line, and the other words. */
export function splitFlags(words: readonly string[]): { flags: string[]; others: string[] } {
  const bare = new Set<string>(Object.values(SETTINGS).flatMap((row) => ('bare' in row ? [row.flag] : [])))
  const flags: string[] = []
  const others: string[] = []
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? ''
    const next = words[index + 1]
    if (!word.startsWith('--')) {
      others.push(word)
      continue
    }
    flags.push(word)
    if (word.includes('=') || bare.has(word) || next === undefined || next.startsWith('--')) continue
    flags.push(next)
    index += 1
  }
  return { flags, others }
}

/** The settings of the server on this machine, and the other words of the command line. */
export function settingsOf(
  { env }: Context,
  { args }: Given,
  wordsMax: number,
): { config: Config; words: string[] } {
  const { flags, others } = splitFlags(args)
  if (others.length > wordsMax) throw new UsageError(`Too many words: this takes ${wordsMax}.`)
  const loaded = loadConfig({ env, args: flags, readFile: (path) => readFileSync(path, 'utf8') })
  if (!loaded.ok) throw new CommandError(loaded.problems.join(' '))
  return { config: loaded.config, words: others }
}

/** The path of the database if it is a file, else null. */
export function fileOf({ database }: Config): string | null {
  return database.kind === 'sqlite' && database.path !== ':memory:' ? database.path : null
}

/** The address of the server on this machine, from this machine. */
export function ownUrl({ host, port }: Pick<Config, 'host' | 'port'>): string {
  const address = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`
}
