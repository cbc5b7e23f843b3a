import type { Dialect } from '../dialect.ts'
import { renderFault } from './errors.ts'

/** The operations under `/v2`. */
export const native: Dialect = { name: 'native', base: '/v2', operations: [], renderFault }
