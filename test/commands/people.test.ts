import { expect, test } from 'bun:test'
import { commandBench } from '../support/commands.ts'

const { run } = commandBench()

test('a user needs no e-mail address, and --email none removes it', async () => {
  const read = async (args: string[]) => JSON.parse((await run([...args, '--output', 'json'])).stdout)
  expect((await read(['users', 'create', 'cy'])).email).toBeNull()
  expect((await read(['users', 'update', 'cy', '--email', 'cy@example.com'])).email).toBe('cy@example.com')
  expect((await read(['users', 'get', 'CY@example.com'])).username).toBe('cy')
  expect((await read(['users', 'update', 'cy', '--email', 'none'])).email).toBeNull()
})

test('users disable tells which keys stop, changes nothing in a dry run, and hands them over on demand', async () => {
  for (const name of ['ada', 'bob']) expect((await run(['users', 'create', name])).exitCode).toBe(0)
  const secrets = []
  for (const name of ['first', 'second'])
    secrets.push((await run(['keys', 'create', '--owner', 'ada', '--name', name])).stdout.trim())
  const exitOf = async (secret = '') => (await run(['verify', '--quiet'], secret)).exitCode
  expect(await exitOf(secrets[0])).toBe(0)
  const dry = await run(['users', 'disable', 'ada', '--dry-run'])
  expect([dry.exitCode, dry.stdout]).toEqual([0, expect.stringContaining('active')])
  expect(dry.stderr).toContain('2 keys would stop, 1 of them used in the last 30 days:\n')
  expect(dry.stderr).toContain('  first  last used 20')
  expect(dry.stderr).toContain('  second  last used never')
  const moved = await run(['users', 'disable', 'ada', '--hand-over-to', 'bob'])
  expect([moved.exitCode, moved.stdout]).toEqual([0, expect.stringContaining('disabled')])
  expect(moved.stderr).toContain('2 keys get another owner')
  for (const secret of secrets) expect(await exitOf(secret)).toBe(0)
  expect((await run(['users', 'disable', 'ada', '--dry-run'])).stderr).toContain('nothing stops')
  const stopped = await run(['users', 'disable', 'bob'])
  expect(stopped.stderr).toContain('2 keys stop, ')
  for (const secret of secrets) expect(await exitOf(secret)).toBe(11)
})

test('workspaces add-member --manager makes a manager, and the list shows it', async () => {
  await run(['users', 'create', 'mia'])
  await run(['workspaces', 'create', 'team'])
  expect((await run(['workspaces', 'add-member', 'team', 'mia', '--manager'])).exitCode).toBe(0)
  const { stdout } = await run(['workspaces', 'members', 'team', '--output', 'json'])
  expect(stdout).toContain('"standing":"manager"')
})
