import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { AddressMatcher } from '../../core/ground/addresses.ts'

/**
 * The address that a request really came from. `X-Forwarded-For` is believed only when the socket's other end is a
 * trusted proxy, and then read from the right: the first address that is not a trusted proxy's is the client's.
 * Null when the socket has none.
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | null,
  isTrustedProxy: AddressMatcher,
): string | null {
  if (peer === undefined) return null
  const direct = plainAddress(peer)
  if (direct === null || forwardedFor === null || !isTrustedProxy(direct)) return direct
  let client = direct
  for (const hop of forwardedFor.split(',').reverse()) {
    const address = plainAddress(hop.trim())
    // A hop that is no address was not written by a proxy we trust; what is left of it may be invented.
    if (address === null) return client
    client = address
    if (!isTrustedProxy(address)) return client
  }
  return client
}

/** The network that failed authentications are counted for: an IPv4 address, or the /64 that one IPv6 customer holds. */
export function addressGroup(address: string | null): string {
  if (address === null || isIP(address) === 0) return 'unknown'
  const parsed = ipaddr.process(address)
  return parsed instanceof ipaddr.IPv6 ? `${parsed.parts.slice(0, 4).join(':')}/64` : parsed.toString()
}

function plainAddress(text: string): string | null {
  const bare = text.startsWith('[') ? text.slice(1, text.indexOf(']')) : text
  return isIP(bare) !== 0 ? ipaddr.process(bare).toString() : null
}
