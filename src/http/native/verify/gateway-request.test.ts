import { expect, test } from 'bun:test'
import { demandsOf } from './gateway-request.ts'
import { parsePattern, type RouteRules } from './route-rules.ts'

const RULES: RouteRules = {
  original: 'path',
  unmatched: 'allow',
  rules: [
    {
      methods: null,
      pattern: parsePattern('/admin/**') ?? { segments: [], open: true },
      demands: demand('admin'),
    },
  ],
}

function demand(permission: string) {
  return demandsOf(
    { method: 'GET', headers: new Headers({ 'x-auth-permission': permission }), url: '/v2/authorize' },
    null,
  )
}

function asked(path: string) {
  return demandsOf({ method: 'GET', headers: new Headers(), url: `http://lk${path}` }, RULES)
}

test('rules by path refuse an address that leads out of the operation or can be cut', () => {
  expect(asked('/v2/authorize/admin/x').permissions).toEqual(demand('admin').permissions)
  expect(asked('/v2/authorize/public').permissions).toEqual([])
  for (const path of [
    '/v2/authorize/../../livez',
    '/v2/authorize/../../12345678/public',
    '/x/v2/authorize/public',
    '/v2/authorize/public#/../admin/x',
    '/v2/authorize/#',
  ])
    expect(() => asked(path)).toThrow('No key may make this request here.')
})
