import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { type AddressMatcher, parseAddress } from '../../core/ground/addresses.ts'
import { MAX } from '../../core/ground/bounds.ts'
import { forwardedNodes } from './forwarded.ts'

/** The header in which trusted proxies name whom they speak for. Any other is the client's own and says nothing. */
export type ClientAddressHeader = 'x-forwarded-for' | 'forwarded' | 'x-real-ip'

/** Which proxies are believed, and where they write. */
export interface Forwarding {
  header: ClientAddressHeader
  isTrustedProxy: AddressMatcher
}

/**
 * The address that a request really came from. The header is believed only when the socket's other end is a trusted
 * proxy, and then read from the right: the first address that is not a trusted proxy's is the client's. Null when the socket
 * has none, and when a trusted proxy names something that is no address: the client is then not known, and must not
 * pass for the proxy.
 */
export function clientAddress(
  peer: string | undefined,
  headers: Headers,
  { header, isTrustedProxy }: Forwarding,
): string | null {
  const direct = peer === undefined ? null : peerAddress(peer)
  const value = headers.get(header)
  if (direct === null || value === null || !isTrustedProxy(direct)) return direct
  let client = direct
  let hops = 0
  for (const node of NODES[header](value)) {
    const address = nodeAddress(node)
    hops += 1
    if (address === null || hops > MAX.forwardedHops) return null
    client = address
    if (!isTrustedProxy(address)) return client
  }
  return client
}

/** The network that failed authentications are counted for: an IPv4 address, or the /64 that one IPv6 customer holds. */
export function addressGroup(address: string | null): string {
  const parsed = address === null ? null : parseAddress(address)
  if (parsed === null) return 'unknown'
  return parsed instanceof ipaddr.IPv6 ? `${parsed.parts.slice(0, 4).join(':')}/64` : parsed.toString()
}

/** The nodes that a header names, from the last hop to the first. */
const NODES: Record<ClientAddressHeader, (value: string) => Iterable<string>> = {
  'x-forwarded-for': listed,
  forwarded: forwardedNodes,
  // Overwritten by whoever sets it; of several the nearest proxy's stands last.
  'x-real-ip': (value) => listed(value).slice(0, 1),
}

function listed(value: string): string[] {
  const nodes = value.split(',').map((node) => node.trim())
  return nodes.filter((node) => node !== '').reverse()
}

// An address with a port (RFC 7239 §6): IPv6 in brackets, since nobody could tell a port from its last group without them.
const NODE = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(?:\d{1,5}|_[A-Za-z0-9._-]+))?$/

/** How many connections' ends are remembered as they were read: gateways are few, and each of their requests asks. */
const PEERS_KEPT = 1_024
const peers = new Map<string, string | null>()

/** The same of the other end of a connection, which the system has written. */
function peerAddress(peer: string): string | null {
  const known = peers.get(peer)
  if (known !== undefined) return known
  if (peers.size >= PEERS_KEPT) peers.clear()
  const address = nodeAddress(peer)
  peers.set(peer, address)
  return address
}

/** The plain address that a node names, without port, brackets, quotes and zone; null for anything else. */
function nodeAddress(node: string): string | null {
  const text = node.startsWith('"') && node.endsWith('"') ? node.slice(1, -1) : node
  const whole = parseAddress(text)
  if (whole !== null) return whole.toString()
  const [, v6 = '', v4 = ''] = NODE.exec(text) ?? []
  const inner = isIP(v6) === 6 ? v6 : isIP(v4) === 4 ? v4 : ''
  return parseAddress(inner)?.toString() ?? null
}
