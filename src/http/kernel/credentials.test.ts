import { describe, expect, test } from 'bun:test'
import { Fault } from '../../core/ground/faults.ts'
import { readCredential } from './credentials.ts'

const read = (headers: Record<string, string>) => readCredential(new Headers(headers))?.reveal() ?? null
const refusal = (headers: Record<string, string>) => {
  try {
    readCredential(new Headers(headers))
    return 'taken'
  } catch (error) {
    return error instanceof Fault ? error.code : 'crash'
  }
}

describe('the credential of a request', () => {
  test.each([
    [{ authorization: 'Bearer lk_1' }, 'lk_1'],
    [{ authorization: 'bearer   lk_1 ' }, 'lk_1'],
    [{ 'x-api-key': 'lk_1' }, 'lk_1'],
    [{ 'x-api-key': 'lk_1', authorization: 'Bearer lk_1' }, 'lk_1'],
    [{ 'x-api-key': '', authorization: 'Bearer lk_1' }, 'lk_1'],
    [{}, null],
    [{ authorization: '' }, null],
  ])('%p gives %p', (headers, credential) => {
    expect(read(headers as unknown as Record<string, string>)).toBe(credential)
  })

  test('two different credentials are refused, not chosen between', () => {
    expect(refusal({ 'x-api-key': 'lk_1', authorization: 'Bearer lk_2' })).toBe('credential_conflict')
  })

  test.each([
    { authorization: 'Basic bGs6MQ==' },
    { authorization: 'Bearer' },
    { authorization: 'Bearer a b' },
    { authorization: 'lk_1' },
    { 'x-api-key': 'lk_1, lk_2' },
    { 'x-api-key': 'lk_é' },
  ])('%p is no credential', (headers) => {
    expect(refusal(headers as unknown as Record<string, string>)).toBe('credential_invalid')
  })
})
