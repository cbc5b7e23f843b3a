import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Glob } from 'bun'
// The compiler that makes the package; the repository's own has no such API yet.
import ts from 'typescript'

const files = [...new Glob('**/*.ts').scanSync(import.meta.dir)].filter(
  (file) => !/\.(test|test-support)\.ts$/.test(file),
)

// Members by which the compiler tells the parts of a union apart, and what never leaves the package. An open word in them
// would tell nothing apart.
const CLOSED = [
  'native/api.gen.ts: VerdictRefused.code',
  'native/call.ts: Call.method',
  'native/accounts.ts: { path, answers }.path',
]

test('an optional member may be undefined, because a variable of an optional type may be', () => {
  const members = files.flatMap((file) => found(file, isMember))
  const optional = members.filter(
    ({ node }) => node.questionToken && node.type?.kind !== ts.SyntaxKind.NeverKeyword,
  )
  expect(optional.length).toBeGreaterThan(200)
  expect(optional.filter(({ node }) => !mayBeUndefined(node.type)).map(({ name }) => name)).toEqual([])
})

test('an enumeration accepts values that are unknown today, because a variable may have any text', () => {
  const unions = files.flatMap((file) => found(file, ts.isUnionTypeNode))
  // The arguments of Omit and Pick are names of members.
  const values = unions.filter(({ node }) => !ts.isTypeReferenceNode(node.parent))
  const words = values.filter(({ node }) => node.types.filter(isWord).length > 1)
  expect(words.length).toBeGreaterThan(25)
  const closed = words.filter(({ node }) => !node.types.some((type) => type.getText() === 'Word'))
  expect(closed.map(({ name }) => name).toSorted()).toEqual(CLOSED.toSorted())
})

/** The nodes of a kind in a file, each with where it stands. */
function found<T extends ts.Node>(
  file: string,
  isOne: (node: ts.Node) => node is T,
): { name: string; node: T }[] {
  const text = readFileSync(join(import.meta.dir, file), 'utf8')
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const nodes: { name: string; node: T }[] = []
  const look = (node: ts.Node, place: string[]): void => {
    const named = ts.isDeclarationStatement(node) || ts.isClassElement(node) || ts.isTypeElement(node)
    const name = named || ts.isParameter(node) ? node.name?.getText() : undefined
    const here = name === undefined ? place : [...place, name]
    if (isOne(node)) nodes.push({ name: `${file}: ${here.slice(-2).join('.')}`, node })
    ts.forEachChild(node, (child) => look(child, here))
  }
  look(source, [])
  return nodes
}

function isMember(node: ts.Node): node is ts.PropertySignature | ts.PropertyDeclaration {
  return ts.isPropertySignature(node) || ts.isPropertyDeclaration(node)
}

function isWord(node: ts.TypeNode): boolean {
  return ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal)
}

function mayBeUndefined(type: ts.TypeNode | undefined): boolean {
  const open = [ts.SyntaxKind.UndefinedKeyword, ts.SyntaxKind.UnknownKeyword, ts.SyntaxKind.AnyKeyword]
  if (type === undefined) return true
  return open.includes(type.kind) || (ts.isUnionTypeNode(type) && type.types.some(mayBeUndefined))
}
