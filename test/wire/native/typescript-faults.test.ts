import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { TYPESCRIPT_FAULTS_PATH, typescriptFaults } from '../../../scripts/typescript-faults.ts'
import { FAULTS } from '../../../src/core/ground/faults.ts'

test('the TypeScript client has a constant for every code of docs/errors.md; npm run docs writes them', () => {
  const written = readFileSync(TYPESCRIPT_FAULTS_PATH, 'utf8')
  expect(written).toBe(typescriptFaults())
  const codes = [...written.matchAll(/: '(\w+)',/g)]
    .map(([, code]) => code)
    .filter((code) => code !== 'BUDGET_EXCEEDED')
  expect(codes.length).toBeGreaterThan(40)
  expect(Object.keys(FAULTS)).toEqual(expect.arrayContaining(codes as string[]))
})
