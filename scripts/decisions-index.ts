import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The folder of the records of decisions. */
export const DECISIONS = fileURLToPath(new URL('../docs/adr/', import.meta.url))

/** One record, with the data of its first lines. */
export interface Decision {
  file: string
  number: string
  title: string
  status: string
  text: string
}

/** All records by number, without the folder's own README. */
export function decisions(): Decision[] {
  return readdirSync(DECISIONS)
    .filter((file) => /^\d{4}-.*\.md$/.test(file))
    .sort()
    .map((file) => {
      const text = readFileSync(`${DECISIONS}${file}`, 'utf8')
      const [, number = '', title = ''] = /^# (\d{4}) (.+)$/m.exec(text) ?? []
      const [, status = ''] = /^Status: (.+)$/m.exec(text) ?? []
      return { file, number, title, status, text }
    })
}

/** The page `docs/adr/README.md`: how to write a record, and the list of all records. */
export function decisionsIndex(): string {
  const rows = decisions().map(
    ({ file, number, title, status }) => `| [${number}](${file}) | ${title} | ${status} |`,
  )
  return `${HEAD}\n${rows.join('\n')}\n`
}

const HEAD = `# Decisions

One page for each decision whose reason somebody may ask for later: why it was needed, the decision, the alternatives, and its cost.
\`npm run docs\` writes this page; \`test/decisions.test.ts\` checks the form of the others.

## Write one

Take the next free number and copy this:

\`\`\`markdown
# 0000 The decision in one line

Status: accepted

## Context

The facts that made a decision necessary.

## Decision

The decision, in enough detail that a newcomer could repeat it.

## Alternatives

The other possibilities, and why each was rejected.

## Consequences

The advantages, the disadvantages, and the rules that follow.
\`\`\`

A page is not rewritten when its decision changes: a new page says which one it replaces or amends, and the status of the old page names the new
one. Facts about today's code (a file that moved, a name that changed) are corrected in place. Numbers that the list lacks were never used.

## All of them

| Number | Decision | Status |
|---|---|---|`
