import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Glob } from 'bun'
import type * as TypeScript from '../packages/client/node_modules/typescript/lib/typescript.js'

// The compiler's interface for reading sources is in TypeScript 5, which the client's package installs.
const root = join(import.meta.dir, '..')
const ts = createRequire(join(root, 'packages/client/package.json'))('typescript') as typeof TypeScript

const MOST_LINES = 50

/** One function and its own lines, without those of the functions inside it, which are counted separately. */
interface Lines {
  name: string
  own: number
}

describe('functions', () => {
  test('none has more than 50 lines of its own', () => {
    const files = ['src', 'packages/client/src', 'dashboard/src', 'scripts', 'bench']
      .flatMap((folder) => [...new Glob(`${folder}/**/*.{ts,tsx}`).scanSync(root)])
      // Tests are lists of cases; a migration that has run somewhere is not touched again; what is generated is not read.
      .filter((file) => !/\.(test|conformance|gen)\.ts$|^src\/store\/migrations\/\d/.test(file))
    const counted = files.flatMap((file) =>
      linesOf(readFileSync(join(root, file), 'utf8'), file).map((each) => ({
        ...each,
        name: `${file} ${each.name}`,
      })),
    )
    expect(counted.length).toBeGreaterThan(1_500)
    expect(counted.filter(({ own }) => own > MOST_LINES)).toEqual([])
  })

  test('a factory is measured without its members, and each member separately', () => {
    const member = (lines: number) => `function member() {\n${'  act()\n'.repeat(lines)}}\n`
    const factory = `function factory() {\n${member(20)}${member(60)}  return {\n    method() {\n${'act()\n'.repeat(70)}    },\n  }\n}`
    expect(linesOf(factory).sort((a, b) => a.own - b.own)).toEqual([
      { name: 'factory', own: 10 },
      { name: 'member', own: 22 },
      { name: 'member', own: 62 },
      { name: 'method', own: 72 },
    ])
  })
})

/** The name of the file decides whether tags are read as such. */
function linesOf(text: string, name = 'file.ts'): Lines[] {
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true)
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line
  const written = linesWithCode(source, lineOf)
  const found: Lines[] = []

  /** Records each function below the node; returns the lines that belong to inner functions. */
  function look(node: TypeScript.Node): Set<number> {
    const inside = new Set<number>()
    ts.forEachChild(node, (child) => {
      for (const line of look(child)) inside.add(line)
    })
    if (!ts.isFunctionLike(node) || !('body' in node) || !node.body) return inside
    const [first, last] = [lineOf(node.getStart()), lineOf(node.end)]
    const lines = Array.from({ length: last - first + 1 }, (_, index) => first + index)
    found.push({
      name: nameOf(node),
      own: lines.filter((line) => written.has(line) && !inside.has(line)).length,
    })
    // Its first and last line count for the surrounding function.
    return new Set(lines.slice(1, -1))
  }

  look(source)
  return found
}

/** The lines with anything except white space and comments. */
function linesWithCode(source: TypeScript.SourceFile, lineOf: (position: number) => number): Set<number> {
  const lines = new Set<number>()
  function visit(node: TypeScript.Node): void {
    const children = node.getChildren(source)
    if (children.length === 0 && node.end > node.getStart()) {
      for (let line = lineOf(node.getStart()); line <= lineOf(node.end); line += 1) lines.add(line)
    }
    for (const child of children) if (!ts.isJSDoc(child)) visit(child)
  }
  visit(source)
  return lines
}

function nameOf(node: TypeScript.SignatureDeclaration): string {
  const named = node.name ?? (node.parent as { name?: TypeScript.Node }).name
  return named?.getText() ?? 'a function without a name'
}
