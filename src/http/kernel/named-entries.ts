/**
 * An object of a body, as its entries in their order: a name may stand in several, of which the last counts. A class of its own, because a
 * caller may send a list of pairs, too.
 */
export class NamedEntries {
  readonly entries: readonly [string, unknown][]

  constructor(entries: readonly [string, unknown][]) {
    this.entries = entries
  }
}
