import { faultRows } from './fault-rows.ts'

/** Where the TypeScript client has its constants. */
export const TYPESCRIPT_FAULTS_PATH = new URL('../packages/client/src/native/codes.gen.ts', import.meta.url)

/** The TypeScript client's constants of the codes of docs/errors.md. */
export function typescriptFaults(): string {
  const rows = faultRows().map(({ code, status, meaning, words }) => {
    return `  /** Status ${status}: ${meaning} */\n  ${words.join('')}: '${code}',\n`
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
