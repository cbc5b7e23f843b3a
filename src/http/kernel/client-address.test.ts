import { describe, expect, test } from 'bun:test'
import { addressMatcher } from '../../core/ground/addresses.ts'
import { addressGroup, clientAddress } from './client-address.ts'

const trusted = addressMatcher(['10.0.0.0/8', '::1'])

describe('the client address', () => {
  test.each([
    ['an untrusted peer is the client, whatever it claims', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['a trusted proxy tells the client', '10.0.0.1', '198.51.100.1', '198.51.100.1'],
    [
      'a chain of trusted proxies is walked from the right',
      '10.0.0.1',
      '198.51.100.1, 10.0.0.3',
      '198.51.100.1',
    ],
    ['what a client put in front is not believed', '10.0.0.1', '1.1.1.1, 198.51.100.1', '198.51.100.1'],
    ['nonsense ends the walk at the last believable hop', '10.0.0.1', 'x, 10.0.0.3', '10.0.0.3'],
    ['only proxies in the chain: the leftmost of them', '10.0.0.1', '10.0.0.2', '10.0.0.2'],
    ['an empty header changes nothing', '10.0.0.1', '', '10.0.0.1'],
    ['IPv4 inside IPv6 is its IPv4 self', '::ffff:10.0.0.1', '::ffff:198.51.100.1', '198.51.100.1'],
    ['IPv6 in brackets', '::1', '[2001:db8::1]:443', '2001:db8::1'],
  ])('%s', (_name, peer, forwardedFor, client) => {
    expect(clientAddress(peer, forwardedFor, trusted)).toBe(client)
  })

  test('without a socket there is none', () => {
    expect(clientAddress(undefined, '198.51.100.1', trusted)).toBeNull()
  })

  test('failures are counted per IPv4 address and per IPv6 /64', () => {
    expect(addressGroup('198.51.100.1')).not.toBe(addressGroup('198.51.100.2'))
    expect(addressGroup('2001:db8:0:1::1')).toBe(addressGroup('2001:db8:0:1:ffff::2'))
    expect(addressGroup('2001:db8:0:1::1')).not.toBe(addressGroup('2001:db8:0:2::1'))
    expect(addressGroup(null)).toBe('unknown')
  })
})
