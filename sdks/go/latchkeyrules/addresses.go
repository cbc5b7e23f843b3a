package latchkeyrules

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Addresses are single addresses and CIDR blocks, such as a key's allowedIps.
type Addresses []netip.Prefix

// ParseAddresses reads them. The error names what is neither an address nor a block.
func ParseAddresses(texts []string) (Addresses, error) {
	var addresses Addresses
	for _, text := range texts {
		block, isBlock := ParseBlock(text)
		if !isBlock {
			return nil, fmt.Errorf("latchkeyrules: %q is neither an IP address nor a CIDR block", text)
		}
		addresses = append(addresses, block)
	}
	return addresses, nil
}

// Contain tells whether an address lies in one of them; never for a text that is none.
func (a Addresses) Contain(text string) bool {
	address, isAddress := ParseAddress(text)
	return isAddress && slices.ContainsFunc(a, func(block netip.Prefix) bool { return block.Contains(address) })
}

// ParseAddress reads an IP address. IPv4 inside IPv6 (::ffff:1.2.3.4) is its IPv4 self, and a zone (fe80::1%eth0) is of no
// concern.
func ParseAddress(text string) (netip.Addr, bool) {
	address, isAddress := parse(text)
	return address.Unmap(), isAddress
}

// ParseBlock reads an address or a CIDR block.
func ParseBlock(text string) (netip.Prefix, bool) {
	host, length, isBlock := strings.Cut(text, "/")
	address, isAddress := parse(host)
	if !isAddress {
		return netip.Prefix{}, false
	}
	bits := address.BitLen()
	if isBlock {
		count, err := strconv.Atoi(length)
		if err != nil || len(length) > 3 || strings.ContainsAny(length, "+-") || count > bits {
			return netip.Prefix{}, false
		}
		bits = count
	}
	if address.Is4In6() && bits >= 96 {
		address, bits = address.Unmap(), bits-96
	}
	return netip.PrefixFrom(address, bits).Masked(), true
}

func parse(text string) (netip.Addr, bool) {
	address, err := netip.ParseAddr(text)
	if err != nil || strings.ContainsFunc(address.Zone(), notZone) {
		return netip.Addr{}, false
	}
	return address.WithZone(""), true
}

func notZone(char rune) bool { return !isAlphanumeric(char) && !strings.ContainsRune(".:-", char) }

func isAlphanumeric(char rune) bool {
	return (char >= '0' && char <= '9') || (char >= 'A' && char <= 'Z') || (char >= 'a' && char <= 'z')
}
