import { expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type * as TypeScript from '../../packages/client/node_modules/typescript/lib/typescript.js'

// The compiler's interface is in TypeScript 5, which the client's package installs.
const root = join(import.meta.dir, '../..')
const ts = createRequire(join(root, 'packages/client/package.json'))('typescript') as typeof TypeScript

/** The source file of each name that a program can import: the entries of both packages. */
const ENTRIES = { ...entriesOf('@latchkey/client', 'packages/client'), latchkey: 'src/open-latchkey.ts' }

test('every entry that a program imports has an example, and each of them compiles', () => {
  const examples = Object.values(ENTRIES).map((file) => ({ file, code: exampleIn(file) }))
  expect(examples.length).toBeGreaterThan(8)
  expect(examples.filter(({ code }) => code === null).map(({ file }) => file)).toEqual([])
  expect(mistakesIn(examples.map(({ code }) => code ?? ''))).toEqual([])
}, 60_000)

test('a mistake in an example is noticed', () => {
  const wrong = `import { meetsPermissions } from '@latchkey/client/rules'\nexport const x: string = meetsPermissions([], 'a')`
  expect(mistakesIn([wrong])).toEqual(["0: Type 'boolean' is not assignable to type 'string'."])
}, 60_000)

/** The entries of a package, without those that stand for many files. */
function entriesOf(name: string, folder: string): Record<string, string> {
  const { exports } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
  const paths = Object.keys(exports).filter((path) => !path.includes('*') && !path.endsWith('.json'))
  return Object.fromEntries(
    paths
      .map((path) => path.slice(1))
      // The models of OpenRouter are types for its client's calls, which its own example shows.
      .filter((path) => path !== '/openrouter/models')
      .map((path) => {
        const at = [`${folder}/src${path || '/index'}.ts`, `${folder}/src${path}/index.ts`]
        return [`${name}${path}`, at.find((file) => existsSync(join(root, file))) ?? at[0]]
      }),
  ) as Record<string, string>
}

/** The first `@example` of a file that imports what it shows; null when there is none. */
function exampleIn(file: string): string | null {
  const text = readFileSync(join(root, file), 'utf8')
  const [, lines] = /^ \* @example\n((?: \*(?! @|\/).*\n)+)/m.exec(text) ?? []
  const code = lines?.replace(/^ \* ?/gm, '') ?? ''
  return code.includes('import ') ? code : null
}

/** The compiler's errors in each text, with the place of the text. */
function mistakesIn(texts: readonly string[]): string[] {
  const names = texts.map((_, n) => join(root, `test/client/example-${n}.ts`))
  const options: TypeScript.CompilerOptions = {
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.esnext.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: ['bun'],
    paths: Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, [join(root, file)]])),
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    resolveJsonModule: true,
    allowImportingTsExtensions: true,
  }
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists, readFile } = host
  const own = (name: string) => {
    const text = texts[names.indexOf(name)]
    return text === undefined ? undefined : `${text}\nexport {}\n`
  }
  host.fileExists = (name) => own(name) !== undefined || fileExists(name)
  host.readFile = (name) => own(name) ?? readFile(name)
  host.getSourceFile = (name, version, ...rest) => {
    const text = own(name)
    return text === undefined
      ? getSourceFile(name, version, ...rest)
      : ts.createSourceFile(name, text, version)
  }
  const program = ts.createProgram(names, options, host)
  return names.flatMap((name, n) => {
    const source = program.getSourceFile(name)
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    return found.map(({ messageText }) => `${n}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`)
  })
}
