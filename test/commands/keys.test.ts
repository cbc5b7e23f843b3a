import { describe, expect, test } from 'bun:test'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { type CommandRun, latchkey, settled } from '../support/cli.ts'
import { commandBench } from '../support/commands.ts'

const { server, env, run } = commandBench()

/** Runs a command that must succeed; returns its output. */
async function out(args: string[], stdin = ''): Promise<string> {
  const { exitCode, stdout, stderr } = await run(args, stdin)
  expect([args, exitCode, stderr]).toEqual([args, 0, expect.any(String)])
  return stdout
}

const SECRET = /^lk_[0-9A-Za-z]{49}\n$/

describe('latchkey keys', () => {
  test('create prints only the secret on the standard output, and sets every given option on the key', async () => {
    const args = [
      'keys',
      'create',
      '--name',
      'billing service',
      '--label',
      'env=production',
      '--label',
      'a=b=c',
    ]
    const more = [
      '--permission',
      'documents.*',
      '--limit',
      '5/daily',
      '--limit',
      '20.5/total',
      '--rate',
      '100/1m',
    ]
    const rest = [
      '--rate',
      'burst=10/1s',
      '--expires',
      '30d',
      '--ip',
      '203.0.113.0/24',
      '--end-user',
      'customer-1',
    ]
    const { exitCode, stdout, stderr } = await run([...args, ...more, ...rest])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(SECRET)
    expect(stderr).not.toContain(stdout.trim())
    expect(settled(stderr)).toBe(
      'Made the key <uuid>______________________________. billing service. Its secret is shown this once and kept nowhere.\n',
    )
    const [id = ''] = /[0-9a-f-]{36}/.exec(stderr) ?? []
    const key = JSON.parse(await out(['keys', 'get', id, '--output', 'json']))
    expect(key).toMatchObject({
      name: 'billing service',
      labels: { env: 'production', a: 'b=c' },
      permissions: ['documents.*'],
      limits: { daily: '5', total: '20.5' },
      rateLimits: [
        { name: 'requests', limit: 100, window: '1m' },
        { name: 'burst', limit: 10, window: '1s' },
      ],
      allowedIps: ['203.0.113.0/24'],
      externalUserId: 'customer-1',
      access: 'use',
    })
    const life = Date.parse(key.expiresAt) - Date.parse(key.createdAt)
    expect(Math.abs(life - 30 * 86_400_000)).toBeLessThan(60_000)
    const whole = JSON.parse(await out(['keys', 'create', '--output', 'json']))
    expect(`${whole.secret}\n`).toMatch(SECRET)
  })

  test('self is the key that makes the call', async () => {
    const owned = (await out(['keys', 'create', '--name', 'mine', '--access', 'full'])).trim()
    const asItself = (args: string[]) =>
      latchkey([...args, '--output', 'json'], { env: { ...env(), LATCHKEY_API_KEY: owned } })
    expect(JSON.parse((await asItself(['keys', 'get', 'self'])).stdout).name).toBe('mine')
    const renamed = await asItself(['keys', 'update', 'self', '--name', 'ours'])
    expect(JSON.parse(renamed.stdout).name).toBe('ours')
    expect((await asItself(['keys', 'rotate', 'self', '--dry-run'])).stderr).toContain('Would rotate')
    const { key, secret } = JSON.parse((await asItself(['keys', 'rotate', 'self'])).stdout)
    expect(key.name).toBe('ours')
    expect((await asItself(['keys', 'get', 'self'])).exitCode).toBe(1)
    expect(await out(['verify', secret])).toContain('VALID')
  })

  test('list shows tables, CSV and JSON, filtered', async () => {
    const named = ['--label', 'list=1']
    await out(['keys', 'create', '--name', 'one, "quoted"', ...named])
    await out(['keys', 'create', '--name', 'two', '--limit', '5/monthly', ...named])
    expect(settled(await out(['keys', 'list', ...named]))).toBe(
      [
        'ID                                    NAME           MASK          STATUS  ACCESS  OWNER                                 SPENT           EXPIRES  LAST USED  LABELS',
        '<uuid>______________________________  two            <mask>______  active  use     <uuid>______________________________  0 of 5 monthly  never    never      list=1',
        '<uuid>______________________________  one, "quoted"  <mask>______  active  use     <uuid>______________________________  0               never    never      list=1',
        '',
      ].join('\n'),
    )
    expect(settled(await out(['keys', 'list', ...named, '--output', 'csv']))).toBe(
      [
        'id,name,mask,status,access,owner,spent,expires,last_used,labels',
        '<uuid>______________________________,two,<mask>______,active,use,<uuid>______________________________,0 of 5 monthly,never,never,list=1',
        '<uuid>______________________________,"one, ""quoted""",<mask>______,active,use,<uuid>______________________________,0,never,never,list=1',
        '',
      ].join('\r\n'),
    )
    const json = JSON.parse(await out(['keys', 'list', ...named, '--output', 'json']))
    expect(json.map(({ name }: { name: string }) => name)).toEqual(['two', 'one, "quoted"'])
    expect(
      JSON.parse(await out(['keys', 'list', '--search', 'nothing-like-it', '--output', 'json'])),
    ).toEqual([])
    const { stdout, stderr } = await run(['keys', 'list', ...named, '--limit', '1'])
    expect(stdout.split('\n').length).toBe(3)
    expect(stderr).toBe('There are more. --limit N shows more of them, --all shows all.\n')
  })

  test('list --all goes through every page', async () => {
    const post = (n: number) =>
      fetch(`${server().url}/v2/keys`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server().rootKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name: `many ${n}`, labels: { many: 'yes' } }),
      })
    for (let from = 0; from < 120; from += 40)
      await Promise.all(Array.from({ length: 40 }, (_, n) => post(from + n)))
    const lines = (await out(['keys', 'list', '--label', 'many=yes', '--all', '--output', 'csv']))
      .trim()
      .split('\r\n')
    expect(new Set(lines).size).toBe(121)
  })

  test('update, disable, enable, rotate and revoke change the key', async () => {
    const secret = (await out(['keys', 'create', '--label', 'old=1', '--limit', '5/daily'])).trim()
    const [line = ''] = (await out(['keys', 'list', '--label', 'old=1', '--output', 'csv']))
      .split('\r\n')
      .slice(1)
    const [id = ''] = line.split(',')
    const shown = await out([
      'keys',
      'update',
      id,
      '--name',
      'new',
      '--remove-label',
      'old',
      '--label',
      'env=x',
      '--limit',
      'none/daily',
      '--limit',
      '7/weekly',
      '--output',
      'json',
    ])
    expect(JSON.parse(shown)).toMatchObject({ name: 'new', labels: { env: 'x' }, limits: { weekly: '7' } })
    await out(['users', 'create', 'heir'])
    const given = JSON.parse(await out(['keys', 'update', id, '--owner', 'heir', '--output', 'json']))
    const heir = JSON.parse(await out(['users', 'get', 'heir', '--output', 'json']))
    expect(given.ownerId).toBe(heir.id)
    const stale = await run(['keys', 'update', id, '--name', 'late', '--if-revision', '1'])
    expect([stale.exitCode, stale.stderr]).toEqual([
      1,
      expect.stringMatching(/^latchkey: .*revision.*\(request [^)]+\)\n$/),
    ])
    const code = async (key: string) => (await run(['verify', '--quiet'], key)).exitCode
    expect(await code(secret)).toBe(0)
    await out(['keys', 'disable', id])
    expect(await code(secret)).toBe(11)
    await out(['keys', 'enable', id])
    const dryRotate = await run(['keys', 'rotate', id, '--dry-run'])
    expect([dryRotate.exitCode, dryRotate.stdout, dryRotate.stderr]).toEqual([
      0,
      '',
      expect.stringContaining('would be dead at once. Nothing was changed.'),
    ])
    expect(await code(secret)).toBe(0)
    const rotated = await run(['keys', 'rotate', id, '--overlap', '1h'])
    expect(rotated.stdout).toMatch(SECRET)
    expect(settled(rotated.stderr)).toStartWith(
      'Rotated <uuid>______________________________; the old secret works until <time>',
    )
    expect([await code(secret), await code(rotated.stdout)]).toEqual([0, 0])
    const last = await run(['keys', 'rotate', id])
    expect(last.stderr).toContain('the old secret is dead')
    expect([await code(secret), await code(rotated.stdout), await code(last.stdout)]).toEqual([10, 10, 0])
    const dry = await run(['keys', 'revoke', id, '--dry-run'])
    expect(dry.stderr).toBe('Would revoke 1; 0 revoked before, 0 skipped, 0 failed. Nothing was changed.\n')
    expect(dry.stdout).toMatch(/ would be revoked$/m)
    expect(await code(last.stdout)).toBe(0)
    const revoked = await run(['keys', 'revoke', id, '--reason', 'over'])
    expect(revoked.exitCode).toBe(0)
    expect(settled(revoked.stderr)).toBe(
      'Revoked 1; 0 revoked before, 0 skipped, 0 failed. Dead on 1 of 1 nodes at <time>__________________.\n',
    )
    expect(await code(last.stdout)).toBe(10)
    const audit = JSON.parse(
      await out(['audit', '--target', id, '--action', 'key.revoke', '--output', 'json']),
    )
    expect(audit[0]).toMatchObject({ action: 'key.revoke', reason: 'over' })
    const nobody = await run(['keys', 'revoke', '00000000-0000-7000-8000-000000000001', '--output', 'csv'])
    expect([nobody.exitCode, nobody.stdout]).toEqual([1, expect.stringContaining('failed')])
  })

  test('revoke by options needs --yes without a terminal, and options that mean something', async () => {
    const secret = await out(['keys', 'create', '--label', 'bulk=1'])
    const held = await run(['keys', 'revoke', '--label', 'bulk=1'])
    expect([held.exitCode, held.stdout]).toEqual([2, ''])
    expect((await run(['verify', '--quiet'], secret)).exitCode).toBe(0)
    for (const args of [
      ['keys', 'revoke'],
      ['keys', 'revoke', '--yes'],
      ['keys', 'revoke', 'x', '--label', 'bulk=1', '--yes'],
    ])
      expect([args, (await run(args)).exitCode]).toEqual([args, 2])
    const done = await run(['keys', 'revoke', '--label', 'bulk=1', '--yes', '--output', 'json'])
    expect(JSON.parse(done.stdout)).toMatchObject([{ status: 'revoked', receipt: { status: 'revoked' } }])
    expect((await run(['verify', '--quiet'], secret)).exitCode).toBe(10)
  })

  test('control characters in a name are shown and not obeyed', async () => {
    await out(['keys', 'create', '--name', 'a\u001b]0;title\u0007\nb\u202e', '--label', 'hostile=1'])
    const shown = await out(['keys', 'list', '--label', 'hostile=1'])
    expect(shown).toContain('a\\u001b]0;title\\u0007\\nb\\u202e')
    expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u)
  })
})

