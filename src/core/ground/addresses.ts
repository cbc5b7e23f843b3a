import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Answers whether an address lies in a list. Built once per list, because parsing costs more than matching. */
export type AddressMatcher = (address: string) => boolean

type Block = ReturnType<typeof ipaddr.parseCIDR>

/** True for an IPv4 or IPv6 address, or a CIDR block of either. */
export function isAddressBlock(text: string): boolean {
  return parseBlock(text) !== null
}

/** A matcher for single addresses and CIDR blocks. An IPv4 address inside IPv6 (`::ffff:1.2.3.4`) is its IPv4 self. Texts that are no address never match. */
export function addressMatcher(blocks: readonly string[]): AddressMatcher {
  const parsed = blocks.map(parseBlock).filter((block) => block !== null)
  return (address) => {
    if (isIP(address) === 0) return false
    const candidate = ipaddr.process(address)
    return parsed.some(([range, bits]) => range.kind() === candidate.kind() && candidate.match(range, bits))
  }
}

/** True when every address of the inner list lies in the outer one. */
export function coversAddresses(outer: readonly string[], inner: readonly string[]): boolean {
  const wide = outer.map(parseBlock).filter((block) => block !== null)
  return inner.map(parseBlock).every((block) => {
    if (block === null) return false
    const [range, bits] = block
    return wide.some(([of, width]) => of.kind() === range.kind() && width <= bits && range.match(of, width))
  })
}

function parseBlock(text: string): Block | null {
  const [address = '', bits, ...more] = text.split('/')
  // The library also reads `10.1`, octal and hex; an allow list must not mean anything other than what it seems to say.
  if (isIP(address) === 0 || more.length > 0) return null
  const parsed = ipaddr.parse(address)
  const width = parsed.kind() === 'ipv4' ? 32 : 128
  if (bits === undefined) return unmapped([parsed, width])
  return /^\d{1,3}$/.test(bits) && Number(bits) <= width ? unmapped([parsed, Number(bits)]) : null
}

function unmapped([range, bits]: Block): Block {
  if (range instanceof ipaddr.IPv6 && range.isIPv4MappedAddress() && bits >= 96)
    return [range.toIPv4Address(), bits - 96]
  return [range, bits]
}
