import { describe, expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesOfTheProject, root } from './support/project-files.ts'

const PAGES = ['AGENTS.md', 'CONTRIBUTING.md']
const files = filesOfTheProject()
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }

describe('the pages for people who change the code', () => {
  test.each(PAGES)('%s names only existing files, folders and npm scripts', (page) => {
    const names = namesIn(read(page))
    expect(names.length).toBeGreaterThan(15)
    expect(names.filter((name) => !exists(name))).toEqual([])
  })

  test('a name that no longer exists is noticed', () => {
    const text =
      'See `src/core/gone.ts`, `core/ground/faults.ts`, `test/gone/`, `npm run gone` and `npm run check`.'
    expect(namesIn(text).filter((name) => !exists(name))).toEqual([
      'npm run gone',
      'src/core/gone.ts',
      'test/gone/',
    ])
  })

  test('AGENTS.md describes every folder of the source', () => {
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    )
    const table = read('AGENTS.md')
    expect(folders.length).toBeGreaterThan(5)
    expect(folders.map(({ name }) => name).filter((name) => !table.includes(`\`src/${name}\``))).toEqual([])
  })
})

/** What commands make; a checkout lacks it. */
const MADE = /^(?:\.\/data|dist|node_modules)\b/

/** Paths and npm scripts between backticks; a placeholder such as `<dialect>` is no path. */
function namesIn(text: string): string[] {
  const quoted = [...text.replace(/```[\s\S]*?```/g, '').matchAll(/`([^`\n]+)`/g)].map(
    ([, name = '']) => name,
  )
  const commands = quoted.flatMap((each) => /\bnpm (?:run )?[\w:-]+/.exec(each) ?? [])
  const paths = quoted.filter((each) =>
    /^\.?[\w-]+(?:[/.][\w.-]+)*\/[\w./-]*$|^[\w./-]+\/[\w.-]+$/.test(each),
  )
  return [...commands, ...paths]
}

/** Whether a script or a path exists. A path may leave out the folders in front. */
function exists(name: string): boolean {
  const [, script] = /^npm (?:run )?([\w:-]+)$/.exec(name) ?? []
  if (script !== undefined) return script in scripts || ['ci', 'install', 'pack'].includes(script)
  if (MADE.test(name) || existsSync(join(root, name))) return true
  const path = `/${name.replace(/\/$/, '')}`
  return files.some((file) => `/${file}`.endsWith(path) || `/${file}`.includes(`${path}/`))
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}
