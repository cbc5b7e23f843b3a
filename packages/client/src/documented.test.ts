import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Glob } from 'bun'
// The compiler that makes the package; the repository's own has no such API yet.
import ts from 'typescript'

const files = [...new Glob('**/*.ts').scanSync(import.meta.dir)].filter(
  (file) => !/\.(test|test-support|gen)\.ts$/.test(file),
)

test('every member of every exported interface and class has a doc comment', () => {
  const members = files.flatMap(membersIn)
  expect(members.length).toBeGreaterThan(300)
  expect(members.filter(({ documented }) => !documented).map(({ name }) => name)).toEqual([])
})

test('every member of every generated type has a description', () => {
  const text = readFileSync(join(import.meta.dir, 'native/api.gen.ts'), 'utf8')
  const source = ts.createSourceFile('api.gen.ts', text, ts.ScriptTarget.Latest, true)
  const members: { name: string; documented: boolean }[] = []
  const look = (node: ts.Node, place: string[]): void => {
    const name = ts.isPropertySignature(node) ? node.name.getText() : undefined
    const here = name === undefined ? place : [...place, name]
    // The schemas, and what can be asked; the rest of the file only leads there.
    const isMember = place[0] === 'schemas' ? place.length > 1 : place.at(-1) === 'query'
    if (name !== undefined && isMember)
      members.push({ name: here.join('.'), documented: ts.getJSDocCommentsAndTags(node).length > 0 })
    ts.forEachChild(node, (child) => look(child, here))
  }
  for (const statement of source.statements) look(statement, [])
  expect(members.length).toBeGreaterThan(500)
  expect(members.filter(({ documented }) => !documented).map(({ name }) => name)).toEqual([])
})

function membersIn(file: string): { name: string; documented: boolean }[] {
  const text = readFileSync(join(import.meta.dir, file), 'utf8')
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  return source.statements.flatMap((statement) => {
    if (!ts.isInterfaceDeclaration(statement) && !ts.isClassDeclaration(statement)) return []
    if (!statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return []
    return statement.members.flatMap((member) => {
      const name = member.name?.getText() ?? ''
      // Constructors are described by their class, and the name of an error is its class's.
      const isOwn =
        name === '' || name.startsWith('#') || (name === 'name' && ts.isClassDeclaration(statement))
      if (isOwn) return []
      const documented = ts.getJSDocCommentsAndTags(member).length > 0
      return [{ name: `${file}: ${statement.name?.text}.${name}`, documented }]
    })
  })
}
