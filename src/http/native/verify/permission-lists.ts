import { MAX } from '../../../core/ground/bounds.ts'

/** One permission in a list; a key needs all of the list. */
export const PERMISSION = /^[^\s()]+$/

/** The maximum of a list: n names need n - 1 operators. */
export const NAMES_MAX = MAX.expressionTerms / 2
