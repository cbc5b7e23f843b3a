import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { demandsByRules, type RouteRules } from './route-rules.ts'
import { readRules } from './route-rules-file.ts'

const AMOUNT_MAX = 10_000_000_000_000n

function rulesOf(rules: object[], unmatched = 'deny', original = 'x-forwarded'): RouteRules {
  const read = readRules(JSON.stringify({ original, unmatched, rules }), AMOUNT_MAX)
  if (!read.ok) throw new Error(read.problems.join('\n'))
  return read.rules
}

const GUARDED = rulesOf(
  [
    { path: '/admin/**', permission: 'admin' },
    { path: '/files/*/public', methods: ['GET'], charge: '1' },
    { path: '/files/*', methods: ['GET', 'PUT'], charge: '2', cost: { tokens: 0 } },
  ],
  'allow',
)

function ask(target: string, method = 'GET', rules = GUARDED): string {
  const demands = demandsByRules(rules, { method, target })
  if (demands === null || demands === 'any_key') return demands ?? 'refused'
  return demands.permissions.length > 0 ? 'admin' : String(demands.charge)
}

describe('rules', () => {
  test('the first that matches method and path counts; HEAD counts as GET; a slash at the end is ignored', () => {
    for (const target of [
      '/admin',
      '/admin/',
      '/admin/x/y',
      '/admin/x?y=/files/1',
      '/%61dmin',
      '/admi%6E/x',
    ]) {
      expect([target, ask(target, 'DELETE')]).toEqual([target, 'admin'])
    }
    expect(ask('/files/7/public')).toBe('1000000000')
    expect(ask('/files/7/public', 'HEAD')).toBe('1000000000')
    expect(ask('/files/7', 'PUT')).toBe('2000000000')
    expect(ask('/files/7', 'put')).toBe('2000000000')
    for (const other of ['/files', '/files/7/8', '/', '/administrator']) expect(ask(other)).toBe('any_key')
    expect(ask('/files/7', 'POST')).toBe('any_key')
    expect(ask('/files/7', 'POST', { ...GUARDED, unmatched: 'deny' })).toBe('refused')
  })

  // Folding puts the marks of a letter in order, in a time that grows with the square of their number.
  test('a long segment is refused unless it has only ASCII', () => {
    expect(ask(`/files/${'x'.repeat(10_000)}`)).toBe('2000000000')
    expect(ask(`/files/${encodeURIComponent('é'.repeat(255))}`)).toBe('2000000000')
    expect(ask(`/files/${encodeURIComponent('é'.repeat(256))}`)).toBe('refused')
    const began = performance.now()
    const marks = encodeURIComponent('\u0315'.repeat(30_000) + '\u0344'.repeat(30_000))
    expect(ask(`/files/a${marks}`)).toBe('refused')
    expect(performance.now() - began).toBeLessThan(500)
  })

  test('an ambiguous path is refused, also where everything else is allowed', () => {
    const tricks = [
      '//admin',
      '/x//admin',
      '/./admin',
      '/x/../admin',
      '/x/%2e%2e/admin',
      '/x/%2E./admin',
      '/x/..;/admin',
      '/;/admin',
      '/admin;a=b',
      '/admin%3Ba=b',
      '/x%2f..%2fadmin',
      '/%2fadmin',
      '/x%5c..%5cadmin',
      '/x\\..\\admin',
      '/%252e%252e/admin',
      '/%2561dmin',
      '/ADMIN',
      '/Admin/x',
      '/%41dmin',
      '/admin%00',
      '/admin%0a',
      '/admin%09',
      '/admin.',
      '/admin%20',
      '/admin%3f',
      '/admin%23',
      '/admin#x',
      '/ａdmin',
      '/%EF%BD%81dmin',
      '/x%EF%BC%8Fadmin',
      '/%c0%ae%c0%ae/admin',
      '/%zz',
      '/%',
      'admin',
      'http://x/admin',
      '*',
      '',
      '?/admin',
      '/admin /x',
      '/a, /b',
    ]
    for (const target of tricks) expect([target, ask(target)]).toEqual([target, 'refused'])
  })

  test('another letter case is refused if it would choose a milder rule, and accepted otherwise', () => {
    const mild = rulesOf([
      { path: '/Open', charge: '0' },
      { path: '/**', charge: '3' },
    ])
    expect(ask('/Open', 'GET', mild)).toBe('0')
    expect(ask('/open', 'GET', mild)).toBe('refused')
    expect(ask('/Else', 'GET', mild)).toBe('3000000000')
  })

  test('no spelling of a guarded path reaches the default', () => {
    let tried = 0
    const spelt = (sign: string) =>
      fc.constantFrom(
        sign,
        sign.toUpperCase(),
        `%${sign.charCodeAt(0).toString(16)}`,
        `%25${sign.charCodeAt(0).toString(16)}`,
        `${sign}/.`,
        `./${sign}`,
        `/${sign}`,
        `;${sign}`,
      )
    fc.assert(
      fc.property(fc.tuple(...[...'admin'].map(spelt)), (signs) => {
        const target = `/${signs.join('')}`
        // Only a lenient service would take these for /admin.
        if (lenient(target) !== '/admin') return
        tried += 1
        expect([target, ['admin', 'refused'].includes(ask(target))]).toEqual([target, true])
      }),
      { numRuns: 2_000 },
    )
    console.log(`guarded path: ${tried} spellings that a lenient service takes for it`)
    expect(tried).toBeGreaterThan(50)
  })
})

