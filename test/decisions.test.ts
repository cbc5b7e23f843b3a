import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DECISIONS, type Decision, decisions, decisionsIndex } from '../scripts/decisions-index.ts'
import { filesOfTheProject, root } from './support/project-files.ts'

const SECTIONS = ['Context', 'Decision', 'Alternatives', 'Consequences']

describe('decisions', () => {
  test('the index is the one that `npm run docs` writes', () => {
    expect(readFileSync(`${DECISIONS}README.md`, 'utf8')).toBe(decisionsIndex())
  })

  test('each has a number of its own, a title, a status and the four sections in order', () => {
    const all = decisions()
    expect(all.length).toBeGreaterThan(20)
    expect(all.flatMap(flawsOf)).toEqual([])
    expect(new Set(all.map(({ number }) => number)).size).toBe(all.length)
  })

  test('a record of another form is noticed', () => {
    const [first] = decisions()
    if (!first) throw new Error('There are no decisions.')
    expect(flawsOf({ ...first, number: '9999' })).toEqual([`${first.file}: its number is not its name's`])
    expect(flawsOf({ ...first, status: '' })).toEqual([`${first.file}: no status`])
    expect(flawsOf({ ...first, text: first.text.replace('## Alternatives', '## Others') })).toEqual([
      `${first.file}: the sections are Context, Decision, Others, Consequences`,
    ])
  })

  test('the files and identifiers that they name exist', () => {
    const files = filesOfTheProject()
    const words = wordsIn(files)
    const gone = decisions().flatMap((each) =>
      namesIn(each.text)
        .filter((name) => !exists(name, { files, words }))
        .map((name) => `${each.file}: ${name}`),
    )
    expect(gone).toEqual([])
  })

  test('a name that no longer exists is noticed', () => {
    const files = filesOfTheProject()
    const words = wordsIn(files)
    const text =
      'In `core/verify/forgotten-file.ts` and `src/core/verify/verify.ts` there is `forgottenFunction`.'
    expect(namesIn(text).filter((name) => !exists(name, { files, words }))).toEqual([
      'core/verify/forgotten-file.ts',
      'forgottenFunction',
    ])
  })

  test('every mention of a decision refers to an existing one', () => {
    const numbers = new Set(decisions().map(({ number }) => number))
    const lost = filesOfTheProject()
      .filter((file) => /\.(md|ts|mjs|go|cs)$/.test(file))
      .flatMap((file) => {
        const mentions = readFileSync(join(root, file), 'utf8').matchAll(
          /\bADR (\d{4})|\[(?:ADR )?(\d{4})\]\(/g,
        )
        return [...mentions]
          .map((match) => match[1] ?? match[2] ?? '')
          .filter((number) => !numbers.has(number))
          .map((number) => `${file}: ${number}`)
      })
    expect(lost).toEqual([])
  })
})

function flawsOf({ file, number, title, status, text }: Decision): string[] {
  const flaws: string[] = []
  if (!file.startsWith(`${number}-`)) flaws.push("its number is not its name's")
  if (title === '') flaws.push('no title')
  if (status === '') flaws.push('no status')
  const sections = [...text.matchAll(/^## (.+)$/gm)].map((match) => match[1] ?? '')
  const known = sections.filter((section) => SECTIONS.includes(section))
  if (known.join() !== SECTIONS.join()) flaws.push(`the sections are ${sections.join(', ')}`)
  return flaws.map((flaw) => `${file}: ${flaw}`)
}

/** `camelCase`, `PascalCase`, `snake_case` and `CONSTANT_CASE`: more than one word in one. */
const IDENTIFIER = /^(?:[A-Za-z]+[a-z0-9][A-Z]\w*|[a-z0-9]+(?:_[a-z0-9]+)+|[A-Z0-9]+(?:_[A-Z0-9]+)+)$/

/** Names of code between backticks: paths of files, and identifiers that are not ordinary words. */
function namesIn(text: string): string[] {
  const quoted = [...text.replace(/```[\s\S]*?```/g, '').matchAll(/`([^`\n]+)`/g)].map(
    (match) => match[1] ?? '',
  )
  return quoted.filter(
    (name) => /^[\w@.-]+(\/[\w@.-]+)+\.(ts|md|mjs|go|cs)$/.test(name) || IDENTIFIER.test(name),
  )
}

function exists(name: string, { files, words }: { files: string[]; words: Set<string> }): boolean {
  if (!name.includes('/')) return words.has(name)
  return files.some((file) => file === name || file.endsWith(`/${name}`))
}

/** Every word of the code, without pages. */
function wordsIn(files: string[]): Set<string> {
  const words = new Set<string>()
  for (const file of files) {
    if (!/\.(ts|mjs|go|cs|sql)$/.test(file) || file.startsWith('test/decisions')) continue
    for (const [word] of readFileSync(join(root, file), 'utf8').matchAll(/[A-Za-z_]\w*/g)) words.add(word)
  }
  return words
}
