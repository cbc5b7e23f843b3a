import { expect, test } from 'bun:test'
import { requireRevision } from './revision.ts'

test('a record must have one of the expected revisions, and any when none is expected', () => {
  const record = { revision: 7 }
  expect(() => requireRevision(record, undefined)).not.toThrow()
  expect(() => requireRevision(record, [3, 7])).not.toThrow()
  expect(() => requireRevision(record, [3])).toThrow('The record has changed since the given revision.')
  expect(() => requireRevision(record, [])).toThrow('The record has changed since the given revision.')
})
