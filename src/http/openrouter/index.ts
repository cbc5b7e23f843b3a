import type { Dialect } from '../dialect.ts'
import { renderFault } from './errors.ts'

/** The operations under `/api/v1`. */
export const openrouter: Dialect = { name: 'openrouter', base: '/api/v1', operations: [], renderFault }
