import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import { RequestFault } from './request-faults.ts'

/** The content codings that a body may have. Decompression runs on other threads. */
const CODINGS = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
} as const

/** The value of `Accept-Encoding` in a refusal (RFC 7694). */
export const ACCEPTED_CODINGS = 'gzip, deflate, br'

/** Decompresses a body to at most this many bytes. */
export type Unpack = (bytes: Uint8Array, bytesMax: number) => Promise<Uint8Array>

/**
 * Chooses the decompression for a `Content-Encoding`; null for a plain body. Throws `body_encoding_unsupported` for an unknown coding,
 * and for several in a row. The decompression throws `body_malformed` for bytes of another form, and `body_too_large` as soon as the
 * output passes the bound.
 */
export function unpackerOf(encoding: string | undefined): Unpack | null {
  const coding = encoding?.trim().toLowerCase() ?? ''
  if (coding === '' || coding === 'identity') return null
  if (!isKnown(coding)) {
    const message = `The Content-Encoding "${coding.slice(0, 64)}" is not supported. Send the body plain, or as one of ${ACCEPTED_CODINGS}.`
    throw new RequestFault('body_encoding_unsupported', { message })
  }
  return async (bytes, bytesMax) => {
    if (bytes.byteLength === 0) return bytes
    try {
      return await CODINGS[coding](bytes, { maxOutputLength: bytesMax })
    } catch (error) {
      if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') throw new RequestFault('body_too_large')
      const message = `The request body is not valid ${coding}.`
      throw new RequestFault('body_malformed', { message }, { cause: error })
    }
  }
}

function isKnown(coding: string): coding is keyof typeof CODINGS {
  return Object.hasOwn(CODINGS, coding)
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null
}
