import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { MAX } from './bounds.ts'
import { Fault } from './faults.ts'
import {
  heldPermissions,
  isPermissionPattern,
  meetsExpression,
  type PermissionExpression,
  parseExpression,
} from './permissions.ts'

const covers = (pattern: string, other: string) => heldPermissions([pattern]).cover(other)
const meets = (held: string[], demand: PermissionExpression) => meetsExpression(heldPermissions(held), demand)

const segment = fc.constantFrom('a', 'b', 'c')
const names = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'))
const patterns = fc
  .array(fc.constantFrom('a', 'b', '*'), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('.'))

/** The definition, as a regular expression: `*` is one segment, at the end one or more. */
function slowGrants(pattern: string, name: string): boolean {
  const parts = pattern.split('.')
  const source = parts.map((part, index) => {
    if (part !== '*') return part
    return index === parts.length - 1 ? '[^.]+(\\.[^.]+)*' : '[^.]+'
  })
  return new RegExp(`^${source.join('\\.')}$`).test(name)
}

describe('permission patterns', () => {
  test.each([
    ['documents.read', 'documents.read', true],
    ['documents.*', 'documents.read', true],
    ['documents.*', 'documents.a.b', true],
    ['documents.*', 'documents', false],
    ['*', 'documents.read', true],
    ['*.read', 'documents.read', true],
    ['*.read', 'a.b.read', false],
    ['documents.read', 'documents.readall', false],
    ['documents.read', 'Documents.read', false],
  ])('%s gives %s: %p', (pattern, name, granted) => {
    expect(covers(pattern, name)).toBe(granted)
  })

  test('granting agrees with its definition', () => {
    fc.assert(
      fc.property(patterns, names, (pattern, name) => {
        expect(covers(pattern, name)).toBe(slowGrants(pattern, name))
      }),
      { numRuns: 3_000 },
    )
  })

  test('a pattern that covers another gives every name that the other gives', () => {
    fc.assert(
      fc.property(patterns, patterns, names, (outer, inner, name) => {
        if (covers(outer, inner) && covers(inner, name)) {
          expect(covers(outer, name)).toBe(true)
        }
      }),
      { numRuns: 5_000 },
    )
  })

  test('a pattern that does not cover another misses some name that the other gives', () => {
    const universe = everyName(['a', 'b', 'fresh'], 5)
    fc.assert(
      fc.property(patterns, patterns, (outer, inner) => {
        const missed = universe.some((name) => covers(inner, name) && !covers(outer, name))
        expect(covers(outer, inner)).toBe(!missed)
      }),
      { numRuns: 1_000 },
    )
  })

  test('a list covers what one of its patterns covers', () => {
    const lists = fc.array(patterns, { maxLength: 6 })
    fc.assert(
      fc.property(lists, patterns, (list, other) => {
        expect(heldPermissions(list).cover(other)).toBe(list.some((pattern) => covers(pattern, other)))
      }),
      { numRuns: 3_000 },
    )
  })

  test.each([
    ['a list that all but matches', (index: number) => `${'a.'.repeat(61)}*.x${index}`],
    ['stars at every place', (index: number) => `${'*.'.repeat(60 - (index % 50))}x${index}`],
    ['stars and letters in turn', (index: number) => `${'*.a.'.repeat(28)}*.b${index}`],
    ['open ends', (index: number) => `${'a.'.repeat(index % 60)}b.*`],
    ['names', (index: number) => `${'a.'.repeat(60)}b${index}`],
  ])(
    'a demand for 32 names against a hundred patterns takes less than two milliseconds: %s',
    (_name, patternAt) => {
      const held = Array.from({ length: MAX.permissionsPerKey }, (_, index) => patternAt(index))
      const names = Array.from(
        { length: MAX.expressionTerms / 2 },
        (_, index) => `${'a.'.repeat(61)}c${index}`,
      )
      const demand = names.reduce<PermissionExpression>(
        (left, name) => ({ kind: 'or', left, right: { kind: 'name', name } }),
        { kind: 'name', name: 'a' },
      )
      const tookMs = Array.from({ length: 20 }, () => {
        const startedAt = performance.now()
        expect(meetsExpression(heldPermissions(held), demand)).toBe(false)
        return performance.now() - startedAt
      })
      process.stdout.write(
        `32 names against 100 patterns: first ${tookMs[0]?.toFixed(2)} ms, best ${Math.min(...tookMs).toFixed(3)} ms\n`,
      )
      expect(Math.min(...tookMs)).toBeLessThan(2)
    },
  )

  test.each(['', '.', 'a.', '.a', 'a..b', 'a*', '**', 'and', 'NOT', 'a b', 'a.(b)', 'é', 'x'.repeat(129)])(
    '%p is not a valid permission of a key',
    (text) => {
      expect(isPermissionPattern(text)).toBe(false)
    },
  )
})

