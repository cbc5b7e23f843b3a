import { MAX } from '../../core/ground/bounds.ts'

/** The pieces of a body of unknown length, as they come. */
export interface BodyPieces {
  /** Adds a piece. False when the body has more pieces than a body of its size may have. */
  add(piece: Uint8Array): boolean
  /** The size of all pieces together. */
  bytes(): number
  /** All pieces as one. */
  whole(): Uint8Array
}

const BUFFER_BYTES = 16 * 1_024

/**
 * Gathers the pieces of a body. A small piece is copied into a buffer together with others, because an array of its own takes 200 bytes of memory
 * however short it is.
 */
export function createBodyPieces(): BodyPieces {
  const { first, bytesEach } = MAX.bodyPieces
  const parts: Uint8Array[] = []
  let buffer = new Uint8Array(0)
  let filled = 0
  let bytes = 0
  let pieces = 0

  function endBuffer(): void {
    if (filled > 0) parts.push(buffer.subarray(0, filled))
    buffer = buffer.subarray(filled)
    filled = 0
  }

  return {
    add(piece) {
      const size = piece.byteLength
      bytes += size
      pieces += 1
      if (size >= BUFFER_BYTES / 4) {
        endBuffer()
        parts.push(piece)
      } else {
        if (filled + size > buffer.byteLength) {
          endBuffer()
          buffer = new Uint8Array(BUFFER_BYTES)
        }
        buffer.set(piece, filled)
        filled += size
      }
      return pieces <= first + bytes / bytesEach
    },
    bytes: () => bytes,
    whole() {
      endBuffer()
      const [only] = parts
      return only !== undefined && parts.length === 1 ? only : Buffer.concat(parts, bytes)
    },
  }
}
