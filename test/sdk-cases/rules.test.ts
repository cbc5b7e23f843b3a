import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { clientAddress, keyFrom } from '../../packages/client/src/incoming/index.ts'
import * as rules from '../../packages/client/src/rules/index.ts'
import { addressMatcher, isAddressBlock } from '../../src/core/ground/addresses.ts'
import { Fault } from '../../src/core/ground/faults.ts'
import { heldPermissions, meetsExpression, parseExpression } from '../../src/core/ground/permissions.ts'
import { mintSecret, parseSecretShape } from '../../src/core/ground/secret.ts'
import { keyStatus } from '../../src/core/keys/life.ts'
import { LIMIT_WINDOWS, type LimitWindow, windowEnd, windowStart } from '../../src/core/money/windows.ts'
import { clientAddress as serversClient } from '../../src/http/kernel/client-address.ts'
import { readCredential } from '../../src/http/kernel/credentials.ts'
import { RequestFault } from '../../src/http/kernel/request-faults.ts'

// The rules that clients contain, too. The rows are for every SDK; here they are checked against the server, and the TypeScript client
// is compared with the server over random input.

interface Rows {
  proxies: string[]
  permissions: { demand: string; held: string[]; met: boolean }[]
  notPermissions: string[]
  addresses: { blocks: string[]; address: string; inside: boolean }[]
  blocks: { block: string; valid: boolean }[]
  life: { key: rules.KeyLife; at: number; status: string }[]
  windows: { window: LimitWindow; at: string; start: string; end: string | null }[]
  secrets: { text: string; shape: string }[]
  credentials: { headers: [string, string][]; key?: string; fault?: string }[]
  clients: { peer: string | null; forwardedFor: string | null; client: string | null }[]
}

const rows = (JSON.parse(readFileSync(join(import.meta.dir, '../sdk-cases.json'), 'utf8')) as { rules: Rows })
  .rules

/** The decision of one side about a row, in the form of the rows. */
interface Side {
  met(demand: string, held: string[]): boolean | 'malformed'
  inside(blocks: string[], address: string): boolean
  valid(block: string): boolean
  status(key: rules.KeyLife, at: number): string
  window(window: LimitWindow, at: number): [number, number | null]
  shape(text: string): string
  key(headers: Headers): string
  client(peer: string | undefined, headers: Headers): string | null
}

const header = 'x-forwarded-for'
const isTrustedProxy = addressMatcher(rows.proxies)
const proxies = rules.addressList(rows.proxies)
const ms = (time: unknown) => (typeof time === 'string' ? Date.parse(time) : null)

const SERVER: Side = {
  met(demand, held) {
    try {
      return meetsExpression(heldPermissions(held), parseExpression(demand))
    } catch (error) {
      if (error instanceof Fault) return 'malformed'
      throw error
    }
  },
  inside: (blocks, address) => addressMatcher(blocks)(address),
  valid: isAddressBlock,
  status: (key, at) =>
    keyStatus(
      {
        key: {
          revokedAt: ms(key.revokedAt),
          disabled: key.disabled ?? false,
          expiresAt: ms(key.expiresAt),
          notBefore: ms(key.notBefore),
        },
        owner: { disabled: key.ownerDisabled ?? false },
      },
      at,
    ),
  window: (window, at) => [windowStart(window, at), windowEnd(window, at)],
  shape: parseSecretShape,
  key(headers) {
    try {
      return readCredential(headers)?.reveal() ?? '(credential_missing)'
    } catch (error) {
      if (error instanceof Fault || error instanceof RequestFault) return `(${error.code})`
      throw error
    }
  },
  client: (peer, headers) => serversClient(peer, headers, { header, isTrustedProxy }),
}

const CLIENT: Side = {
  met(demand, held) {
    try {
      return rules.meetsPermissions(held, demand)
    } catch (error) {
      if (error instanceof SyntaxError) return 'malformed'
      throw error
    }
  },
  inside: (blocks, address) => rules.addressList(blocks).has(address),
  valid: rules.isAddressBlock,
  status: rules.keyStatus,
  window(window, at) {
    const { start, end } = rules.windowAt(window, at)
    return [start, end ?? null]
  },
  shape: rules.secretShape,
  key(headers) {
    const read = keyFrom(headers)
    return read.key ?? `(${read.fault})`
  },
  client: (peer, headers) => clientAddress({ peer, headers, proxies }) ?? null,
}

