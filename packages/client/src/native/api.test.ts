import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { clientTypes, TYPES_PATH } from '../../scripts/types.ts'

test('the types equal those of the document of the server (npm run docs writes them)', async () => {
  expect(readFileSync(TYPES_PATH, 'utf8')).toBe(await clientTypes())
})
