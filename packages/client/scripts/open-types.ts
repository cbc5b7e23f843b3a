import ts from 'typescript'

// What the generator writes, as callers need it: a word may be one that is not known today, an optional member may be
// undefined, and a map that has some known members takes all of them.

/** The statements of the generated types, rewritten. `Word` must be in their scope. */
export function forCallers(statements: readonly ts.Node[]): ts.Node[] {
  const told = tellingMembers(statements)
  const rewritten = (node: ts.Node, schema: string | undefined): ts.Node => {
    const name = nameOf(node)
    const stays = schema !== undefined && name !== undefined && told.get(schema)?.has(name)
    if (stays) return node
    const below = name !== undefined && told.has(name) ? name : schema
    const inner = ts.visitEachChild(node, (child) => rewritten(child, below), undefined)
    if (ts.isPropertySignature(inner)) return orUndefined(inner)
    if (ts.isUnionTypeNode(inner)) return orAnotherWord(inner)
    return ts.isIntersectionTypeNode(inner) ? asOneMap(inner) : inner
  }
  return statements.map((statement) => rewritten(statement, undefined))
}

/**
 * By the name of a schema that is one of several: the members by which the compiler tells it from the others. Those stay
 * closed, because an open one tells nothing apart.
 */
function tellingMembers(statements: readonly ts.Node[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  const schemas = new Map<string, ts.TypeLiteralNode>()
  const unions: string[][] = []
  const look = (node: ts.Node): void => {
    const name = nameOf(node)
    if (name !== undefined && ts.isPropertySignature(node) && node.type) {
      if (ts.isTypeLiteralNode(node.type)) schemas.set(name, node.type)
      const parts = ts.isUnionTypeNode(node.type) ? node.type.types.map(schemaNamed) : []
      if (parts.length > 1 && parts.every((part) => part !== undefined)) unions.push(parts)
    }
    ts.forEachChild(node, look)
  }
  statements.forEach(look)
  for (const parts of unions) {
    const telling = parts.flatMap((part) => [...(schemas.get(part)?.members ?? [])].filter(isOneWord))
    for (const part of parts) found.set(part, new Set(telling.map((member) => nameOf(member) ?? '')))
  }
  return found
}

/** `X` of `components["schemas"]["X"]`. */
function schemaNamed(node: ts.Node): string | undefined {
  if (!ts.isIndexedAccessTypeNode(node) || !ts.isLiteralTypeNode(node.indexType)) return undefined
  return ts.isStringLiteral(node.indexType.literal) ? node.indexType.literal.text : undefined
}

function isOneWord(member: ts.TypeElement): boolean {
  return ts.isPropertySignature(member) && member.type !== undefined && isWord(member.type)
}

/** The generator writes texts as identifiers, quotes and all. */
function isWord(node: ts.Node): boolean {
  if (ts.isIdentifier(node)) return node.text.startsWith('"')
  return ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal)
}

function nameOf(node: ts.Node): string | undefined {
  if (!ts.isPropertySignature(node)) return undefined
  return ts.isIdentifier(node.name) || ts.isStringLiteral(node.name) ? node.name.text : undefined
}

function orUndefined(member: ts.PropertySignature): ts.PropertySignature {
  const { type } = member
  if (!member.questionToken || !type || type.kind === ts.SyntaxKind.NeverKeyword) return member
  return ts.factory.updatePropertySignature(
    member,
    member.modifiers,
    member.name,
    member.questionToken,
    unionOf([type, UNDEFINED]),
  )
}

function orAnotherWord(union: ts.UnionTypeNode): ts.UnionTypeNode {
  if (union.types.filter(isWord).length < 2) return union
  return unionOf([union, ts.factory.createTypeReferenceNode('Word')])
}

/** In an intersection the members would have to be of the map's own kind as well, which some are not. */
function asOneMap(intersection: ts.IntersectionTypeNode): ts.TypeNode {
  const literals = intersection.types.filter(ts.isTypeLiteralNode)
  const members = literals.flatMap((literal) => [...literal.members])
  const index = members.find(ts.isIndexSignatureDeclaration)
  if (!index || literals.length < intersection.types.length) return intersection
  const named = members.filter(ts.isPropertySignature)
  const kinds = [index.type, ...named.flatMap(({ type }) => type ?? [])]
  const wider = ts.factory.updateIndexSignature(index, index.modifiers, index.parameters, unionOf(kinds))
  return ts.factory.createTypeLiteralNode([...named, wider])
}

const UNDEFINED = ts.factory.createKeywordTypeNode(ts.SyntaxKind.UndefinedKeyword)

/** One union of all of them, each kind once, what is there before what is not. */
function unionOf(types: readonly ts.TypeNode[]): ts.UnionTypeNode {
  const flat = types.flatMap((type) => (ts.isUnionTypeNode(type) ? [...type.types] : [type]))
  const texts = flat.map((type) => PRINTER.printNode(ts.EmitHint.Unspecified, type, EMPTY_FILE))
  const once = flat.filter((_, index) => texts.indexOf(texts[index] ?? '') === index)
  const isNothing = (type: ts.TypeNode) => type === UNDEFINED || (ts.isLiteralTypeNode(type) && !isWord(type))
  return ts.factory.createUnionTypeNode([
    ...once.filter((type) => !isNothing(type)),
    ...once.filter(isNothing),
  ])
}

const PRINTER = ts.createPrinter()
const EMPTY_FILE = ts.createSourceFile('', '', ts.ScriptTarget.Latest)
