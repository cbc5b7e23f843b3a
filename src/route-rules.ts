import { readFileSync } from 'node:fs'
import type { RulesInForce } from './http/native/verify/gateway-request.ts'
import type { RouteRules } from './http/native/verify/route-rules.ts'
import { readRules } from './http/native/verify/route-rules-file.ts'

/** The file of route rules of a running server. */
export interface RouteRulesFile {
  inForce: RulesInForce
  /** Reads the file again. If it has errors, throws one error that lists them all, and the old rules stay in force. */
  reload(): void
}

/** Reads the file; null for no file. Throws an error that lists all errors in it. `setting` is its name in messages. */
export function openRouteRules(path: string | null, setting: string): RouteRulesFile {
  let rules: RouteRules | null = null
  const file: RouteRulesFile = {
    inForce: () => rules,
    reload() {
      if (path !== null) rules = readFrom(path, setting)
    },
  }
  file.reload()
  return file
}

function readFrom(path: string, setting: string): RouteRules {
  let content: string
  try {
    content = readFileSync(path, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${setting} names a file that cannot be read: ${reason}.`, { cause: error })
  }
  const read = readRules(content)
  if (read.ok) return read.rules
  throw new Error(`${setting}: ${path}\n${read.problems.map((problem) => `  ${problem}`).join('\n')}`)
}