describe('latchkey verify', () => {
  test('has the verdict as its exit code, and reads the key from the standard input or its argument', async () => {
    const secret = (
      await out(['keys', 'create', '--permission', 'a.read', '--limit', '1/total', '--rate', '3/1h'])
    ).trim()
    const answered = await run(['verify', '--permission', 'a.read'], `${secret}\n`)
    expect([answered.exitCode, answered.stdout]).toEqual([
      0,
      expect.stringMatching(/^valid +true\ncode +VALID\n/),
    ])
    const exits: [string[], number][] = [
      [['verify', secret, '--permission', 'b.read'], 15],
      [['verify', secret, '--charge', '2'], 17],
      [['verify', secret, '--charge', '0.5'], 0],
      [['verify', secret], 0],
      [['verify', secret], 16],
      [['verify', server().rootKey.slice(0, -1)], 10],
    ]
    for (const [args, exit] of exits)
      expect([args[2], args[3], (await run(args)).exitCode]).toEqual([args[2], args[3], exit])
    expect((await run(['verify'], '')).exitCode).toBe(2)
    const down = await latchkey(['verify', secret], { env: { ...env(), LATCHKEY_URL: 'http://127.0.0.1:1' } })
    expect([down.exitCode, down.stdout]).toEqual([1, ''])
  })
})

