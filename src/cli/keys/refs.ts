import type { Latchkey } from '../../../packages/client/src/index.ts'

/** The argument that names a key. */
export const KEY = {
  name: 'key',
  doc: 'Its id, its hash, or the SHA-256 of its secret; self for the key that makes the call.',
} as const

/** The reference of a key in a path of the API; `self` becomes the id of the calling key. */
export async function keyRefOf(client: Latchkey, name: string): Promise<string> {
  return name === 'self' ? (await client.keys.getSelf()).key.id : name
}