describe.each([
  ['the server', SERVER],
  ['the TypeScript client', CLIENT],
])('by the rows that all SDKs share, %s', (_, side) => {
  const all = <Row>(rows: Row[], decided: (row: Row) => unknown, expected: (row: Row) => unknown) => {
    expect(rows.length).toBeGreaterThan(9)
    expect(rows.map((row) => [row, decided(row)])).toEqual(rows.map((row) => [row, expected(row)]))
  }

  test('reads permission expressions, and refuses invalid ones', () => {
    all(
      rows.permissions,
      ({ demand, held }) => side.met(demand, held),
      ({ met }) => met,
    )
    all(
      rows.notPermissions,
      (demand) => side.met(demand, ['a']),
      () => 'malformed',
    )
  })

  test('finds addresses in lists, and refuses invalid blocks', () => {
    all(
      rows.addresses,
      ({ blocks, address }) => side.inside(blocks, address),
      ({ inside }) => inside,
    )
    all(
      rows.blocks,
      ({ block }) => side.valid(block),
      ({ valid }) => valid,
    )
  })

  test('finds the status of a key at an instant', () => {
    all(
      rows.life,
      ({ key, at }) => side.status(key, at),
      ({ status }) => status,
    )
  })

  test('finds the window of an instant', () => {
    all(
      rows.windows,
      ({ window, at }) => side.window(window, Date.parse(at)),
      ({ start, end }) => [Date.parse(start), ms(end)],
    )
  })

  test('recognises a key by its checksum', () => {
    all(
      rows.secrets,
      ({ text }) => side.shape(text),
      ({ shape }) => shape,
    )
  })

  test('reads the key of a request', () => {
    all(
      rows.credentials,
      ({ headers }) => side.key(new Headers(headers)),
      ({ key, fault }) => key ?? `(${fault})`,
    )
  })

  test('finds the client behind proxies', () => {
    all(
      rows.clients,
      ({ peer, forwardedFor }) =>
        side.client(peer ?? undefined, new Headers(forwardedFor === null ? [] : [[header, forwardedFor]])),
      ({ client }) => client,
    )
  })
})

