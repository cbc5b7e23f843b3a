/**
 * Errors are logged with all that can be enumerated of them. An answer can hold a secret: a new key, or the whole request in the page with which
 * a proxy tells of an error. So its parts can be read, and are not printed.
 */
export function unprinted(error: Error, ...members: string[]): void {
  for (const member of members) Object.defineProperty(error, member, { enumerable: false })
}
