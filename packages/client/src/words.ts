/**
 * A word that this version does not know: a newer server may say more of them, and the type of a variable that holds one is
 * `string`. In a union beside words that are known, editors still offer those.
 */
export type Word = string & Record<never, never>
