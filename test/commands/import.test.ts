import { describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commandBench } from '../support/commands.ts'
import { temporaryFolder } from '../support/server.ts'

// Exports as the programs of others write them: the names of their columns, and how they hash.

const folder = temporaryFolder()

const { run } = commandBench()
const sha256 = (text: string) => createHash('sha256').update(text)
const hex = (text: string) => sha256(text).digest('hex')
const base64url = (text: string) => sha256(text).digest('base64url')

function file(name: string, content: string | object): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

async function keyOf(secret: string): Promise<Record<string, unknown>> {
  const { exitCode, stdout } = await run(['keys', 'get', hex(secret), '--output', 'json'])
  expect([secret, exitCode]).toEqual([secret, 0])
  return JSON.parse(stdout)
}

const valid = async (secret: string) => (await run(['verify', '--quiet'], secret)).exitCode

describe('latchkey import', () => {
  test("better-auth's table apikey, as JSON: SHA-256 in base64url, statements, rates in milliseconds", async () => {
    const secret = 'bA'.repeat(32)
    const row = {
      id: 'YpBqz',
      name: 'ci key',
      start: 'bAbAbA',
      prefix: null,
      key: base64url(secret),
      userId: 'user_1',
      refillInterval: null,
      refillAmount: null,
      lastRefillAt: null,
      enabled: true,
      rateLimitEnabled: true,
      rateLimitTimeWindow: 86_400_000,
      rateLimitMax: 10,
      requestCount: 3,
      remaining: 7,
      lastRequest: null,
      expiresAt: '2099-01-01T00:00:00.000Z',
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-01-01T00:00:00.000Z',
      permissions: '{"files":["read","write"]}',
      metadata: null,
    }
    const off = {
      ...row,
      id: 'off',
      key: base64url(`${secret}2`),
      enabled: false,
      rateLimitEnabled: false,
      remaining: null,
    }
    const { exitCode, stdout, stderr } = await run(['import', file('better-auth.json', [row, off])])
    expect([exitCode, stdout]).toEqual([0, ''])
    expect(stderr).toBe(
      'not carried over, of 1 row: remaining and refill count calls, which no limit here does\nbetter-auth: 2 created, 0 there already, 0 failed.\n',
    )
    expect(await valid(secret)).toBe(0)
    expect(await keyOf(secret)).toMatchObject({
      name: 'ci key',
      mask: 'bAbAbA...',
      externalUserId: 'user_1',
      permissions: ['files.read', 'files.write'],
      rateLimits: [{ name: 'requests', limit: 10, window: '1d' }],
      expiresAt: '2099-01-01T00:00:00.000Z',
      labels: { 'imported-from': 'better-auth', 'imported-id': 'YpBqz' },
    })
    expect(await valid(`${secret}2`)).toBe(11)
  })

  test("LiteLLM's table, as PostgreSQL copies it to CSV: SHA-256 in hex, budgets by duration", async () => {
    const [one, two, odd] = [
      'sk-one-aaaaaaaaaaaaaaaaaa',
      'sk-two-bbbbbbbbbbbbbbbbbb',
      'sk-odd-cccccccccccccccccc',
    ]
    const csv = [
      'token,key_name,key_alias,spend,expires,models,user_id,team_id,max_budget,budget_duration,rpm_limit,tpm_limit,blocked,metadata',
      `${hex(one)},sk-...aaaa,"Team A, dev",1.5,2099-01-01 00:00:00,"{gpt-4o,gpt-5}",u1,t1,25,30d,60,,f,"{}"`,
      `${hex(two)},sk-...bbbb,,0,,{},,,1e-3,,,,t,"{}"`,
      `${hex(odd)},sk-...cccc,odd,0,,{},,,9.5,3d,,,f,"{}"`,
    ].join('\r\n')
    const { exitCode, stderr } = await run(['keys', 'import', '-', '--output', 'json'], csv)
    expect(exitCode).toBe(0)
    expect(stderr).toContain('spend: what was spent begins anew here')
    expect(stderr).toContain('models: which models')
    expect(stderr).toContain('budget_duration 3d counts as weekly here')
    expect(stderr).toContain('litellm: 3 created, 0 there already, 0 failed.')
    expect(await keyOf(one)).toMatchObject({
      name: 'Team A, dev',
      mask: 'sk-...aaaa',
      externalUserId: 'u1',
      limits: { monthly: '25' },
      rateLimits: [{ name: 'requests', limit: 60, window: '1m' }],
      expiresAt: '2099-01-01T00:00:00.000Z',
      labels: { 'imported-from': 'litellm', team: 't1' },
    })
    expect(await keyOf(two)).toMatchObject({ limits: { total: '0.001' }, disabled: true })
    expect(await keyOf(odd)).toMatchObject({ limits: { weekly: '9.5' } })
  })

  test('the requests of a migration to Unkey, in both forms', async () => {
    const [one, two, three] = [
      'unkey_aaaaaaaaaaaaaaaaaaaa',
      'unkey_bbbbbbbbbbbbbbbbbbbb',
      'unkey_cccccccccccccccccccc',
    ]
    const keys = [
      {
        hash: hex(one),
        name: 'v2',
        externalId: 'ext_1',
        meta: { plan: 'pro', Nested: { a: 1 } },
        permissions: ['documents.read'],
        roles: ['admin'],
        expires: 4_070_908_800_000,
        enabled: true,
        credits: { remaining: 100 },
        ratelimits: [{ name: 'requests', limit: 100, duration: 60_000, autoApply: true }],
      },
      {
        hash: { value: sha256(two).digest('base64'), variant: 'sha256_base64' },
        start: 'unkey_bb',
        ownerId: 'own_2',
        ratelimit: { type: 'fast', limit: 10, duration: 1_000 },
      },
      { plaintext: three, name: 'text' },
    ]
    const { exitCode, stderr } = await run([
      'import',
      file('unkey.json', { migrationId: 'm', apiId: 'a', keys }),
    ])
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('unkey: 3 created')])
    for (const told of ['credits count calls', 'roles are not known', 'meta.Nested'])
      expect(stderr).toContain(told)
    expect(await keyOf(one)).toMatchObject({
      externalUserId: 'ext_1',
      labels: { plan: 'pro', 'imported-from': 'unkey' },
      permissions: ['documents.read'],
      expiresAt: '2099-01-01T00:00:00.000Z',
      rateLimits: [{ name: 'requests', limit: 100, window: '1m' }],
    })
    expect(await keyOf(two)).toMatchObject({
      mask: 'unkey_bb...',
      externalUserId: 'own_2',
      rateLimits: [{ name: 'requests', limit: 10, window: '1s' }],
    })
    expect(await valid(three)).toBe(0)
  })

  test('CSV with our columns, as texts and as digests, and each row with its own owner', async () => {
    await run(['users', 'create', 'nobody'])
    await run(['users', 'create', 'alice', '--email', 'alice@example.com'])
    const [text, digest] = ['a-text-of-some-other-system', 'a-digest-of-some-other-system']
    const csv = [
      'secret,sha256,mask,name,owner,labels,permissions,rates,limit_daily,expires_at,disabled',
      `${text},,,"by ""text""",alice@example.com,env=prod;team=a,a.read;b.*,100/1m;burst=5/1s,5,2099-01-01,false`,
      `,${hex(digest)},old...ey,by digest,,,,,,,true`,
      'short,,,,,,,,,,',
      '',
    ].join('\n')
    const { exitCode, stdout, stderr } = await run(['import', '-', '--output', 'csv'], csv)
    expect(exitCode).toBe(1)
    const lines = stdout.trim().split('\r\n')
    expect(lines[0]).toBe('row,sha256,status,id,detail')
    expect(lines.length).toBe(4)
    expect(stdout).toContain(`1,${hex(text)},created,`)
    expect(stderr).toContain('row 3: secret: Must be 20 to 256 printable ASCII characters without spaces.\n')
    expect(stderr + stdout).not.toContain(text)
    const { id } = JSON.parse((await run(['users', 'get', 'alice', '--output', 'json'])).stdout)
    expect(await keyOf(text)).toMatchObject({
      name: 'by "text"',
      ownerId: id,
      labels: { env: 'prod', team: 'a' },
      limits: { daily: '5' },
      rateLimits: [
        { name: 'requests', limit: 100, window: '1m' },
        { name: 'burst', limit: 5, window: '1s' },
      ],
    })
    expect(await keyOf(digest)).toMatchObject({ mask: 'old...ey', disabled: true })
  })

  test('our own JSON, one object per line; the same file again changes nothing; a dry run neither', async () => {
    const rows = [{ sha256: hex('one-of-ours'), name: 'one' }, { sha256: hex('two-of-ours') }]
    const path = file('ours.jsonl', rows.map((row) => JSON.stringify(row)).join('\n'))
    expect((await run(['import', path, '--dry-run'])).stderr).toBe(
      'latchkey: 2 created, 0 there already, 0 failed. Nothing was changed: this was a dry run.\n',
    )
    expect((await run(['import', path])).stderr).toBe('latchkey: 2 created, 0 there already, 0 failed.\n')
    expect((await run(['import', path])).stderr).toBe('latchkey: 0 created, 2 there already, 0 failed.\n')
  })

  test('more keys than fit into one call, some with a wrong form: those fail and the others are imported', async () => {
    const rows = Array.from({ length: 1_203 }, (_, n) => ({
      sha256: hex(`many-${n}`),
      name: 'n'.repeat(n % 400 === 7 ? 300 : 5),
      labels: { batch: 'many' },
    }))
    const { exitCode, stderr } = await run(['import', file('many.json', rows)])
    expect(exitCode).toBe(1)
    expect(stderr).toContain('latchkey: 1200 created, 0 there already, 3 failed.')
    for (const row of [8, 408, 808]) expect(stderr).toContain(`row ${row}: name: `)
  }, 60_000)

  test('a row that cannot be read has a failure of its own, and the others are imported', async () => {
    const texts = Array.from({ length: 8 }, (_, n) => `of-another-system-${n}-`.padEnd(24, 'x'))
    const csv = [
      'secret,labels,rates,disabled,owner,workspace,limit_daily',
      `${texts[0]},team,,,,,`,
      `${texts[1]},,100 per minute,,,,`,
      `${texts[2]},,,perhaps,,,`,
      `${texts[3]},,,,nobody@example.com,,`,
      `${texts[4]},,,,,nowhere,`,
      `${texts[5]},,,,,,five`,
      `${texts[6]},a=b,5/1s,yes,me,default,1`,
      `${texts[7]},,,no,nobody@example.com,,`,
      'lk_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3TQtQx,,,,,,',
    ].join('\n')
    const { exitCode, stderr } = await run(['import', '-'], csv)
    expect(stderr.trim().split('\n')).toEqual([
      'row 1: labels: Must be name=value, several between semicolons.',
      'row 2: rates: Must be [name=]calls/duration, such as 100/1m, several between semicolons.',
      'row 3: disabled: Must be true or false.',
      'row 4: owner: There is none of this name.',
      'row 5: workspace: There is none of this name.',
      'row 8: owner: There is none of this name.',
      'row 9: secret: Has the form of our secrets but a wrong checksum: a character is missing or changed.',
      expect.stringMatching(/^row 6: limits\/daily: /),
      'csv: 1 created, 0 there already, 8 failed.',
    ])
    expect(exitCode).toBe(1)
    expect(await valid(texts[6] ?? '')).toBe(11)
  })

  test('a value of an unexpected form does not free a key of its end, its limits or its being disabled: the row fails', async () => {
    const rows = {
      'better-auth': [
        // As mongoexport writes times and booleans in lists.
        { expiresAt: { $date: '2020-01-01T00:00:00Z' } },
        { enabled: [false] },
        { rateLimitEnabled: true, rateLimitMax: 1, rateLimitTimeWindow: { $numberLong: '1000' } },
      ].map((each, n) => ({ key: hex(`better-${n}`), start: 'abc', ...each })),
      litellm: [
        { max_budget: { $numberDecimal: '5' } },
        { expires: ['2020-01-01'] },
        { blocked: { yes: true } },
        { rpm_limit: [5] },
      ].map((each, n) => ({ token: hex(`lite-${n}`), key_name: 'sk-...abc', ...each })),
      unkey: [
        { ratelimit: { limit: 10 } },
        { ratelimit: '{limit: 10' },
        { ratelimits: [null] },
        { ratelimits: ['10/1s'] },
        { expires: { at: 1 } },
      ].map((each, n) => ({ hash: hex(`un-${n}`), ...each })),
    }
    for (const [format, list] of Object.entries(rows)) {
      const { exitCode, stderr } = await run(['import', file(`${format}.json`, list)])
      expect(stderr).toEndWith(`${format}: 0 created, 0 there already, ${list.length} failed.\n`)
      expect(exitCode).toBe(1)
    }
  })

  test('a list of keys of another server is none to import: a revoked or disabled key would work again', async () => {
    await run(['keys', 'create', '--name', 'to move', '--disabled'])
    const listed = await run(['keys', 'list', '--output', 'json'])
    for (const more of [[], ['--format', 'unkey']]) {
      const { exitCode, stderr } = await run(['import', '-', '--dry-run', ...more], listed.stdout)
      expect(exitCode).toBe(1)
      expect(stderr).toStartWith('latchkey: The file is a list of keys as latchkey keys list shows it')
    }
  })

  test('secrets in the place of the names of columns are neither shown nor sent', async () => {
    const secret = 'sk-live-abcdefghij0123456789'
    const files = [
      `${secret},first\n${secret}0,second\n`,
      `first,${secret}\nsecond,${secret}0\n`,
      `${secret},${secret}\na,b\n`,
      JSON.stringify([{ [secret]: { name: 'first' } }]),
    ]
    const formats = [
      [],
      ...['latchkey', 'csv', 'better-auth', 'litellm', 'unkey'].map((each) => ['--format', each]),
    ]
    for (const content of files)
      for (const format of formats) {
        const { exitCode, stdout, stderr } = await run(['import', '-', ...format], content)
        expect([exitCode, stdout]).toEqual([1, ''])
        expect(stderr).toMatch(/^latchkey: (The first line must name the columns|Row 1 has a member)/)
        expect(stderr).not.toContain('sk-live')
      }
  })

  test('a file that is no UTF-8 is refused, because its names would be changed', async () => {
    for (const encoding of ['latin1', 'utf16le'] as const) {
      const path = join(folder, encoding)
      writeFileSync(path, `sha256,name\n${hex('encoded')},J\u00fcrgen\n`, encoding)
      const { stderr } = await run(['import', path])
      expect(stderr).toBe('latchkey: The file is no UTF-8. Convert it first.\n')
    }
  })

  test('a column that is there twice is refused, and of two ways to write a name the one with a value counts', async () => {
    const twice = await run(['import', '-'], `sha256, disabled,disabled\n${hex('twice')},true,\n`)
    expect(twice.stderr).toBe('latchkey: The column "disabled" is there twice.\n')
    const both = { key: hex('both ways'), start: 'abc', expiresAt: '', expires_at: '2099-01-01T00:00:00Z' }
    expect((await run(['import', file('both.json', [both])])).exitCode).toBe(0)
    const { stdout } = await run(['keys', 'get', hex('both ways'), '--output', 'json'])
    expect(JSON.parse(stdout).expiresAt).toBe('2099-01-01T00:00:00.000Z')
  })

  test('values of columns that no key here can hold are reported', async () => {
    const row = { token: hex('left over'), key_name: 'sk-...over', max_budget: null }
    const more = {
      allowed_routes: ['/chat'],
      metadata: '{"tags":["a"]}',
      model_max_budget: {},
      aliases: '{}',
      auto_rotate: false,
      created_by: 'admin',
    }
    const { stderr } = await run(['import', file('left.json', [{ ...row, ...more }]), '--dry-run'])
    expect(stderr).toBe(
      [
        'not carried over, of 1 row: allowed_routes has no place here',
        'not carried over, of 1 row: metadata has no place here',
        'litellm: 1 created, 0 there already, 0 failed. Nothing was changed: this was a dry run.',
        '',
      ].join('\n'),
    )
  })

  test.each([
    ['nothing', '', 'The file is empty.'],
    ['no list', '"text"', 'The file holds no keys'],
    ['unknown columns', 'a,b\n1,2\n', 'The file is none that is known'],
    [
      'a column that is not ours',
      'sha256,nmae\nx,y\n',
      'There is no column "nmae". The nearest one is name.',
    ],
    ['a row with too few cells', 'sha256,name\nx\n', 'Row 1 has 1 cells'],
    [
      'very many columns',
      `${Array.from({ length: 100_000 }, (_, n) => `c${n}`).join()}\n1\n`,
      'Row 1 has 1 cells',
    ],
    ['broken JSON', '[{"sha256": "sk-secret-text"', 'The file is no JSON'],
  ])('a file with %s is refused in one line, without what is in it', async (_, content, told) => {
    const { exitCode, stdout, stderr } = await run(['import', '-'], content)
    expect([exitCode === 0, stdout]).toEqual([false, ''])
    expect(stderr).toStartWith('latchkey: ')
    expect(stderr).toContain(told)
    expect(stderr).not.toContain('sk-secret-text')
  })
})
