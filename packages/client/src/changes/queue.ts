/** Something that can be told. */
interface Told {
  type: string
  revision?: number | undefined
}

/** No more is kept for a program that is slow to ask. */
export const KEPT_MAX: number = 10_000

/**
 * Keeps messages until they are asked for. Of two ticks or losses behind one another the later counts. A full queue is replaced by one
 * snapshot.
 */
export class Queue<T extends Told> {
  readonly #overflow: (last: T) => T
  #kept: T[] = []
  #end: { error?: unknown } | undefined
  #wake: (() => void) | undefined

  /** `overflow` makes the snapshot that stands for everything up to the last item. */
  constructor(overflow: (last: T) => T) {
    this.#overflow = overflow
  }

  /** Adds an item. */
  push(item: T): void {
    const isRepeated = item.type === 'tick' || item.type === 'lost'
    if (isRepeated && this.#kept.at(-1)?.type === item.type) this.#kept.pop()
    if (this.#kept.length >= KEPT_MAX) this.#kept = [this.#overflow(item)]
    else this.#kept.push(item)
    this.#wake?.()
  }

  /** Nothing more comes, because of the error if there is one. */
  end(because: { error?: unknown } = {}): void {
    this.#end ??= because
    this.#wake?.()
  }

  /** Drops everything, and ends. */
  drop(): void {
    this.#kept = []
    this.end()
  }

  /** The next item; undefined at the end. Throws the error at the end. For one caller at a time. */
  async next(): Promise<T | undefined> {
    for (;;) {
      const item = this.#kept.shift()
      if (item !== undefined) return item
      if (this.#end !== undefined) {
        if ('error' in this.#end) throw this.#end.error
        return undefined
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}