/** The path that the most lenient service would see. */
function lenient(target: string): string {
  let path = target
  for (let round = 0; round < 2; round += 1) path = decodeURIComponent(path)
  const plain = path
    .replaceAll(/;[^/]*/g, '')
    .replaceAll(/\/(\.\/)+/g, '/')
    .replaceAll(/\/+/g, '/')
  return plain.replace(/\/\.?$/, '').toLowerCase()
}

describe('a file', () => {
  const good = { original: 'path', unmatched: 'deny', rules: [{ path: '/a' }] }
  test.each<[string, unknown, string]>([
    ['no JSON', undefined, 'is not JSON'],
    ['no default', { original: 'path', rules: [{ path: '/a' }] }, '/unmatched'],
    ['no place', { unmatched: 'deny', rules: [{ path: '/a' }] }, '/original'],
    ['no rule', { ...good, rules: [] }, '/rules'],
    ['an unknown member', { ...good, rules: [{ path: '/a', permissions: 'x' }] }, '/rules/0/permissions'],
    ['a broken expression', { ...good, rules: [{ path: '/a', permission: 'a and' }] }, '/rules/0/permission'],
    ['a charge below 0', { ...good, rules: [{ path: '/a', charge: '-1' }] }, '/rules/0/charge'],
    [
      'a charge above the cap of one charge',
      {
        ...good,
        rules: [
          { path: '/a', charge: '10000' },
          { path: '/b', charge: '10000.000000001' },
        ],
      },
      '/rules/1/charge',
    ],
    ['a cost that is none', { ...good, rules: [{ path: '/a', cost: { x: 0.5 } }] }, '/rules/0/cost/x'],
    ['a method in lower case', { ...good, rules: [{ path: '/a', methods: ['get'] }] }, '/rules/0/methods/0'],
    ['a path without a slash', { ...good, rules: [{ path: 'a' }] }, '/rules/0/path'],
    ['a star within a segment', { ...good, rules: [{ path: '/a*' }] }, '/rules/0/path'],
    ['two stars in the middle', { ...good, rules: [{ path: '/**/a' }] }, '/rules/0/path'],
    ['dots', { ...good, rules: [{ path: '/a/../b' }] }, '/rules/0/path'],
    ['a query', { ...good, rules: [{ path: '/a?b' }] }, '/rules/0/path'],
    ['a rule twice', { ...good, rules: [{ path: '/a' }, { path: '/a/' }] }, '/rules/1: Is never reached'],
    [
      'a rule behind a wider one',
      {
        ...good,
        rules: [
          { path: '/a/**', methods: ['GET'] },
          { path: '/a/*', methods: ['HEAD'] },
        ],
      },
      '/rules/1: Is never reached',
    ],
  ])('with %s is refused, with the place', (_name, value, place) => {
    const read = readRules(value === undefined ? '{' : JSON.stringify(value), AMOUNT_MAX)
    expect(read.ok ? [] : read.problems.filter((problem) => problem.includes(place))).toHaveLength(1)
  })

  test('may have narrower rules before wider ones', () => {
    const rules = [{ path: '/a/b' }, { path: '/a/*', methods: ['GET'] }, { path: '/a/**' }, { path: '/**' }]
    expect(readRules(JSON.stringify({ ...good, rules }), AMOUNT_MAX).ok).toBe(true)
  })
})

test('the example of docs/api.md is accepted', () => {
  const guide = readFileSync(new URL('../../../../docs/api.md', import.meta.url), 'utf8')
  const [, example = ''] = /```jsonc\n([\s\S]*?)```/.exec(guide) ?? []
  const read = readRules(example, AMOUNT_MAX)
  expect(read.ok && read.rules.rules.length).toBe(3)
})
