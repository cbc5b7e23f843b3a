/** Items in the order of their arrival. Adding one and taking one cost the same, however many there are. */
export class Queue<T> {
  #items: (T | undefined)[] = []
  /** The place of the first item. */
  #first = 0

  get size(): number {
    return this.#items.length - this.#first
  }

  /** The next item, which stays. */
  peek(): T | undefined {
    return this.#items[this.#first]
  }

  add(item: T): void {
    this.#items.push(item)
  }

  take(): T | undefined {
    const item = this.#items[this.#first]
    if (this.#first === this.#items.length) return undefined
    this.#items[this.#first] = undefined
    this.#first += 1
    // The places of taken items are removed once they are half of all, so that each item is moved once on average.
    if (this.#first * 2 >= this.#items.length) {
      this.#items.splice(0, this.#first)
      this.#first = 0
    }
    return item
  }
}
