import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { GO_FAULTS_PATH, goFaults } from '../../../scripts/go-faults.ts'
import { FAULTS } from '../../../src/core/ground/faults.ts'

test('the Go client has a constant for every code of docs/errors.md; npm run docs writes them', () => {
  const written = readFileSync(GO_FAULTS_PATH, 'utf8')
  expect(written).toBe(goFaults())
  const codes = [...written.matchAll(/ Code = "(\w+)"/g)].map(([, code]) => code)
  expect(codes.length).toBeGreaterThan(40)
  expect(Object.keys(FAULTS)).toEqual(expect.arrayContaining(codes as string[]))
})
