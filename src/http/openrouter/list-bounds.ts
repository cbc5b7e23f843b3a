/** Bounds of the list of keys. */
export const LIST = {
  /** Keys per page; the dialect fixes it (docs/wire/openrouter.md#list-keys). */
  pageSize: 100,
  /** The last row at which a page may start: skipping a row costs about a microsecond. */
  offset: 100_000,
} as const
