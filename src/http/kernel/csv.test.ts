import { expect, test } from 'bun:test'
import { prefersCsv } from './csv.ts'

test.each<[string | undefined, boolean]>([
  [undefined, false],
  ['*/*', false],
  ['application/json', false],
  ['text/csv', true],
  ['Text/CSV; header=present', true],
  ['text/csv, application/json', true],
  ['application/json, text/csv;q=0.5', false],
  ['application/json;q=0.4, text/csv;q=0.5', true],
  ['text/csv;q=0', false],
  ['text/csv;q=x', false],
  ['text/csvx', false],
])('%p asks for CSV: %p', (accept, isCsv) => {
  expect(prefersCsv(accept)).toBe(isCsv)
})
