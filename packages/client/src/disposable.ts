declare global {
  // The declaration of TypeScript 5.2, for programs that are compiled without that part of its library.
  interface SymbolConstructor {
    /** The name of the method that `await using` calls at the end of a block. */
    readonly asyncDispose: unique symbol
  }
}

export {}
