import { readFileSync } from 'node:fs'
import { type Config, SETTINGS } from './config/settings.ts'
import type { NanoUsd } from './core/money/money.ts'
import type { RulesInForce } from './http/native/verify/gateway-request.ts'
import type { RouteRules } from './http/native/verify/route-rules.ts'
import { readRules } from './http/native/verify/route-rules-file.ts'

/** The file of route rules of a running server. */
export interface RouteRulesFile {
  inForce: RulesInForce
  /** Reads the file again. If it has errors, throws one error that lists them all, and the old rules stay in force. */
  reload(): void
}

/**
 * Reads the file of the settings, where they name one. Throws an error that lists all errors in it. A charge above the largest amount of
 * the settings is one.
 */
export function openRouteRules(settings: Pick<Config, 'authorizeRules' | 'amountMax'>): RouteRulesFile {
  let rules: RouteRules | null = null
  const file: RouteRulesFile = {
    inForce: () => rules,
    reload() {
      if (settings.authorizeRules !== null) rules = readFrom(settings.authorizeRules, settings.amountMax)
    },
  }
  file.reload()
  return file
}

function readFrom(path: string, amountMax: NanoUsd): RouteRules {
  const setting = SETTINGS.authorizeRules.env
  let content: string
  try {
    content = readFileSync(path, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${setting} names a file that cannot be read: ${reason}.`, { cause: error })
  }
  const read = readRules(content, amountMax)
  if (read.ok) return read.rules
  throw new Error(`${setting}: ${path}\n${read.problems.map((problem) => `  ${problem}`).join('\n')}`)
}
