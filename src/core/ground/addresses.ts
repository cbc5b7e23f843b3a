import { isIP } from 'node:net'
import ipaddr, { type IPv4, type IPv6 } from 'ipaddr.js'

/** Answers whether an address lies in a list. Built once per list, because parsing costs more than matching. */
export type AddressMatcher = (address: string) => boolean

/** The bits with which an address must begin. */
interface Block {
  bytes: readonly number[]
  bits: number
}

/** True for an IPv4 or IPv6 address, or a CIDR block of either. */
export function isAddressBlock(text: string): boolean {
  return parseBlock(text) !== null
}

/** A block in a table: how many bytes its addresses have, how many bits count, and the bytes. */
const ROW = { width: 0, bits: 1, bytes: 2, length: 18 } as const

/**
 * A matcher for single addresses and CIDR blocks. An IPv4 address inside IPv6 (`::ffff:1.2.3.4`) is its IPv4 self. Texts that are no
 * address never match. It is kept for as long as its key is, so all blocks stand in one small table.
 */
export function addressMatcher(blocks: readonly string[]): AddressMatcher {
  const table = tableOf(blocks.map(parseBlock).filter((block) => block !== null))
  return (address) => {
    const bytes = parseAddress(address)?.toByteArray()
    return bytes !== undefined && isIn(table, { bytes, bits: 8 * bytes.length })
  }
}

/** Whether a text is one address of IPv4 or IPv6. */
export function isAddress(text: string): boolean {
  return isIP(text) !== 0
}

/** Parses an address and drops its zone; IPv4 mapped into IPv6 becomes IPv4. Null for any other text. */
export function parseAddress(text: string): IPv4 | IPv6 | null {
  const parsed = parse(text)
  return parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress() ? parsed.toIPv4Address() : parsed
}

/** True when every address of the inner list lies in the outer one. */
export function coversAddresses(outer: readonly string[], inner: readonly string[]): boolean {
  const wide = tableOf(outer.map(parseBlock).filter((block) => block !== null))
  return inner.map(parseBlock).every((block) => block !== null && isIn(wide, block))
}

/** Whether all addresses that begin with these bits lie in a block of the table. */
function isIn(table: Uint8Array, { bytes, bits }: Block): boolean {
  for (let row = 0; row < table.length; row += ROW.length) {
    const [width, counting = 0] = table.subarray(row, row + ROW.bytes)
    if (width === bytes.length && counting <= bits && agree(table, row + ROW.bytes, bytes, counting))
      return true
  }
  return false
}

function tableOf(blocks: readonly Block[]): Uint8Array {
  const table = new Uint8Array(blocks.length * ROW.length)
  for (const [index, { bytes, bits }] of blocks.entries())
    table.set([bytes.length, bits, ...bytes], index * ROW.length)
  return table
}

/** Whether the first bits are the same. */
function agree(table: Uint8Array, from: number, bytes: readonly number[], bits: number): boolean {
  const whole = bits >> 3
  for (let place = 0; place < whole; place += 1) if (table[from + place] !== bytes[place]) return false
  return ((table[from + whole] ?? 0) ^ (bytes[whole] ?? 0)) >> (8 - (bits & 7)) === 0
}

function parseBlock(text: string): Block | null {
  const [address = '', bits, ...more] = text.split('/')
  const parsed = parse(address)
  if (parsed === null || more.length > 0) return null
  const width = parsed.kind() === 'ipv4' ? 32 : 128
  if (bits === undefined) return blockOf(parsed, width)
  return /^\d{1,3}$/.test(bits) && Number(bits) <= width ? blockOf(parsed, Number(bits)) : null
}

function parse(text: string): IPv4 | IPv6 | null {
  // The library also reads `10.1`, octal and hex; an allow list must not mean anything other than what it seems to say.
  if (isIP(text) === 0) return null
  // And it throws for a zone with a dot, and takes `::10.0.0.1`, which is an address of IPv6, for 10.0.0.1.
  const [plain = ''] = text.split('%')
  return ipaddr.parse(plain.replace(/^::(?=\d+\.)/, '0:0:0:0:0:0:'))
}

function blockOf(range: IPv4 | IPv6, bits: number): Block {
  const isMapped = range instanceof ipaddr.IPv6 && range.isIPv4MappedAddress() && bits >= 96
  return isMapped
    ? { bytes: range.toIPv4Address().toByteArray(), bits: bits - 96 }
    : { bytes: range.toByteArray(), bits }
}
