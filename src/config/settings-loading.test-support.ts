import { Secret } from '../core/ground/secret.ts'
import { type Config, loadConfig } from './settings.ts'

/** The sources of the settings. */
export interface Given {
  env?: Record<string, string | undefined>
  args?: string[]
  files?: Record<string, string>
}

/** Reads them. */
export function load({ env = {}, args = [], files = {} }: Given) {
  const readFile = (path: string) => {
    const text = files[path]
    if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
    return text
  }
  return loadConfig({ env, args, readFile })
}

/** The settings of valid sources. */
export function configOf(given: Given): Config {
  const loaded = load(given)
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
  return loaded.config
}

/** A secret as its text, because a comparison of objects finds two secrets equal. */
export function plain(value: unknown): unknown {
  return value instanceof Secret ? value.reveal() : value
}

/** The problems of invalid sources. */
export function problemsOf(given: Given): string[] {
  const loaded = load(given)
  return loaded.ok ? [] : loaded.problems
}
