import type { Dialect } from '../dialect.ts'
import { renderFault } from './errors.ts'

/** The operations under `/v1`. */
export const goodmem: Dialect = { name: 'goodmem', base: '/v1', operations: [], renderFault }
