/** An address as its bytes: four, or sixteen. */
export type AddressBytes = readonly number[]

/**
 * Reads an IP address; undefined for anything else, octal and shortened forms included. IPv4 inside IPv6 (`::ffff:1.2.3.4`) is its
 * IPv4 self, and a zone (`fe80::1%eth0`) is of no concern.
 */
export function parseAddress(text: string): AddressBytes | undefined {
  if (!text.includes(':')) return parseV4(text)
  const bytes = parseV6(text)
  return bytes && isMapped(bytes) ? bytes.slice(12) : bytes
}

/** An address in its one form: of IPv6 the shortest, in lower case (RFC 5952). */
export function formatAddress(bytes: AddressBytes): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16),
  )
  const text = groups.join(':')
  // The first of the longest runs of zeros, of two at least.
  const runs = [...text.matchAll(/(?:^|:)(0(?::0)+)(?=:|$)/g)].map(([run, zeros = ''], order) => ({
    run,
    zeros,
    order,
  }))
  const [longest] = runs.sort((a, b) => b.zeros.length - a.zeros.length || a.order - b.order)
  if (!longest) return text
  const at = text.search(new RegExp(`(?:^|:)${longest.zeros}(?=:|$)`))
  const before = text.slice(0, at)
  const after = text.slice(at + longest.run.length).replace(/^:/, '')
  return `${before}::${after}`
}

/** Single addresses and CIDR blocks, such as a key's `allowedIps` or your own load balancers. */
export interface AddressList {
  /** Whether an address is in one of them; false for a text that is not an address. */
  has(address: string): boolean
}

/** A list of them. Throws a TypeError that names what is neither. */
export function addressList(blocks: readonly string[]): AddressList {
  const parsed = blocks.map((text) => {
    const block = parseBlock(text)
    if (!block) throw new TypeError(`"${text}" is neither an IP address nor a CIDR block.`)
    return block
  })
  return {
    has(address) {
      const bytes = parseAddress(address)
      return bytes !== undefined && parsed.some((block) => isIn(block, bytes))
    },
  }
}

/** Whether a text is an address or a CIDR block. */
export function isAddressBlock(text: string): boolean {
  return parseBlock(text) !== undefined
}

interface Block {
  bytes: AddressBytes
  bits: number
}

function parseBlock(text: string): Block | undefined {
  const [address = '', bits, ...more] = text.split('/')
  const whole = address.includes(':') ? parseV6(address) : parseV4(address)
  if (!whole || more.length > 0) return undefined
  const width = 8 * whole.length
  if (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= width)) return undefined
  const count = bits === undefined ? width : Number(bits)
  return isMapped(whole) && count >= 96
    ? { bytes: whole.slice(12), bits: count - 96 }
    : { bytes: whole, bits: count }
}

function isIn({ bytes, bits }: Block, address: AddressBytes): boolean {
  if (bytes.length !== address.length) return false
  for (let bit = 0; bit < bits; bit += 8) {
    const differing = (bytes[bit >> 3] ?? 0) ^ (address[bit >> 3] ?? 0)
    if (differing >> Math.max(0, 8 - (bits - bit)) !== 0) return false
  }
  return true
}

function parseV4(text: string): number[] | undefined {
  const bytes = text.split('.')
  const isOne =
    bytes.length === 4 && bytes.every((byte) => /^(0|[1-9]\d{0,2})$/.test(byte) && Number(byte) < 256)
  return isOne ? bytes.map(Number) : undefined
}

function parseV6(text: string): number[] | undefined {
  const [address = '', zone, ...more] = text.split('%')
  if (more.length > 0 || (zone !== undefined && !/^[0-9A-Za-z.:-]+$/.test(zone))) return undefined
  const halves = address.split('::')
  if (halves.length > 2) return undefined
  const parts = halves.map((half, index) => bytesOf(half, index === halves.length - 1))
  const [left, right] = parts
  if (!left || (halves.length === 2 && !right)) return undefined
  if (!right) return left.length === 16 ? left : undefined
  const missing = 16 - left.length - right.length
  // The two colons stand for one group at least.
  return missing < 2 ? undefined : [...left, ...new Array<number>(missing).fill(0), ...right]
}

/** The bytes of groups between colons, of which the last may be an IPv4 address. */
function bytesOf(half: string, mayEndInV4: boolean): number[] | undefined {
  if (half === '') return []
  const groups = half.split(':')
  const bytes: number[] = []
  for (const [index, group] of groups.entries()) {
    const v4 = mayEndInV4 && index === groups.length - 1 ? parseV4(group) : undefined
    if (!v4 && !/^[0-9A-Fa-f]{1,4}$/.test(group)) return undefined
    const value = Number.parseInt(group, 16)
    bytes.push(...(v4 ?? [value >> 8, value & 255]))
  }
  return bytes
}

function isMapped(bytes: AddressBytes): boolean {
  return (
    bytes.length === 16 &&
    bytes.slice(0, 10).every((byte) => byte === 0) &&
    bytes[10] === 255 &&
    bytes[11] === 255
  )
}
