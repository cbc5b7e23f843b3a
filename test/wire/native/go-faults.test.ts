import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { GO_FAULTS_PATH, goFaults } from '../../../scripts/go-faults.ts'
import { FAILURE_CODES } from '../../support/failures.ts'

test('the Go client has a constant for every code of docs/errors.md; npm run docs writes them', () => {
  const written = readFileSync(GO_FAULTS_PATH, 'utf8')
  expect(written).toBe(goFaults())
  const codes = [...written.matchAll(/ Code = "(\w+)"/g)].map(([, code]) => code)
  expect(codes.length).toBeGreaterThan(40)
  expect(FAILURE_CODES).toEqual(expect.arrayContaining(codes as string[]))
})
