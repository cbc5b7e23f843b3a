package latchkeyhttp

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the addresses whose X-Forwarded-For is believed. Name those of your own load balancers and nothing wider:
// who is among them can claim any address.
type Proxies []netip.Prefix

// ParseProxies reads IP addresses and CIDR blocks, separated by commas, as the server's LATCHKEY_TRUSTED_PROXIES. The empty
// text names none.
func ParseProxies(text string) (Proxies, error) {
	var proxies Proxies
	for _, each := range strings.Split(text, ",") {
		each = strings.TrimSpace(each)
		if each == "" {
			continue
		}
		block, err := netip.ParsePrefix(each)
		if address, isAddress := plainAddress(each); err != nil && isAddress {
			block, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("latchkeyhttp: %q is neither an IP address nor a CIDR block", each)
		}
		proxies = append(proxies, block.Masked())
	}
	return proxies, nil
}

// ClientAddress is the IP address that a request really came from. X-Forwarded-For is believed only when the other end of
// the connection is one of the proxies, and then read from the right: the first address that is none of theirs is the
// client's. It is empty when the connection has no address, such as on a Unix socket.
func (p Proxies) ClientAddress(r *http.Request) string {
	end, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	client := end.Addr().Unmap().WithZone("")
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	slices.Reverse(hops)
	for _, hop := range hops {
		if !p.contains(client) {
			break
		}
		address, isAddress := plainAddress(strings.TrimSpace(hop))
		if !isAddress {
			// It was not written by a proxy we trust; what is left of it may be invented.
			break
		}
		client = address
	}
	return client.String()
}

func (p Proxies) contains(address netip.Addr) bool {
	return slices.ContainsFunc(p, func(block netip.Prefix) bool { return block.Contains(address) })
}

// plainAddress reads an address, also in brackets with a port behind them. IPv4 inside IPv6 is its IPv4 self.
func plainAddress(text string) (netip.Addr, bool) {
	if inner, bracketed := strings.CutPrefix(text, "["); bracketed {
		text, _, _ = strings.Cut(inner, "]")
	}
	address, err := netip.ParseAddr(text)
	return address.Unmap().WithZone(""), err == nil
}
