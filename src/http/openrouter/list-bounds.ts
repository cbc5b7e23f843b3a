/** Bounds of the list of keys. */
export const LIST = {
  /** Keys of a page, fixed by the dialect (docs/wire/openrouter.md#list-keys). */
  pageSize: 100,
  /** Furthest row at which a page may start: skipping rows costs about a microsecond each. */
  offset: 100_000,
} as const
