import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { DOTNET_FAULTS_PATH, dotnetFaults } from '../../../scripts/dotnet-faults.ts'
import { FAULTS } from '../../../src/core/ground/faults.ts'

test('the .NET client has a constant for every code of docs/errors.md; npm run docs writes them', () => {
  const written = readFileSync(DOTNET_FAULTS_PATH, 'utf8')
  expect(written).toBe(dotnetFaults())
  const codes = [...written.matchAll(/const string \w+ = "(\w+)"/g)].map(([, code]) => code)
  expect(codes.length).toBeGreaterThan(40)
  expect(Object.keys(FAULTS)).toEqual(expect.arrayContaining(codes as string[]))
})
