import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { addressMatcher } from '../../core/ground/addresses.ts'
import { addressGroup, type ClientAddressHeader, clientAddress } from './client-address.ts'

const isTrustedProxy = addressMatcher(['10.0.0.0/8', '::1', '2001:db8:a::/48'])
const seen = (peer: string | undefined, value: string, header: ClientAddressHeader = 'x-forwarded-for') =>
  clientAddress(peer, new Headers({ [header]: value }), { header, isTrustedProxy })

describe('the client address', () => {
  test.each([
    ['an untrusted peer is the client, whatever it claims', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['a trusted proxy tells the client', '10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['trusted proxies are walked from the right', '10.0.0.1', '198.51.100.1, 10.0.0.3', '198.51.100.1'],
    ['what a client put in front is not believed', '10.0.0.1', '1.1.1.1, 198.51.100.1', '198.51.100.1'],
    ['nonsense in front of the client is not looked at', '10.0.0.1', 'x", 198.51.100.1', '198.51.100.1'],
    ['what a proxy names and is no address is nobody, and not the proxy', '10.0.0.1', 'x, 10.0.0.3', null],
    ['only proxies in the chain: the leftmost of them', '10.0.0.1', '10.0.0.2', '10.0.0.2'],
    ['an empty header changes nothing', '10.0.0.1', ' , ', '10.0.0.1'],
    ['IPv4 inside IPv6 is its IPv4 self', '::ffff:10.0.0.1', '::ffff:198.51.100.1', '198.51.100.1'],
    ['IPv6 in brackets', '::1', '[2001:db8::1]', '2001:db8::1'],
    ['IPv6 with a port', '::1', '[2001:db8::1]:443', '2001:db8::1'],
    ['IPv6 that ends like a port', '::1', '2001:db8::1:443', '2001:db8::1:443'],
    ['IPv4 with a port', '::1', '203.0.113.9:50123', '203.0.113.9'],
    ['quotes', '::1', '"203.0.113.9:50123"', '203.0.113.9'],
    ['a zone', '::1', 'fe80::1%eth0', 'fe80::1'],
    ['a zone with dots', '::1', 'fe80::1%a.b', 'fe80::1'],
    ['IPv6 that ends like IPv4', '::1', '::10.0.0.1', '::a00:1'],
    ['a zone in brackets with a port', '::1', '[fe80::1%eth0]:1', 'fe80::1'],
    ['no IPv4 in brackets', '::1', '[203.0.113.9]', null],
    ['no port without digits', '::1', '203.0.113.9:', null],
    ['no octal', '::1', '203.0.113.09', null],
  ])('%s', (_name, peer, value, client) => {
    expect(seen(peer, value)).toBe(client)
  })

  test.each([
    ['an address', 'for=203.0.113.9;proto=https', '203.0.113.9'],
    [
      'a port, quotes, brackets, letter case and other pairs',
      'by=x; FOR="[2001:DB8::1]:47011" ;host="a,b;c"',
      '2001:db8::1',
    ],
    ['escapes within quotes', 'for="203.0.113\\.9"', '203.0.113.9'],
    ['plain colons and brackets, as some proxies write them', 'for=[2001:db8::1]:80', '2001:db8::1'],
    ['a chain', 'for=203.0.113.9, for=10.0.0.2;by=10.0.0.3,, for="10.0.0.4:1"', '203.0.113.9'],
    ['a node that is not known', 'for=203.0.113.9, for=unknown', null],
    ['a node that hides', 'for=203.0.113.9, for=_SEVKISEK', null],
    ['an obfuscated port', 'for="203.0.113.9:_x.-"', '203.0.113.9'],
    ['an element without a node', 'for=203.0.113.9, proto=https', null],
    ['an open quote of the client', 'for="1.1.1.1, for=203.0.113.9', '203.0.113.9'],
    [
      'a quote that a client opens for the proxy to close',
      'for=1.1.1.1;x=", for="203.0.113.9:1"',
      '203.0.113.9',
    ],
    ['nonsense', '=;', null],
    ['nonsense behind a comma that stands first', ',"', null],
    ['nothing but commas and quotes', ',,","",",', null],
  ])('Forwarded: %s', (_name, value, client) => {
    expect(seen('10.0.0.1', value, 'forwarded')).toBe(client)
  })

  test.each([
    ['203.0.113.9', '203.0.113.9'],
    ['203.0.113.9:1', '203.0.113.9'],
    ['10.0.0.7', '10.0.0.7'],
    ['1.1.1.1, 203.0.113.9', '203.0.113.9'],
    ['unknown', null],
    ['', '10.0.0.1'],
  ])('X-Real-IP: %p', (value, client) => {
    expect(seen('10.0.0.1', value, 'x-real-ip')).toBe(client)
  })

  test('only the configured header is read', () => {
    const value = 'for=198.51.100.1'
    const headers = new Headers({ 'x-forwarded-for': '1.1.1.1', 'x-real-ip': '2.2.2.2', forwarded: value })
    const at = (header: ClientAddressHeader) => clientAddress('10.0.0.1', headers, { header, isTrustedProxy })
    expect([at('x-forwarded-for'), at('x-real-ip'), at('forwarded')]).toEqual([
      '1.1.1.1',
      '2.2.2.2',
      '198.51.100.1',
    ])
    expect(
      clientAddress('10.0.0.1', new Headers({ forwarded: value }), { header: 'x-real-ip', isTrustedProxy }),
    ).toBe('10.0.0.1')
  })

  test('without a socket there is none', () => {
    expect(seen(undefined, '198.51.100.1')).toBeNull()
  })

  test('failures are counted per IPv4 address and per IPv6 /64', () => {
    expect(addressGroup('198.51.100.1')).not.toBe(addressGroup('198.51.100.2'))
    expect(addressGroup('2001:db8:0:1::1')).toBe(addressGroup('2001:db8:0:1:ffff::2'))
    expect(addressGroup('2001:db8:0:1::1')).not.toBe(addressGroup('2001:db8:0:2::1'))
    expect(addressGroup(null)).toBe('unknown')
  })
})

/** One hop that a proxy may write, and its meaning: an address, or null for none. */
interface Hop {
  node: string
  address: string | null
}

const port = fc.oneof(
  fc.integer({ min: 0, max: 65_535 }).map(String),
  fc.stringMatching(/^_[A-Za-z0-9._-]{1,5}$/),
)
const v4 = fc.oneof(fc.ipV4(), fc.constantFrom('10.1.2.3', '10.0.0.9'))
const v6 = fc.oneof(
  fc.ipV6(),
  fc.constantFrom('::1', '2001:db8:a::5', '::ffff:10.0.0.1', '::FFFF:203.0.113.7'),
)
const zone = fc.constantFrom('', '', '%eth0', '%3')
// The library takes `::10.0.0.1`, which is an IPv6 address, for 10.0.0.1.
const plain = (address: string) => ipaddr.process(address.replace(/^::(?=\d+\.)/, '0:0:0:0:0:0:')).toString()
const hop: fc.Arbitrary<Hop> = fc.oneof(
  { weight: 3, arbitrary: v4.map((address) => ({ node: address, address })) },
  {
    weight: 3,
    arbitrary: fc.tuple(v4, port).map(([address, at]) => ({ node: `${address}:${at}`, address })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(v6, zone)
      .map(([address, at]) => ({ node: `[${address}${at}]`, address: plain(address) })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(v6, zone, port)
      .map(([address, where, at]) => ({ node: `[${address}${where}]:${at}`, address: plain(address) })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('unknown', '_hidden', 'x y', '1.2.3', '300.1.1.1')
      .map((node) => ({ node, address: null })),
  },
)
const bareV6: fc.Arbitrary<Hop> = v6.map((address) => ({ node: address, address: plain(address) }))
const space = fc.constantFrom('', ' ', '  ', '\t')
const quoted = (text: string) => `"${text.replaceAll(/[\\"]/g, '\\$&')}"`

/** One hop as each header writes it. */
const written: Record<'x-forwarded-for' | 'forwarded', fc.Arbitrary<Hop>> = {
  'x-forwarded-for': fc
    .tuple(fc.oneof(hop, bareV6), space, space, fc.boolean())
    .map(([{ node, address }, before, after, quotes]) => ({
      node: before + (quotes ? `"${node}"` : node) + after,
      address,
    })),
  forwarded: fc
    .tuple(
      hop,
      fc.constantFrom('for', 'For', 'FOR'),
      fc.array(
        fc.constantFrom('proto=https', 'by=_x', 'host="a, for=1.1.1.1"', 'ext="\\", for=1.1.1.1;\\\\"'),
        { maxLength: 3 },
      ),
      space,
      fc.nat(3),
    )
    .map(([{ node, address }, name, pairs, gap, place]) => {
      const all = [...pairs.slice(0, place), `${name}=${quoted(node)}`, ...pairs.slice(place)]
      return { node: gap + all.join(`${gap};${gap}`) + gap, address }
    }),
}

/** Text that a client may put before the proxies' hops: anything that a header can hold. */
const junk = fc.oneof(
  fc.constantFrom('', 'for="', '"', 'for=1.1.1.1;x="', '\\"', ',,,', '1.1.1.1'),
  fc.stringMatching(/^[\x20-\x7e]{0,40}$/),
)

describe.each(['x-forwarded-for', 'forwarded'] as const)('%s, whatever its hops look like', (header) => {
  test('names the nearest hop that is not a trusted proxy, null when a hop is invalid, and never a hop in front of it', () => {
    const ends = { client: 0, nobody: 0, proxies: 0 }
    fc.assert(
      fc.property(
        fc.array(written[header], { minLength: 1, maxLength: 6 }),
        // Ours is a hop between the client's text and the proxies' hops; the search ends there at the latest.
        written[header].filter(({ address }) => address !== null && !isTrustedProxy(address)),
        junk,
        (hops, last, front) => {
          const chain = [last, ...hops]
          const value = `${front},${chain.map(({ node }) => node).join(',')}`
          const end = chain.findLast(({ address }) => address === null || !isTrustedProxy(address))
          expect(seen('10.0.0.1', value, header)).toBe(end?.address ?? null)
          ends[end?.address === null ? 'nobody' : end === last ? 'proxies' : 'client'] += 1
        },
      ),
      { numRuns: 3_000 },
    )
    process.stdout.write(`${header}: ${JSON.stringify(ends)}\n`)
    expect(Math.min(...Object.values(ends))).toBeGreaterThan(20)
  })

  test('is read in time bounded by its length, and at most 100 hops', () => {
    const slow: string[] = []
    const pieces = ['10.0.0.1,', 'for=10.0.0.1,', ',', 'a="', '\\', 'for="', 'a=b;', '[', 'x, ', '";,', '"a,']
    for (const piece of pieces) {
      const value = piece.repeat(16_384 / piece.length)
      // Other programs lengthen single measurements, never shorten them.
      const tookMs = Array.from({ length: 5 }, () => {
        const startedAt = performance.now()
        seen('10.0.0.1', value, header)
        return performance.now() - startedAt
      })
      if (Math.min(...tookMs) > 10) slow.push(piece)
    }
    expect(slow).toEqual([])
    const hop = header === 'forwarded' ? 'for=10.0.0.1,' : '10.0.0.1,'
    expect(seen('10.0.0.1', hop.repeat(100), header)).toBe('10.0.0.1')
    expect(seen('10.0.0.1', hop.repeat(101), header)).toBeNull()
    expect(seen('10.0.0.1', `${hop.repeat(500)}${hop.replace('10.0.0.1', '1.1.1.1')}`, header)).toBe(
      '1.1.1.1',
    )
  })
})
