import { type AddressList, formatAddress, parseAddress } from '../rules/addresses.ts'
import type { Word } from '../words.ts'
import { forwardedNodes } from './forwarded.ts'
import { headerOf, type IncomingHeaders } from './headers.ts'

/** The connection and the headers of a request. */
export interface Way {
  /** The address of the connection's other end, such as `request.socket.remoteAddress`. */
  peer: string | undefined
  /** The headers of the request. */
  headers: IncomingHeaders
  /** Your own load balancers, and no others: each of these addresses can claim any client's address. */
  proxies: AddressList
  /** The header in which they name whom they speak for; `x-forwarded-for` unless given. Any other says nothing. */
  header?: 'x-forwarded-for' | 'forwarded' | 'x-real-ip' | Word | undefined
}

// The bound of the server.
const HOPS = 100

/**
 * The IP address of the client, found as the server finds it. The header is trusted only when the other end of the connection is one of
 * the proxies, and is then read from the right: the first address that does not belong to a proxy is the client's. Undefined when the
 * connection has no address, or when a proxy names an invalid one: the client is then unknown, and must not be taken for the proxy.
 */
export function clientAddress({
  peer,
  headers,
  proxies,
  header = 'x-forwarded-for',
}: Way): string | undefined {
  const direct = peer === undefined ? undefined : addressOf(peer)
  const value = headerOf(headers, header)
  if (direct === undefined || value === undefined || !proxies.has(direct)) return direct
  let client: string | undefined = direct
  let hops = 0
  for (const node of nodesOf(header, value)) {
    client = addressOf(node)
    hops += 1
    if (client === undefined || hops > HOPS) return undefined
    if (!proxies.has(client)) return client
  }
  return client
}

/** From the last hop to the first. */
function nodesOf(header: string, value: string): Iterable<string> {
  if (header === 'forwarded') return forwardedNodes(value)
  const nodes = value
    .split(',')
    .map((node) => node.trim())
    .filter((node) => node !== '')
    .reverse()
  // Each proxy overwrites this header; if there are several, the nearest proxy's is the last one.
  return header === 'x-real-ip' ? nodes.slice(0, 1) : nodes
}

// An address with a port: IPv6 in brackets, since nobody could tell a port from its last group without them (RFC 7239).
const NODE = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(?:\d{1,5}|_[A-Za-z0-9._-]+))?$/

function addressOf(node: string): string | undefined {
  const text = /^".*"$/.test(node) ? node.slice(1, -1) : node
  const plain = parseAddress(text)
  if (plain) return formatAddress(plain)
  const [, v6 = '', v4 = ''] = NODE.exec(text) ?? []
  const bytes = v6.includes(':') ? parseAddress(v6) : v4.includes('.') ? parseAddress(v4) : undefined
  return bytes && formatAddress(bytes)
}
