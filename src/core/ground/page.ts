/** A page of a list and where the next one starts; `next` is null on the last page. */
export interface Page<T> {
  rows: T[]
  next: Cursor | null
}

/** A position in a list: the last row's sort value and id. */
export interface Cursor {
  value: number | string
  id: string
}
