import { describe, expect, test } from 'bun:test'
import { references } from './references.ts'

const ONE = '11111111-1111-7111-8111-111111111111'
const TWO = '22222222-2222-7222-8222-222222222222'

describe('references in golden exchanges', () => {
  test('take the first value and require it afterwards', () => {
    const names = references()
    expect(names.differences({ id: '<id:1>', owner: '<id:1>' }, { id: ONE, owner: ONE }, 'body')).toEqual([])
    expect(names.differences('<id:1>', TWO, 'body')).toHaveLength(1)
    expect(names.fill({ path: '/keys/<id:1>' })).toEqual({ path: `/keys/${ONE}` })
  })

  test('with two names never have the same value', () => {
    expect(references().differences(['<id:1>', '<id:2>'], [ONE, ONE], 'body')).toHaveLength(1)
    expect(references({ 'id:root': ONE }).differences('<id:1>', ONE, 'body')).toHaveLength(1)
  })

  test('only match values of their kind', () => {
    expect(references().differences('<time:1>', '1795348800000 ', 'body')).toHaveLength(1)
    expect(references().differences('<id:1>', ONE.toUpperCase().replaceAll('1', 'A'), 'body')).toHaveLength(1)
    expect(references().differences('<secret:1>', 1795348800000, 'body')).toHaveLength(1)
    expect(references().differences('<time:1>', 1795348800000, 'body')).toEqual([])
  })

  test('may be inside a text', () => {
    const names = references()
    expect(names.differences('/v1/apikeys/<id:1>', `/v1/apikeys/${ONE}`, 'location')).toEqual([])
    expect(names.differences('<id:1>', ONE, 'body')).toEqual([])
    expect(names.differences('Invalid: <text:1>.', 'Invalid: .', 'body')).toHaveLength(1)
  })

  test('do not hide members that are missing, additional or of another type', () => {
    const names = references()
    expect(names.differences({ a: null }, {}, 'body')).toHaveLength(1)
    expect(names.differences({}, { a: null }, 'body')).toHaveLength(1)
    expect(names.differences({ a: 1 }, { a: '1' }, 'body')).toHaveLength(1)
    expect(names.differences([1, 2], [1], 'body')).toHaveLength(2)
    expect(names.differences('3 spaces', '3.spaces', 'body')).toHaveLength(1)
  })

  test('cannot be sent before they have a value', () => {
    expect(() => references().fill('<id:9>')).toThrow('<id:9> has no value yet')
  })
})
