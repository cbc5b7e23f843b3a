import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { clientTypes, TYPES_PATH } from '../../scripts/types.ts'

test('the types are what the server’s own document says (npm run docs writes them)', async () => {
  expect(readFileSync(TYPES_PATH, 'utf8')).toBe(await clientTypes())
})
