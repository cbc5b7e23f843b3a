import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import { RequestFault } from './request-faults.ts'

/** The codings in which a body may come, besides plain. Unpacking runs on other threads. */
const CODINGS = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
} as const

/** What `Accept-Encoding` of a refusal names (RFC 7694). */
export const ACCEPTED_CODINGS = 'gzip, deflate, br'

/** Makes plain bytes of packed ones, at most as many as it is told. */
export type Unpack = (bytes: Uint8Array, bytesMax: number) => Promise<Uint8Array>

/**
 * How to unpack a body of this `Content-Encoding`; null for a plain one. Throws `body_encoding_unsupported` for a coding that is not
 * known or stands on another. Unpacking throws `body_malformed` for what is not packed so, and `body_too_large` as soon as
 * more than the bound has come out.
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
