/** For stores that must not break during a test: whatever breaks them fails it. */
export function unbroken(reason: string): never {
  throw new Error(`The store has broken: ${reason}`)
}
