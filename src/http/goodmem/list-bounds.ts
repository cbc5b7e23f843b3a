/** Bounds of the list of keys. */
export const LIST = {
  /** Largest `maxResults`. */
  pageSize: 1_000,
  /** How many keys are read and rendered at once. */
  chunkKeys: 250,
} as const
