import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { DOTNET_FAULTS_PATH, dotnetFaults } from '../../../scripts/dotnet-faults.ts'
import { FAILURE_CODES } from '../../support/failures.ts'

test('the .NET client has a constant for every code of docs/errors.md; npm run docs writes them', () => {
  const written = readFileSync(DOTNET_FAULTS_PATH, 'utf8')
  expect(written).toBe(dotnetFaults())
  const codes = [...written.matchAll(/const string \w+ = "(\w+)"/g)].map(([, code]) => code)
  expect(codes.length).toBeGreaterThan(40)
  expect(FAILURE_CODES).toEqual(expect.arrayContaining(codes as string[]))
})