describe('failures', () => {
  const one = ({ exitCode, stdout, stderr }: CommandRun) => [exitCode, stdout, stderr.split('\n').length]

  test('are reported in one line with the id of the request, and never with a stack', async () => {
    const gone = await run(['keys', 'get', '00000000-0000-7000-8000-000000000001'])
    expect(one(gone)).toEqual([1, '', 2])
    expect(gone.stderr).toMatch(/^latchkey: No such key\. \(request [0-9a-f-]{36}\)\n$/)
    const wrong = await run(['keys', 'create', '--permission', 'not a permission', '--ip', 'nowhere'])
    expect(one(wrong)).toEqual([1, '', 2])
    expect(wrong.stderr).toContain('/permissions/0: ')
    expect(wrong.stderr).toContain('/allowedIps/0: ')
    const unknown = await latchkey(['keys', 'list'], { env: { ...env(), LATCHKEY_API_KEY: 'lk_wrong' } })
    expect(one(unknown)).toEqual([1, '', 2])
    expect(unknown.stderr).toContain('latchkey login')
    const away = await latchkey(['keys', 'list'], { env: { ...env(), LATCHKEY_URL: 'http://127.0.0.1:1' } })
    expect(one(away)).toEqual([1, '', 2])
    const noUrl = await latchkey(['keys', 'list'], { env: { ...env(), LATCHKEY_URL: 'nonsense' } })
    expect(one(noUrl)).toEqual([1, '', 2])
    for (const { stderr } of [gone, wrong, unknown, away, noUrl]) expect(stderr).not.toMatch(/\n +at |\.ts:/)
  })

  test.each([
    [['keys', 'create', '--limit', '5']],
    [['keys', 'create', '--limit', '5/yearly']],
    [['keys', 'create', '--limit', '5/daily', '--limit', '6/daily']],
    [['keys', 'create', '--rate', '100']],
    [['keys', 'create', '--label', 'novalue']],
    [['keys', 'create', '--expires', 'tomorrow']],
    [['keys', 'create', '--access', 'all']],
    [['keys', 'create', '--nmae', 'x']],
    [['keys', 'create', 'surplus']],
    [['keys', 'get']],
    [['keys', 'list', '--limit', '0']],
    [['keys', 'list', '--output', 'xml']],
    [['keys', 'update', 'x']],
    [['kesy']],
    [['keys', 'lsit']],
    [['completion', 'tcsh']],
  ])('a command line that makes no sense exits with 2: %j', async (args) => {
    const { exitCode, stdout, stderr } = await run(args)
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^latchkey: /)
  })

  test('a mistyped word gets a suggestion', async () => {
    expect((await run(['kesy'])).stderr).toBe("latchkey: unknown command 'kesy' (Did you mean keys?)\n")
    expect((await run([])).exitCode).toBe(2)
  })
})

