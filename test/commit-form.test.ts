import { expect, test } from 'bun:test'
import { flawsOf } from '../scripts/commit-form.ts'

const good = {
  id: 'abc',
  parents: ['def'],
  subject: 'fix(store): a late settle stays in its window',
  body: 'Why.',
}

test('a commit of the required form has no flaw', () => {
  expect(flawsOf(good)).toEqual([])
  expect(flawsOf({ ...good, subject: 'docs: one page for each decision' })).toEqual([])
})

test.each([
  ['a merge', { parents: ['a', 'b'] }, 'merge'],
  ['a subject without a type', { subject: 'Settles stay in their window' }, 'type(area)'],
  ['a type that is none', { subject: 'wip: more' }, 'type(area)'],
  ['a long subject', { subject: `fix: ${'x'.repeat(68)}` }, '73 characters'],
  ['an empty body', { body: ' \n' }, 'does not say why'],
])('%s is a flaw', (_name, change, told) => {
  expect(flawsOf({ ...good, ...change })).toEqual([expect.stringContaining(told)])
})
