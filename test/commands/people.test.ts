import { expect, test } from 'bun:test'
import { latchkey } from '../support/cli.ts'
import { commandBench } from '../support/commands.ts'

const { env, run } = commandBench()

test('a user needs no e-mail address, and --email none removes it', async () => {
  const read = async (args: string[]) => JSON.parse((await run([...args, '--output', 'json'])).stdout)
  expect((await read(['users', 'create', 'cy'])).email).toBeNull()
  expect((await read(['users', 'update', 'cy', '--email', 'cy@example.com'])).email).toBe('cy@example.com')
  expect((await read(['users', 'get', 'CY@example.com'])).username).toBe('cy')
  expect((await read(['users', 'update', 'cy', '--email', 'none'])).email).toBeNull()
})

test('a username that is the e-mail address of another user names neither of them', async () => {
  await run(['users', 'create', 'ora', '--email', 'ora@example.com'])
  const twin = (await run(['users', 'create', 'Ora@Example.com', '--output', 'json'])).stdout
  const named = await run(['keys', 'create', '--owner', 'ora@example.com', '--name', 'for ora'])
  expect([named.exitCode, named.stdout]).toEqual([1, ''])
  expect(named.stderr).toContain('Two users have the name or e-mail address "ora@example.com"')
  expect(named.stderr).toContain(JSON.parse(twin).id)
  expect((await run(['users', 'disable', 'ora@example.com'])).exitCode).toBe(1)
  expect((await run(['users', 'get', 'ora'])).stdout).toContain('ora@example.com')
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

test('a hand-over names the managing keys, whose secrets the user who leaves still knows', async () => {
  for (const name of ['lea', 'max']) await run(['users', 'create', name])
  const make = async (name: string, access: string) =>
    run(['keys', 'create', '--owner', 'lea', '--name', name, '--access', access])
  await make('for a customer', 'use')
  await make('console', 'full')
  const dry = await run(['users', 'disable', 'lea', '--hand-over-to', 'max', '--dry-run'])
  expect(dry.stderr).toContain('2 keys would get another owner')
  const [, warning = ''] = dry.stderr.split('The user may know the secrets of these managing keys')
  expect([warning.includes('Rotate or revoke them:'), warning.includes('  console  last used')]).toEqual([
    true,
    true,
  ])
  expect(warning).not.toContain('for a customer')
  await run(['keys', 'revoke', '--owner', 'lea', '--access', 'full', '--yes'])
  const moved = await run(['users', 'disable', 'lea', '--hand-over-to', 'max'])
  expect(moved.stderr).toContain('1 key gets another owner')
  expect(moved.stderr).not.toContain('managing')
})

test('users create and update bound the keys that a user makes', async () => {
  const policy = async (args: string[]) =>
    JSON.parse((await run([...args, '--output', 'json'])).stdout).policy
  const bounds = ['--key-limit', '100/monthly', '--key-lifetime', '90d']
  expect(await policy(['users', 'create', 'pia', '--may-grant', 'docs.*', ...bounds])).toEqual({
    permissions: ['docs.*'],
    limits: { monthly: '100' },
    keyLifetime: '90d',
  })
  const freed = ['--may-grant', 'none', '--key-limit', 'none/monthly', '--key-lifetime', 'any']
  expect(await policy(['users', 'update', 'pia', ...freed])).toEqual({
    permissions: [],
    limits: {},
    keyLifetime: null,
  })
  const both = ['--may-grant', 'docs.read', '--may-grant', 'docs.write']
  expect((await policy(['users', 'update', 'pia', ...both])).permissions).toEqual(['docs.read', 'docs.write'])
  const shown = (await run(['users', 'get', 'pia'])).stdout
  expect(shown).toMatch(/may grant +docs\.read, docs\.write\n/)
  const wrong = await run(['users', 'update', 'pia', '--key-limit', '5/yearly'])
  expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('--key-limit takes USD/WINDOW')])
  expect((await run(['users', 'update', 'pia', '--may-grant', 'none', '--may-grant', 'a'])).exitCode).toBe(2)
})

test('workspaces add-member --manager makes a manager, and the list shows it', async () => {
  await run(['users', 'create', 'mia'])
  await run(['workspaces', 'create', 'team'])
  expect((await run(['workspaces', 'add-member', 'team', 'mia', '--manager'])).exitCode).toBe(0)
  const { stdout } = await run(['workspaces', 'members', 'team', '--output', 'json'])
  expect(stdout).toContain('"standing":"manager"')
  const kept = await run(['workspaces', 'add-member', 'team', 'mia'])
  expect(kept.stderr).toBe('mia is a manager of the workspace.\n')
  const lowered = await run(['workspaces', 'add-member', 'team', 'mia', '--standing', 'member'])
  expect(lowered.stderr).toBe('mia is a member of the workspace.\n')
  const both = await run(['workspaces', 'add-member', 'team', 'mia', '--manager', '--standing', 'member'])
  expect(both.exitCode).toBe(2)
})

test('a manager names the members of its workspace, and itself, by their names', async () => {
  for (const name of ['nia', 'oli', 'pat']) await run(['users', 'create', name])
  await run(['workspaces', 'create', 'crew'])
  await run(['workspaces', 'add-member', 'crew', 'nia', '--manager'])
  await run(['workspaces', 'add-member', 'crew', 'oli'])
  const key = (await run(['keys', 'create', '--owner', 'nia', '--access', 'manage'])).stdout.trim()
  const asNia = (args: string[]) => latchkey(args, { env: { ...env(), LATCHKEY_API_KEY: key } })
  const made = await asNia(['keys', 'create', '--owner', 'oli', '--workspace', 'crew', '--name', 'of oli'])
  expect([made.exitCode, made.stderr]).toEqual([0, expect.stringContaining('of oli')])
  const listed = await asNia(['keys', 'list', '--owner', 'OLI', '--workspace', 'crew'])
  expect([listed.exitCode, listed.stdout]).toEqual([0, expect.stringContaining('of oli')])
  expect((await asNia(['keys', 'create', '--owner', 'nia'])).exitCode).toBe(0)
  const stranger = await asNia(['keys', 'create', '--owner', 'pat', '--workspace', 'crew'])
  expect([stranger.exitCode, stranger.stderr]).toEqual([
    1,
    expect.stringContaining('no member of the workspace is "pat". Name the user by its id.'),
  ])
  const denied = await run(['audit', '--outcome', 'denied', '--output', 'json'])
  expect(denied.stdout).not.toContain('"action":"user.list"')
  const unsaid = await asNia(['keys', 'create', '--owner', 'oli'])
  expect(unsaid.stderr).toContain('Name the user by its id, or a member of a workspace with --workspace.')
})
