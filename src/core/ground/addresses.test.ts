import { describe, expect, test } from 'bun:test'
import { isIPv4 } from 'node:net'
import fc from 'fast-check'
import { addressMatcher, isAddressBlock } from './addresses.ts'

describe('address lists', () => {
  test.each([
    ['10.0.0.0/8', '10.1.2.3', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['192.168.1.7', '192.168.1.7', true],
    ['192.168.1.7', '192.168.1.8', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['2001:db8::/32', '2001:db8:1::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['::/0', '10.1.2.3', false],
    ['0.0.0.0/0', '::1', false],
    ['0.0.0.0/0', 'not an address', false],
    ['0.0.0.0/0', '', false],
  ])('%s allows %p: %p', (block, address, allowed) => {
    expect(addressMatcher([block])(address)).toBe(allowed)
  })

  test.each(['10.0.0.0/33', '10.0.0/8', 'x', '', '::/129', '10.0.0.0/-1', '10.0.0.0/8/8', ' 10.0.0.1'])(
    '%p is not a block',
    (text) => {
      expect(isAddressBlock(text)).toBe(false)
    },
  )

  test('a zone is ignored, whatever it contains, and an IPv6 address that ends like IPv4 is one of IPv6', () => {
    for (const zone of ['eth0', 'a.b', 'a:b', '1-2']) {
      expect(isAddressBlock(`fe80::1%${zone}`)).toBe(true)
      expect(addressMatcher(['fe80::/64'])(`fe80::1%${zone}`)).toBe(true)
      expect(addressMatcher([`fe80::1%${zone}`])('fe80::1')).toBe(true)
    }
    expect(addressMatcher(['10.0.0.1'])('::10.0.0.1')).toBe(false)
    expect(addressMatcher(['::a00:1'])('::10.0.0.1')).toBe(true)
  })

  test('IPv4 blocks agree with arithmetic on the 32-bit number', () => {
    const octets = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255))
    fc.assert(
      fc.property(octets, octets, fc.integer({ min: 0, max: 32 }), (range, candidate, bits) => {
        const block = `${range.join('.')}/${bits}`
        const same = bits === 0 || number(range) >>> (32 - bits) === number(candidate) >>> (32 - bits)
        expect(isIPv4(candidate.join('.'))).toBe(true)
        expect(addressMatcher([block])(candidate.join('.'))).toBe(same)
      }),
      { numRuns: 2_000 },
    )
  })
})

function number(octets: readonly number[]): number {
  return octets.reduce((sum, octet) => sum * 256 + octet, 0)
}
