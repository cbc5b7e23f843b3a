import { describe, expect, test } from 'bun:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { systemRandom } from './clock.ts'
import { digestOf, isSecretPrefix, mintSecret, parseSecretShape, Secret, storedSecret } from './secret.ts'

const prefixes = fc.stringMatching(/^[0-9A-Za-z]([0-9A-Za-z_]{0,14}[0-9A-Za-z])?$/)
const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 })
const mint = (prefix: string, entropy: Uint8Array) => mintSecret(prefix, () => entropy).reveal()

describe('secrets', () => {
  test('the documented vector: bytes 00..1f give its text, hash and mask', () => {
    const secret = mintSecret('lk', (length) => Uint8Array.from({ length }, (_, index) => index))
    expect(secret.reveal()).toBe('lk_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3TQtQq')
    expect(storedSecret(secret, 0)).toMatchObject({
      digest: '419c0d50afa69169bd670a322cdab7d6a796fc399d1a2b451cc59e2ba6f0c524',
      mask: 'lk_003...tQq',
      keyPrefix: 'lk_003aU',
    })
  })

  test('every minted secret is recognised, whatever its prefix and bytes', () => {
    fc.assert(
      fc.property(prefixes, bytes, (prefix, entropy) => {
        const text = mint(prefix, entropy)
        expect(text).toHaveLength(prefix.length + 50)
        expect(parseSecretShape(text)).toBe('valid')
      }),
    )
  })

  test('different bytes give different texts', () => {
    fc.assert(
      fc.property(bytes, bytes, (one, other) => {
        expect(mint('lk', one) === mint('lk', other)).toBe(Buffer.from(one).equals(Buffer.from(other)))
      }),
    )
  })

  test('any one changed character of the body or checksum is noticed', () => {
    const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
    fc.assert(
      fc.property(
        bytes,
        fc.integer({ min: 3, max: 51 }),
        fc.integer({ min: 1, max: 61 }),
        (entropy, place, shift) => {
          const text = mint('lk', entropy)
          const changed = alphabet.charAt((alphabet.indexOf(text.charAt(place)) + shift) % 62)
          expect(parseSecretShape(text.slice(0, place) + changed + text.slice(place + 1))).toBe(
            'bad_checksum',
          )
        },
      ),
      { numRuns: 1_000 },
    )
  })

  test('no text crashes the shape check, and random texts of our shape are refused', () => {
    const shaped = fc.stringMatching(/^lk_[0-9A-Za-z]{49}$/)
    fc.assert(fc.property(shaped, (text) => expect(parseSecretShape(text)).toBe('bad_checksum')))
    fc.assert(
      fc.property(fc.string(), (text) => expect(['other', 'bad_checksum']).toContain(parseSecretShape(text))),
    )
  })

  test.each(['lk', 'a', 'sk_or_v1', '0123456789abcdef'])('%p may be a prefix', (text) => {
    expect(isSecretPrefix(text)).toBe(true)
  })

  test.each(['', '_lk', 'lk_', 'l-k', 'lk ', '0123456789abcdefg', 'é'])('%p may not be a prefix', (text) => {
    expect(isSecretPrefix(text)).toBe(false)
  })

  test('a secret cannot be printed by accident', () => {
    const secret = mintSecret('lk', systemRandom)
    const seen = [
      String(secret),
      `${secret}`,
      JSON.stringify({ secret }),
      inspect({ deep: { secret } }),
      inspect([secret]),
    ]
    for (const text of seen) {
      expect(text).toContain('[secret]')
      expect(text).not.toContain(secret.reveal().slice(3, 11))
    }
    expect(Object.keys(secret)).toEqual([])
  })

  test('the mask of a text of another form shows only its ends', () => {
    const { mask } = storedSecret(new Secret('sk-or-v1-0123456789abcdef0123456789abcdef'), 0)
    expect(mask).toBe('sk-...def')
  })

  test('the digest is of the whole text, so prefixes tell keys apart', () => {
    const entropy = new Uint8Array(32)
    expect(digestOf(new Secret(mint('lk', entropy)))).not.toBe(digestOf(new Secret(mint('gm', entropy))))
  })
})
