import { expect, test } from 'bun:test'
import type { Key, UserId, WorkspaceId } from '../types.ts'
import { createStanding } from './standing.ts'

const MOMENT_MS = 250

function scene() {
  let now = 1_000
  const standing = createStanding({ now: () => now })
  const lacking = () => new Promise<null>(() => {})
  return { standing, lacking, wait: (ms: number) => (now += ms) }
}

const known = (ownerId: string) => ({
  key: { ownerId: ownerId as UserId, workspaceId: 'w' as WorkspaceId } as Key,
})
const passing = (find: () => ReturnType<typeof known> | Promise<null>) => ({
  judge: () => undefined,
  find,
  refuse: () => null,
})

test('a call stands while its caller passes, nothing refuses its key, and the same accounts pay', () => {
  const { standing } = scene()
  standing.made()
  expect(
    standing.holds(
      known('a'),
      passing(() => known('a')),
    ),
  ).toBe(true)
  expect(
    standing.holds(
      known('a'),
      passing(() => known('b')),
    ),
  ).toBe(false)
  expect(standing.holds(known('a'), { ...passing(() => known('a')), refuse: () => 'DISABLED' })).toBe(false)
  const lost = () => {
    throw new Error('lost')
  }
  expect(standing.holds(known('a'), { ...passing(() => known('a')), judge: lost })).toBe(false)
  expect(standing.passes(lost)).toBe(false)
})

test('one whose facts are missing is made again, however often its commit is repeated, and then counts for a moment', () => {
  const { standing, lacking, wait } = scene()
  standing.made()
  for (let attempt = 0; attempt < 3; attempt += 1) {
    expect(standing.holds(known('a'), passing(lacking))).toBe(false)
    expect(standing.passes(lacking)).toBe(false)
  }
  standing.made()
  wait(MOMENT_MS)
  expect(standing.holds(known('a'), passing(lacking))).toBe(true)
  expect(standing.passes(lacking)).toBe(true)
  wait(1)
  expect(standing.holds(known('a'), passing(lacking))).toBe(false)
  expect(standing.passes(lacking)).toBe(false)
})

test('being made again for another reason does not count', () => {
  const { standing, lacking } = scene()
  for (let time = 0; time < 5; time += 1) standing.made()
  expect(standing.holds(known('a'), passing(lacking))).toBe(false)
})