describe('permission expressions', () => {
  test.each([
    ['a.read', ['a.read'], true],
    ['a.read and b.write', ['a.read'], false],
    ['a.read and (b.write or not c)', ['a.read'], true],
    ['a.read and (b.write or not c)', ['a.read', 'c'], false],
    ['a.read and (b.write or not c)', ['a.*', 'b.write', 'c'], true],
    ['not not a', ['a'], true],
    ['a or b and c', ['a'], true],
    ['(a or b) and c', ['a'], false],
    ['a AND b', ['a', 'b'], true],
  ])('%p against %p: %p', (text, held, met) => {
    expect(meets(held, parseExpression(text))).toBe(met)
  })

  test.each([
    '',
    ' ',
    'and',
    'a and',
    'a b',
    '(a',
    'a)',
    '()',
    'not',
    'a.*',
    'a & b',
    'é',
    `${'('.repeat(65)}a`,
  ])('%p is refused with a place', (text) => {
    expect(() => parseExpression(text)).toThrow(Fault)
  })

  test('the text of a tree is parsed into the same tree', () => {
    fc.assert(
      fc.property(trees(), (tree) => {
        expect(parseExpression(written(tree))).toEqual(tree)
      }),
      { numRuns: 1_000 },
    )
  })

  test('holding more never loses a demand without "not", and adding "and" never widens one', () => {
    const held = fc.array(patterns, { maxLength: 4 })
    fc.assert(
      fc.property(trees(), trees(), held, patterns, (demand, other, few, extra) => {
        const narrowed: PermissionExpression = { kind: 'and', left: demand, right: other }
        if (meets(few, narrowed)) expect(meets(few, demand)).toBe(true)
        if (!written(demand).includes('not') && meets(few, demand)) {
          expect(meets([...few, extra], demand)).toBe(true)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  test('no text crashes the reader: it is a demand or a fault of the input', () => {
    const words = fc.array(fc.constantFrom('a', 'b.c', 'and', 'or', 'not', '(', ')', '*', '\t', ''), {
      maxLength: 20,
    })
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          words.map((list) => list.join(' ')),
        ),
        (text) => {
          try {
            parseExpression(text)
          } catch (error) {
            expect(error).toBeInstanceOf(Fault)
            expect((error as Fault).code).toBe('input_invalid')
          }
        },
      ),
      { numRuns: 3_000 },
    )
  })
})

function everyName(segments: string[], depthMax: number): string[] {
  let level = segments
  const all = [...level]
  for (let depth = 2; depth <= depthMax; depth += 1) {
    level = level.flatMap((name) => segments.map((part) => `${name}.${part}`))
    all.push(...level)
  }
  return all
}

function trees(): fc.Arbitrary<PermissionExpression> {
  return fc.letrec<{ tree: PermissionExpression }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'tree' },
      names.map((name) => ({ kind: 'name' as const, name })),
      tie('tree').map((of) => ({ kind: 'not' as const, of })),
      fc
        .tuple(fc.constantFrom('and' as const, 'or' as const), tie('tree'), tie('tree'))
        .map(([kind, left, right]) => ({ kind, left, right })),
    ),
  })).tree
}

function written(tree: PermissionExpression): string {
  if (tree.kind === 'name') return tree.name
  if (tree.kind === 'not') return `not (${written(tree.of)})`
  return `(${written(tree.left)}) ${tree.kind} (${written(tree.right)})`
}
