package latchkeyrules

import (
	"hash/crc32"
	"strings"
	"time"

	"latchkey.example/go"
)

// Life is what a key's life depends on.
type Life struct {
	// Disabled tells whether it is switched off.
	Disabled bool `json:"disabled"`
	// RevokedAt is when it ended for good; nil for never.
	RevokedAt *time.Time `json:"revokedAt"`
	// ExpiresAt is from when on it is expired; nil for never.
	ExpiresAt *time.Time `json:"expiresAt"`
	// NotBefore is until when it is not valid yet; nil for no such time.
	NotBefore *time.Time `json:"notBefore"`
	// OwnerDisabled tells whether its owner is switched off, and the key with it.
	OwnerDisabled bool `json:"ownerDisabled"`
}

// StatusAt is what the key is at a moment. Where several hold, the first of revoked, disabled, not yet valid and expired is
// told.
func (l Life) StatusAt(at time.Time) latchkey.KeyStatus {
	switch {
	case l.RevokedAt != nil:
		return latchkey.KeyStatusRevoked
	case l.Disabled || l.OwnerDisabled:
		return latchkey.KeyStatusDisabled
	case l.NotBefore != nil && l.NotBefore.After(at):
		return latchkey.KeyStatusNotYetValid
	case l.ExpiresAt != nil && !l.ExpiresAt.After(at):
		return latchkey.KeyStatusExpired
	}
	return latchkey.KeyStatusActive
}

// SecretShape is what a text looks like.
type SecretShape string

const (
	// ShapeValid has a key's shape and the right checksum.
	ShapeValid SecretShape = "valid"
	// ShapeBadChecksum has the shape and is no key.
	ShapeBadChecksum SecretShape = "bad_checksum"
	// ShapeOther may only be a key that was imported.
	ShapeOther SecretShape = "other"
)

const (
	digits         = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	prefixCharsMax = 16
	randomChars    = 43
	checksumChars  = 6
)

// ShapeOf tells slips of the pen and finds keys in texts; whether a key may be used only the server knows.
func ShapeOf(text string) SecretShape {
	split := len(text) - randomChars - checksumChars - 1
	if split < 1 || split > prefixCharsMax || text[split] != '_' {
		return ShapeOther
	}
	prefix, rest := text[:split], text[split+1:]
	if strings.ContainsFunc(rest, notAlphanumeric) || strings.ContainsFunc(strings.ReplaceAll(prefix, "_", ""), notAlphanumeric) ||
		prefix[0] == '_' || prefix[split-1] == '_' {
		return ShapeOther
	}
	body, checksum := text[:len(text)-checksumChars], text[len(text)-checksumChars:]
	if checksumOf(body) != checksum {
		return ShapeBadChecksum
	}
	return ShapeValid
}

func notAlphanumeric(char rune) bool { return !isAlphanumeric(char) }

// checksumOf is the CRC-32 of a text, as of gzip, as six digits of base 62.
func checksumOf(text string) string {
	var checksum [checksumChars]byte
	rest := crc32.ChecksumIEEE([]byte(text))
	for index := checksumChars - 1; index >= 0; index-- {
		checksum[index] = digits[rest%62]
		rest /= 62
	}
	return string(checksum[:])
}
