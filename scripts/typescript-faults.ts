import { readFileSync } from 'node:fs'

/** Where the TypeScript client has its constants. */
export const TYPESCRIPT_FAULTS_PATH = new URL('../packages/client/src/native/codes.gen.ts', import.meta.url)

const ROW = /^\| `([a-z_]+)` \| (\d{3}) \| (.+) \|$/gm

/** The TypeScript client's constants of the codes of docs/errors.md. */
export function typescriptFaults(): string {
  const page = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(ROW)].map(([, code = '', status = '', meaning = '']) => {
    return `  /** Status ${status}: ${meaning} */\n  ${nameOf(code)}: '${code}',\n`
  })
  return `// Written by \`npm run docs\` from docs/errors.md; a test fails when it is stale.

/** The codes of a LatchkeyApiError. Newer servers may know more of them. */
export const FaultCodes = {
  /** Status 402: A spending limit has no room for what a reserve asks. */
  BudgetExceeded: 'BUDGET_EXCEEDED',
${rows.join('')}} as const

/** One of the codes. */
export type FaultCode = (typeof FaultCodes)[keyof typeof FaultCodes]
`
}

function nameOf(code: string): string {
  return code
    .split('_')
    .map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`)
    .join('')
}