describe('over random input the TypeScript client decides like the server', () => {
  const numRuns = 3_000
  const seen = new Map<string, number>()
  const alike = <T>(name: string, decide: (side: Side) => T) => {
    const expected = decide(SERVER)
    const told = `${name} ${kindOf(expected)}`
    seen.set(told, (seen.get(told) ?? 0) + 1)
    expect(decide(CLIENT)).toEqual(expected)
  }
  const oneOf = (...texts: string[]) => fc.constantFrom(...texts)
  const text = (part: fc.Arbitrary<string>, maxLength: number) =>
    fc.array(part, { maxLength }).map((parts) => parts.join(''))

  test('about permissions', () => {
    const word = oneOf('a', 'a.b', 'a.b.c', 'and', 'or', 'not', 'NOT', '(', ')', '*', 'a.*', ' ')
    const name = fc.tuple(oneOf('', 'not ', 'NOT not '), oneOf('a', 'b', 'a.b', 'a.b.c', '(a or b)'))
    const sound = fc
      .tuple(name, fc.array(fc.tuple(oneOf(' and ', ' or '), name), { maxLength: 3 }))
      .map((parts) => parts.flat(3).join(''))
    const demand = fc.oneof(
      sound,
      fc.array(word, { maxLength: 7 }).map((words) => words.join(' ')),
    )
    const pattern = oneOf('a', 'a.*', '*', '*.b', 'a.*.c', 'a.b', 'b')
    fc.assert(
      fc.property(demand, fc.array(pattern, { maxLength: 3 }), (asked, held) =>
        alike('permissions', (side) => side.met(asked, held)),
      ),
      { numRuns },
    )
    for (const each of ['true', 'false', 'malformed'])
      expect(seen.get(`permissions ${each}`)).toBeGreaterThan(50)
  })

  const v4 = fc.oneof(fc.ipV4(), text(oneOf('1', '0', '255', '.', '256', '10.0.0.'), 7))
  const v6 = fc.oneof(fc.ipV6(), text(oneOf(':', '::', '0', 'a', 'ffff', '2001:db8:', '1.2.3.4', '%e'), 9))
  const address = fc.oneof(
    v4,
    v6,
    fc.ipV4().map((each) => `::ffff:${each}`),
  )

  test('about addresses', () => {
    const block = fc.tuple(
      address,
      oneOf('', '/0', '/8', '/31', '/32', '/33', '/64', '/97', '/128', '/129', '/x'),
    )
    fc.assert(
      fc.property(fc.array(block, { maxLength: 2 }), address, (blocks, each) => {
        const texts = blocks.map((parts) => parts.join(''))
        for (const one of texts) alike('block', (side) => side.valid(one))
        const valid = texts.filter(isAddressBlock)
        alike('inside', (side) => side.inside(valid, each))
      }),
      { numRuns },
    )
    for (const each of ['block true', 'block false', 'inside true', 'inside false'])
      expect(seen.get(each)).toBeGreaterThan(50)
  })

  test('about clients behind proxies', () => {
    const hop = fc.oneof(
      address,
      oneOf('10.0.0.2', '::1', '[::1]:1', '10.1.1.1:80', '"10.0.0.3"', 'unknown', ''),
    )
    fc.assert(
      fc.property(hop, fc.array(hop, { maxLength: 4 }), (peer, hops) =>
        alike('client', (side) => side.client(peer, headersOf(header, hops.join(', ')))),
      ),
      { numRuns },
    )
    expect(seen.get('client none')).toBeGreaterThan(50)
  })

  test('about Forwarded', () => {
    const part = oneOf(
      'for=',
      'for="',
      '"',
      ',',
      ';',
      ' ',
      '10.0.0.2',
      '198.51.100.1',
      '[::1]:1',
      '\\',
      'by=x',
      '=',
      'FOR=_x',
    )
    const forwarded = 'forwarded'
    fc.assert(
      fc.property(text(part, 12), (value) => {
        const headers = headersOf(forwarded, value)
        const expected = serversClient('10.0.0.1', headers, { header: forwarded, isTrustedProxy })
        expect(clientAddress({ peer: '10.0.0.1', headers, proxies, header: forwarded }) ?? null).toBe(
          expected,
        )
      }),
      { numRuns },
    )
  })

  test('about the key of a request', () => {
    const part = oneOf('Bearer ', 'bearer', 'Basic x', ', ', ' ', '"', '\\', 'lk_1', 'lk_2', '=', '\t')
    fc.assert(
      fc.property(text(part, 9), text(oneOf('lk_1', 'lk_2', ', ', ' ', 'é'), 4), (authorization, own) =>
        alike('key', (side) =>
          side.key(
            new Headers([
              ['authorization', authorization],
              ['x-api-key', own],
            ]),
          ),
        ),
      ),
      { numRuns },
    )
    for (const each of ['found', '(credential_missing)', '(credential_conflict)', '(credential_invalid)'])
      expect(seen.get(`key ${each}`)).toBeGreaterThan(50)
  })

  test('about windows, lives and checksums', () => {
    const at = fc.integer({ min: -62_000_000_000_000, max: 8_000_000_000_000 })
    const time = fc.option(fc.constantFrom('2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'), {
      nil: null,
    })
    const key = fc.record({
      disabled: fc.constantFrom(false, false, false, true),
      ownerDisabled: fc.constantFrom(undefined, false, false, true),
      revokedAt: fc.constantFrom(null, null, null, '2026-01-01T00:00:00.000Z'),
      expiresAt: time,
      notBefore: time,
    })
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 })
    fc.assert(
      fc.property(at, key, bytes, oneOf('lk', 'my_app', 'A'), (moment, life, random, prefix) => {
        for (const window of LIMIT_WINDOWS) alike('window', (side) => side.window(window, moment))
        for (const now of [
          '2025-12-31T23:59:59.999Z',
          '2026-01-01T00:00:00.000Z',
          '2026-01-03T00:00:00.000Z',
        ])
          alike('life', (side) => side.status(life, Date.parse(now)))
        const secret = mintSecret(prefix, () => random).reveal()
        alike('shape', (side) => side.shape(secret))
        alike('shape', (side) => side.shape(secret.replace(/.$/, (last) => (last === '0' ? '1' : '0'))))
      }),
      { numRuns: 500 },
    )
    console.log(`decided alike: ${JSON.stringify(Object.fromEntries(seen))}`)
    for (const each of ['shape valid', 'shape bad_checksum', 'life active', 'life revoked', 'life disabled'])
      expect(seen.get(each)).toBeGreaterThan(50)
  })
})

function headersOf(name: string, value: string): Headers {
  return new Headers([[name, value]])
}

/** A decision in the form of its kind: a word, whether something was found, or a period of time. */
function kindOf(decision: unknown): string {
  if (decision === null) return 'none'
  if (typeof decision === 'object') return 'stretch'
  const text = String(decision)
  return /^(true|false|malformed|valid|bad_checksum|other|active|revoked|disabled|expired|not_yet_valid|\(\w+\))$/.test(
    text,
  )
    ? text
    : 'found'
}
