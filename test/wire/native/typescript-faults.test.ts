import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { TYPESCRIPT_FAULTS_PATH, typescriptFaults } from '../../../scripts/typescript-faults.ts'
import { FAILURE_CODES } from '../../support/failures.ts'

test('the TypeScript client has a constant for every code of docs/errors.md; npm run docs writes them', () => {
  const written = readFileSync(TYPESCRIPT_FAULTS_PATH, 'utf8')
  expect(written).toBe(typescriptFaults())
  const codes = [...written.matchAll(/: '(\w+)',/g)]
    .map(([, code]) => code)
    .filter((code) => code !== 'BUDGET_EXCEEDED')
  expect(codes.length).toBeGreaterThan(40)
  expect(FAILURE_CODES).toEqual(expect.arrayContaining(codes as string[]))
})
