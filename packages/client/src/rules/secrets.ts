import type { Word } from '../words.ts'

const SHAPE = /^[0-9A-Za-z](?:[0-9A-Za-z_]{0,14}[0-9A-Za-z])?_[0-9A-Za-z]{49}$/
const CHECKSUM_CHARS = 6
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/**
 * The form of a text: `valid` has a key's form and the right checksum, `bad_checksum` has the form and cannot be a key, `other` can only
 * be an imported key. It detects typing errors and finds keys in texts; only the server knows whether a key may be used.
 */
export function secretShape(text: string): 'valid' | 'bad_checksum' | 'other' | Word {
  if (!SHAPE.test(text)) return 'other'
  const body = text.slice(0, -CHECKSUM_CHARS)
  return checksumOf(body) === text.slice(-CHECKSUM_CHARS) ? 'valid' : 'bad_checksum'
}

/** CRC-32 (ISO-HDLC, as of gzip) of the text as six digits of base 62. */
function checksumOf(text: string): string {
  let crc = 0xffffffff
  for (let index = 0; index < text.length; index += 1) {
    crc ^= text.charCodeAt(index)
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  let digits = ''
  for (let rest = (crc ^ 0xffffffff) >>> 0; rest > 0; rest = Math.floor(rest / 62))
    digits = DIGITS.charAt(rest % 62) + digits
  return digits.padStart(CHECKSUM_CHARS, '0')
}
