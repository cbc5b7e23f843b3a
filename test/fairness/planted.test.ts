import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MISTAKES } from './planted.ts'

// The mistakes run for minutes and rarely. This test checks at once that the lines that they replace still exist.
test.each(Object.entries(MISTAKES))('the mistake "%s" still has its place in the source', (_, mistake) => {
  const { file, right, wrong } = mistake
  const source = readFileSync(join(import.meta.dir, '../../src', file), 'utf8')
  expect(source.split(right)).toHaveLength(2)
  expect(wrong).not.toBe(right)
})
