/** The reason why a store cannot be opened, in one line that an operator can act on. */
export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError'
}
