declare global {
  // As TypeScript 5.2 declares it, for programs that are compiled without that part of its library.
  interface SymbolConstructor {
    /** Names what `await using` calls at the end of a block. */
    readonly asyncDispose: unique symbol
  }
}

export {}
