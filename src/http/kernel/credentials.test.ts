import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { Failure } from '../../core/ground/faults.ts'
import { readCredential } from './credentials.ts'

/** The text of the credential, null for none, or the code of the refusal in brackets. */
function outcome(headers: Headers): string | null {
  try {
    return readCredential(headers)?.reveal() ?? null
  } catch (error) {
    return error instanceof Failure ? `(${error.code})` : '(crash)'
  }
}
const read = (headers: Record<string, string>) => outcome(new Headers(headers))

describe('the credential of a request', () => {
  test.each([
    [{ authorization: 'Bearer lk_1' }, 'lk_1'],
    [{ authorization: 'bearer   lk_1 ' }, 'lk_1'],
    [{ 'x-api-key': 'lk_1' }, 'lk_1'],
    [{ 'x-api-key': 'lk_1', authorization: 'Bearer lk_1' }, 'lk_1'],
    [{ 'x-api-key': '', authorization: 'Bearer lk_1' }, 'lk_1'],
    [{ 'x-api-key': 'lk_1', authorization: 'Basic bGs6MQ==' }, 'lk_1'],
    [{ 'x-api-key': 'lk_1', authorization: 'Bearer' }, 'lk_1'],
    [{ 'x-api-key': 'lk_1', authorization: 'Bearer  ' }, 'lk_1'],
    [{ 'x-api-key': 'lk_1, lk_1' }, 'lk_1'],
    [{ authorization: 'Basic bGs6MQ==, Bearer lk_1' }, 'lk_1'],
    [{ authorization: 'Bearer a,b"c=' }, 'a,b"c='],
    [{}, null],
    [{ authorization: '' }, null],
    [{ authorization: 'Bearer' }, null],
    [{ authorization: 'Basic bGs6MQ==' }, null],
    [{ authorization: 'lk_1' }, null],
    [{ authorization: 'Bearerlk_1' }, null],
    [{ authorization: 'Digest username="x, Bearer lk_1", realm="\\", Bearer lk_2"' }, null],
  ])('%p gives %p', (headers, credential) => {
    expect(read(headers as unknown as Record<string, string>)).toBe(credential)
  })

  test.each([
    { 'x-api-key': 'lk_1', authorization: 'Bearer lk_2' },
    { 'x-api-key': 'lk_1, lk_2' },
    { authorization: 'Bearer lk_1, Bearer lk_2' },
  ])('%p holds two different credentials, which are refused and not chosen between', (headers) => {
    expect(read(headers as unknown as Record<string, string>)).toBe('(credential_conflict)')
  })

  test.each([{ authorization: 'Bearer a b' }, { 'x-api-key': 'a b' }, { 'x-api-key': 'lk_é' }])(
    '%p is not a credential',
    (headers) => {
      expect(read(headers as unknown as Record<string, string>)).toBe('(credential_invalid)')
    },
  )

  const token = fc.oneof(
    fc.constantFrom('lk_1', 'lk_2'),
    fc.stringMatching(/^[\x21-\x7e]{0,20}[\x21-\x2b\x2d-\x7e]$/),
  )
  const quoted = fc
    .oneof(
      token,
      fc.stringMatching(/^[\x20-\x7e]{0,30}$/),
      token.map((text) => `a, Bearer ${text}`),
    )
    .map((text) => `"${text.replaceAll(/[\\"]/g, '\\$&')}"`)
  /** One `Authorization` header, and its token if it has one. */
  const authorization = fc.oneof(
    fc
      .tuple(fc.constantFrom('Bearer ', 'bearer ', 'BEARER   '), token)
      .map(([scheme, text]) => [scheme + text, text]),
    fc.constantFrom('Bearer', 'Bearer ', '').map((text) => [text, null]),
    fc.stringMatching(/^[A-Za-z0-9+/]{1,20}={0,2}$/).map((text) => [`Basic ${text}`, null]),
    fc
      .array(quoted, { minLength: 1, maxLength: 3 })
      .map((values) => [`Digest ${values.map((value, index) => `p${index}=${value}`).join(', ')}`, null]),
    fc
      .constantFrom('Negotiate', 'AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host')
      .map((text) => [text, null]),
  ) as fc.Arbitrary<[header: string, token: string | null]>

  test('of any list of headers, only bearer tokens and x-api-key count, and all of them must agree', () => {
    const seen = { none: 0, one: 0, conflict: 0 }
    fc.assert(
      fc.property(
        fc.array(authorization, { maxLength: 4 }),
        fc.array(fc.oneof(token, fc.constantFrom('', ' ')), { maxLength: 3 }),
        (authorizations, apiKeys) => {
          const headers = new Headers()
          for (const [header] of authorizations) headers.append('authorization', header)
          for (const apiKey of apiKeys) headers.append('x-api-key', apiKey)
          const tokens = new Set([
            ...authorizations.map(([, text]) => text),
            ...apiKeys.map((text) => text.trim()),
          ])
          tokens.delete(null)
          tokens.delete('')
          const [only = null] = tokens
          seen[tokens.size > 1 ? 'conflict' : only === null ? 'none' : 'one'] += 1
          expect(outcome(headers)).toBe(tokens.size > 1 ? '(credential_conflict)' : only)
        },
      ),
      { numRuns: 2_000 },
    )
    process.stdout.write(`credentials read: ${JSON.stringify(seen)}\n`)
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(50)
  })

  test('a long header is read in time that grows with its length alone', () => {
    const nasty = ['"\\', '"', ', ', 'Bearer ', '\\"', 'Bearer, "'].map((text) =>
      text.repeat(16_384 / text.length),
    )
    // Other programs lengthen single measurements, never shorten them.
    const tookMs = Array.from({ length: 5 }, () => {
      const startedAt = performance.now()
      for (const header of nasty)
        outcome(new Headers({ authorization: `Digest ${header}`, 'x-api-key': header }))
      return performance.now() - startedAt
    })
    expect(Math.min(...tookMs)).toBeLessThan(50)
  })
})
