import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { type AddressMatcher, parseAddress } from '../../core/ground/addresses.ts'
import { MAX } from '../../core/ground/bounds.ts'
import { forwardedNodes } from './forwarded.ts'

/** The header in which trusted proxies name the client. The client writes every other header itself, so they prove nothing. */
export type ClientAddressHeader = 'x-forwarded-for' | 'forwarded' | 'x-real-ip'

/** Which proxies are trusted, and which header they write. */
export interface Forwarding {
  header: ClientAddressHeader
  isTrustedProxy: AddressMatcher
}

/**
 * The address that a request really came from. The header counts only when the socket's peer is a trusted proxy. It is read from the
 * right: the first address that is not a trusted proxy's is the client's. Null when the socket has no address, and when a trusted
 * proxy names something that is no address: then the client is unknown, and must not get the proxy's own address.
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

/** How many addresses are kept with their group: each request of a stranger needs it several times. */
const GROUPS_KEPT = 1_024
const groups = new Map<string, string>()

/** The network for which failed authentications are counted: an IPv4 address, or the /64 that an IPv6 customer holds. */
export function addressGroup(address: string | null): string {
  if (address === null) return 'unknown'
  const known = groups.get(address)
  if (known !== undefined) return known
  if (groups.size >= GROUPS_KEPT) groups.clear()
  const group = groupOf(address)
  groups.set(address, group)
  return group
}

function groupOf(address: string): string {
  const parsed = parseAddress(address)
  if (parsed === null) return 'unknown'
  return parsed instanceof ipaddr.IPv6 ? `${parsed.parts.slice(0, 4).join(':')}/64` : parsed.toString()
}

/** How each header names its nodes, from the last hop to the first. */
const NODES: Record<ClientAddressHeader, (value: string) => Iterable<string>> = {
  'x-forwarded-for': listed,
  forwarded: forwardedNodes,
  // A proxy replaces this header. When there are several values, the nearest proxy's is the last.
  'x-real-ip': (value) => listed(value).slice(0, 1),
}

function listed(value: string): string[] {
  const nodes = value.split(',').map((node) => node.trim())
  return nodes.filter((node) => node !== '').reverse()
}

// An address with an optional port (RFC 7239 §6). IPv6 stands in brackets, because otherwise its last group could be a port.
const NODE = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(?:\d{1,5}|_[A-Za-z0-9._-]+))?$/

/** How many peers are kept with their parsed address: gateways are few, and every one of their requests needs it. */
const PEERS_KEPT = 1_024
const peers = new Map<string, string | null>()

/** The address of the socket's peer, as the system writes it, without port and zone. */
function peerAddress(peer: string): string | null {
  const known = peers.get(peer)
  if (known !== undefined) return known
  if (peers.size >= PEERS_KEPT) peers.clear()
  const address = nodeAddress(peer)
  peers.set(peer, address)
  return address
}

/** The plain address in a node, without port, brackets, quotes and zone; null when it holds none. */
function nodeAddress(node: string): string | null {
  const text = node.startsWith('"') && node.endsWith('"') ? node.slice(1, -1) : node
  const whole = parseAddress(text)
  if (whole !== null) return whole.toString()
  const [, v6 = '', v4 = ''] = NODE.exec(text) ?? []
  const inner = isIP(v6) === 6 ? v6 : isIP(v4) === 4 ? v4 : ''
  return parseAddress(inner)?.toString() ?? null
}
