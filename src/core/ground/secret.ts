import { hash } from 'node:crypto'
import { inspect } from 'node:util'
import { crc32 } from 'node:zlib'
import type { Digest, StoredSecret } from '../types.ts'
import { MAX } from './bounds.ts'
import type { Instant, RandomBytes } from './clock.ts'

/**
 * The text of a key, held so that it cannot be printed by accident: every way of turning it into text except
 * {@link Secret.reveal} gives `[secret]`.
 */
export class Secret {
  readonly #text: string
  #digest: Digest | null = null

  constructor(text: string) {
    this.#text = text
  }

  /** The text itself. Call this only to hash it or to hand it to its owner, once. */
  reveal(): string {
    return this.#text
  }

  /** Lower-case hex SHA-256 of the text; computed once, because a request asks for it several times. */
  digest(): Digest {
    // In one call: three times as fast as an object that is fed and asked (bench/speed/in-process.ts).
    this.#digest ??= hash('sha256', this.#text, 'hex') as Digest
    return this.#digest
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect.custom](): string {
    return '[secret]'
  }
}

/**
 * The form of a text: `valid` has our form and the right checksum, `bad_checksum` has our form and cannot be a key, `other` can only
 * be an imported key (SECURITY.md#what-a-secret-is).
 */
export type SecretShape = 'valid' | 'bad_checksum' | 'other'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const ENTROPY_BYTES = 32
const ENTROPY_CHARS = 43
const CHECKSUM_CHARS = 6
const SHAPE = new RegExp(
  `^[0-9A-Za-z](?:[0-9A-Za-z_]{0,14}[0-9A-Za-z])?_[0-9A-Za-z]{${ENTROPY_CHARS + CHECKSUM_CHARS}}$`,
)
const PREFIX = /^[0-9A-Za-z](?:[0-9A-Za-z_]{0,14}[0-9A-Za-z])?$/

/** True for a text that may be the prefix of a secret: letters, digits, inner underscores, at most 16. */
export function isSecretPrefix(text: string): boolean {
  return PREFIX.test(text)
}

/**
 * Why a text that somebody chose cannot be a secret, or null. A text of our own form must have a valid checksum; another one needs
 * enough characters.
 */
export function wrongWithChosen(text: string): string | null {
  const shape = parseSecretShape(text)
  if (shape === 'valid' || (shape === 'other' && FOREIGN.test(text))) return null
  return shape === 'bad_checksum'
    ? 'has the shape of a secret of ours but a wrong checksum: a character of it is missing or changed'
    : `must be ${MAX.foreignSecretCharsMin} to ${MAX.credentialChars} printable ASCII characters without spaces`
}

const FOREIGN = new RegExp(`^[!-~]{${MAX.foreignSecretCharsMin},${MAX.credentialChars}}$`)

/** Makes a new secret: the prefix, 32 random bytes as base62 and a checksum of everything before it. */
export function mintSecret(prefix: string, random: RandomBytes): Secret {
  const body = `${prefix}_${base62(bytesToInteger(random(ENTROPY_BYTES)), ENTROPY_CHARS)}`
  return new Secret(body + checksum(body))
}

/** Tells the form of a text, without touching any store. */
export function parseSecretShape(text: string): SecretShape {
  if (!SHAPE.test(text)) return 'other'
  const body = text.slice(0, -CHECKSUM_CHARS)
  return checksum(body) === text.slice(-CHECKSUM_CHARS) ? 'valid' : 'bad_checksum'
}

/** Why a secret that was made elsewhere cannot be imported, or null. It does not quote the text. */
export function wrongWithImported(text: string): string | null {
  const shape = parseSecretShape(text)
  if (shape === 'bad_checksum')
    return 'Has the form of our secrets but a wrong checksum: a character is missing or changed.'
  if (shape === 'valid' || IMPORTED.test(text)) return null
  return `Must be ${MAX.importedSecretCharsMin} to ${MAX.credentialChars} printable ASCII characters without spaces.`
}

const IMPORTED = new RegExp(`^[!-~]{${MAX.importedSecretCharsMin},${MAX.credentialChars}}$`)

/** The form of a mask that a caller gives for an imported digest; so few characters reveal nothing useful. */
export const IMPORTED_MASK = new RegExp(
  `^[!-~]{0,${MAX.maskCharsBefore}}\\.{3}[!-~]{0,${MAX.maskCharsAfter}}$`,
)

/** Lower-case hex SHA-256 of the whole text: the only form in which a secret is kept. */
export function digestOf(secret: Secret): Digest {
  return secret.digest()
}

/** The record of a secret that only its owner has seen. Of a text that is not of our form it keeps only the ends. */
export function storedSecret(secret: Secret, createdAt: Instant): StoredSecret {
  const text = secret.reveal()
  return {
    digest: digestOf(secret),
    mask: maskOf(text),
    keyPrefix: text.slice(0, 8),
    foreign: parseSecretShape(text) !== 'valid',
    createdAt,
    expiresAt: null,
    seenBy: [],
  }
}

// The pattern is wider than the exact form, so a secret with a typing error is hidden as well.
const SECRET_LIKE = /[0-9A-Za-z][0-9A-Za-z_]{0,15}_[0-9A-Za-z]{43,}/g

/** The text with every part replaced that looks like a secret, for messages that quote a caller's input. */
export function withoutSecrets(text: string): string {
  return text.replace(SECRET_LIKE, '[secret]')
}

function maskOf(text: string): string {
  const underscore = text.lastIndexOf('_')
  const prefix = SHAPE.test(text) ? text.slice(0, underscore + 1) : ''
  return `${prefix}${text.slice(prefix.length, prefix.length + 3)}...${text.slice(-3)}`
}

function checksum(body: string): string {
  let digits = ''
  for (let rest = crc32(body); rest > 0; rest = Math.floor(rest / 62))
    digits = ALPHABET.charAt(rest % 62) + digits
  return digits.padStart(CHECKSUM_CHARS, '0')
}

function bytesToInteger(bytes: Uint8Array): bigint {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return value
}

function base62(value: bigint, length: number): string {
  let digits = ''
  for (let rest = value; rest > 0n; rest /= 62n) digits = ALPHABET.charAt(Number(rest % 62n)) + digits
  return digits.padStart(length, '0')
}
