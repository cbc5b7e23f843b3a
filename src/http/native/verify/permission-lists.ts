import { MAX } from '../../../core/ground/bounds.ts'

/** One permission in a list of which all are demanded. */
export const PERMISSION = /^[^\s()]+$/

/** How many: n names are joined by n - 1 operators. */
export const NAMES_MAX = MAX.expressionTerms / 2
