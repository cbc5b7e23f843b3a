package latchkeyhttp

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"latchkey.example/go/latchkeyrules"
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
		block, isBlock := latchkeyrules.ParseBlock(each)
		if !isBlock {
			return nil, fmt.Errorf("latchkeyhttp: %q is neither an IP address nor a CIDR block", each)
		}
		proxies = append(proxies, block)
	}
	return proxies, nil
}

// The most hops that are walked, as on the server.
const hopsMax = 100

// ClientAddress is the IP address that a request really came from. X-Forwarded-For is believed only when the other end of
// the connection is one of the proxies, and then read from the right: the first address that is none of theirs is the
// client's. It is empty when the connection has no address, such as on a Unix socket, and when a proxy names something that
// is no address: then the client is unknown, and must not get the proxy's address.
func (p Proxies) ClientAddress(r *http.Request) string {
	end, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	client := end.Addr().Unmap().WithZone("")
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	slices.Reverse(hops)
	walked := 0
	for _, hop := range hops {
		if hop = strings.TrimSpace(hop); hop == "" {
			continue
		}
		if !p.contains(client) {
			break
		}
		address, isAddress := nodeAddress(hop)
		if walked++; !isAddress || walked > hopsMax {
			return ""
		}
		client = address
	}
	return client.String()
}

func (p Proxies) contains(address netip.Addr) bool {
	return slices.ContainsFunc(p, func(block netip.Prefix) bool { return block.Contains(address) })
}

// nodeAddress reads the address of a hop, which may be quoted and may have a port; of IPv6 only in brackets, since nobody
// could tell a port from its last group without them.
func nodeAddress(text string) (netip.Addr, bool) {
	if len(text) > 1 && text[0] == '"' && text[len(text)-1] == '"' {
		text = text[1 : len(text)-1]
	}
	if address, isAddress := latchkeyrules.ParseAddress(text); isAddress {
		return address, true
	}
	host, port := text, ""
	if inner, bracketed := strings.CutPrefix(text, "["); bracketed {
		rest := ""
		if host, rest, bracketed = strings.Cut(inner, "]"); !bracketed || !strings.Contains(host, ":") {
			return netip.Addr{}, false
		}
		if rest == "" {
			return latchkeyrules.ParseAddress(host)
		}
		if port, bracketed = strings.CutPrefix(rest, ":"); !bracketed {
			return netip.Addr{}, false
		}
	} else if host, port, bracketed = strings.Cut(text, ":"); !bracketed || strings.Contains(port, ":") {
		return netip.Addr{}, false
	}
	if !isPort(port) {
		return netip.Addr{}, false
	}
	return latchkeyrules.ParseAddress(host)
}

// isPort also takes the name that a proxy has for one (RFC 7239).
func isPort(text string) bool {
	if name, isName := strings.CutPrefix(text, "_"); isName {
		return name != "" && !strings.ContainsFunc(name, notName)
	}
	return text != "" && len(text) <= 5 && !strings.ContainsFunc(text, notDigit)
}

func notName(char rune) bool {
	return notDigit(char) && (char < 'A' || char > 'Z') && (char < 'a' || char > 'z') && !strings.ContainsRune("._-", char)
}

func notDigit(char rune) bool { return char < '0' || char > '9' }
