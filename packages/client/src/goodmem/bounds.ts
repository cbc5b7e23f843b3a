/** The longest answer that is read, in bytes: a list without pages is all the keys that there are. */
export const LIST_BYTES: number = 200 * 1024 * 1024
