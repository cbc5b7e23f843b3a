import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseExpression } from '../../src/core/ground/permissions.ts'
import { WIDE_EXPRESSION } from './hostile-kinds.ts'
import { MISTAKES } from './planted.ts'

// The mistakes run for minutes and rarely. This test checks at once that the lines that they replace still exist.
test.each(Object.entries(MISTAKES))('the mistake "%s" still has its place in the source', (_, mistake) => {
  const { file, right, wrong } = mistake
  const source = readFileSync(join(import.meta.dir, '../../src', file), 'utf8')
  expect(source.split(right)).toHaveLength(2)
  expect(wrong).not.toBe(right)
})

// A refused expression would cost the server nothing, and the kind would be no trouble at all.
test('the permission check of the hostile tenant is the longest that is accepted', () => {
  expect(() => parseExpression(WIDE_EXPRESSION)).not.toThrow()
  expect(() => parseExpression(`${WIDE_EXPRESSION} or more`)).toThrow('names and operators')
})