describe('a pipe that closes early', () => {
  /** Reads a part of a command's output, and closes the pipe. */
  function closedAfter(args: string[], bytes: number): Promise<CommandRun> {
    const main = join(import.meta.dir, '../../src/main.ts')
    const child = spawn(process.execPath, [main, ...args], {
      env: { PATH: process.env.PATH ?? '', ...env() },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const seen: CommandRun = { exitCode: null, stdout: '', stderr: '' }
    child.stderr.on('data', (data) => (seen.stderr += data))
    if (bytes === 0) child.stdout.destroy()
    child.stdout.on('data', (data) => {
      seen.stdout += data
      if (seen.stdout.length >= bytes) child.stdout.destroy()
    })
    return new Promise((resolve) =>
      child.once('close', (code, signal) => resolve({ ...seen, exitCode: code ?? signal })),
    )
  }

  test('ends a list quietly', async () => {
    const { exitCode, stderr } = await closedAfter(['keys', 'list', '--all', '--output', 'json'], 1)
    expect([exitCode, stderr]).toEqual([0, ''])
  })

  test('is a failure when a secret was lost, and the message says how to get another', async () => {
    const { exitCode, stderr } = await closedAfter(['keys', 'create', '--name', 'lost'], 0)
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(
      /Nobody read the secret of [0-9a-f-]{36}\. Make another with: latchkey keys rotate [0-9a-f-]{36}\n$/,
    )
  })
})
