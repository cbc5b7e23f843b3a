import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { DOTNET_FAULTS_PATH, dotnetFaults } from '../../../scripts/dotnet-faults.ts'
import { GO_FAULTS_PATH, goFaults } from '../../../scripts/go-faults.ts'
import { TYPESCRIPT_FAULTS_PATH, typescriptFaults } from '../../../scripts/typescript-faults.ts'
import { FAILURE_CODES } from '../../support/failures.ts'

test.each([
  { client: 'Go', path: GO_FAULTS_PATH, made: goFaults, constant: / Code = "(\w+)"/g },
  {
    client: '.NET',
    path: DOTNET_FAULTS_PATH,
    made: dotnetFaults,
    constant: /public const string \w+ = "(\w+)"/g,
  },
  { client: 'TypeScript', path: TYPESCRIPT_FAULTS_PATH, made: typescriptFaults, constant: /: '([a-z_]+)',/g },
])('the $client client has a constant for every code of docs/errors.md; npm run docs writes them', (row) => {
  const written = readFileSync(row.path, 'utf8')
  expect(written).toBe(row.made())
  const codes = [...written.matchAll(row.constant)].map(([, code = '']) => code)
  expect(codes.length).toBeGreaterThan(40)
  expect(FAILURE_CODES).toEqual(expect.arrayContaining(codes as typeof FAILURE_CODES))
})
