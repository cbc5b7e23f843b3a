import { describe, expect, test } from 'bun:test'
import type { Key } from '../../packages/client/src/index.ts'
import type { Context } from '../../src/cli/command.ts'
import { KEY_COLUMNS, keyLines } from '../../src/cli/keys/columns.ts'
import { showSecret } from '../../src/cli/keys/secret.ts'
import { barOf } from '../../src/cli/progress.ts'
import { showRecord, showRows } from '../../src/cli/show.ts'
import { csvCell, paintFor, printable, shortened, widthOf } from '../../src/cli/text.ts'

type Shown = Parameters<typeof showRows>[0]

describe('output for people', () => {
  test('colours are for terminals only, and NO_COLOR turns them off', () => {
    const tty = { isOutTty: true }
    expect(paintFor(tty, {})('red', 'x')).toBe('\u001b[31mx\u001b[0m')
    for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) expect(paintFor(tty, env)('red', 'x')).toBe('x')
    expect(paintFor({ isOutTty: false }, {})('red', 'x')).toBe('x')
  })

  test('texts are measured in columns, and bars show the progress', () => {
    expect([widthOf('abc'), widthOf('東京'), widthOf('e\u0301')]).toEqual([3, 4, 1])
    expect(printable('a\tb\u001b[2J')).toBe('a\\tb\\u001b[2J')
    expect(barOf(1, 2)).toBe('[###############...............] 50 % (1 of 2)')
    expect(barOf(0, 0)).toContain('100 %')
  })
})

describe('texts of others', () => {
  const HOSTILE = 'a\u001b]0;title\u0007\u009b31m\r\u202e\u2066b'
  const key = {
    ...{ id: HOSTILE, name: HOSTILE, mask: HOSTILE, ownerId: HOSTILE, externalUserId: HOSTILE },
    ...{ hash: '', status: HOSTILE, access: HOSTILE, workspaceId: HOSTILE, notBefore: null, createdAt: '' },
    ...{ expiresAt: null, lastUsedAt: null, updatedAt: '', requestCount: 0, revision: 1 },
    ...{ labels: { a: HOSTILE }, permissions: [HOSTILE], allowedIps: [HOSTILE], budget: [] },
    ...{ rateLimits: [{ name: HOSTILE, limit: 5, window: '1h' }], usage: { total: '0' }, secrets: [] },
  } as unknown as Key

  const shows: [name: string, show: (context: Shown) => void][] = [
    ['a record', (context) => showRecord(context, key, keyLines(key))],
    [
      'a list',
      (context) => {
        const shower = showRows(context, KEY_COLUMNS)
        shower.rows([key])
        shower.end()
      },
    ],
    [
      'a new secret',
      (context) => showSecret(context as Context, { key, secret: HOSTILE }, `Made the key ${HOSTILE}.`),
    ],
  ]
  test.each(shows)('%s on a terminal has no character that the terminal obeys', (name, show) => {
    for (const output of ['table', 'json', 'csv'] as const) {
      let said = ''
      const out = (text: string) => {
        said += text
      }
      const terminal = { out, err: out, isOutTty: true, columns: 1_000 } as unknown as Shown['terminal']
      show({ terminal, env: { NO_COLOR: '1' }, output })
      expect(said).toContain('title')
      expect([output, said.replaceAll(/\r?\n/g, '').match(/[\p{Cc}\u202e\u2066]/u)]).toEqual([output, null])
      if (output === 'json' && name !== 'a new secret')
        expect([JSON.parse(said)].flat()[0]).toEqual(key as never)
    }
  })

  test('a file of CSV has them as they are, but no formulas', () => {
    expect(csvCell('a\u202eb')).toBe('a\u202eb')
    expect(['=1+1', '-1+1', '+A1', '@sum', '|x', '%x', '\tx', '\rx'].map(csvCell)).toEqual([
      ...["'=1+1", "'-1+1", "'+A1", "'@sum", "'|x", "'%x", "'\tx"],
      '"\'\rx"',
    ])
    expect(['＝1+1', '＋A1', '－1', '＠sum'].map(csvCell)).toEqual(["'＝1+1", "'＋A1", "'－1", "'＠sum"])
    // As a spreadsheet reads it that ends cells at semicolons.
    for (const text of ['a;=1+1', ';;+A1;x', 'x;"=1+1;y', 'a,b;@sum', ';\t=1']) {
      const line = ['first', text, 'last'].map(csvCell).join(',')
      for (const cell of line.split(';')) expect(cell.replaceAll('"', '')).not.toMatch(/^[=+\-@\t]/)
    }
    expect(csvCell('a;b=1; c')).toBe('a;b=1; c')
    expect(['-0.3', '+5', '12', 'a=b', ''].map(csvCell)).toEqual(['-0.3', '+5', '12', 'a=b', ''])
  })
})

describe('a table of keys', () => {
  const key = {
    id: '01a22281-3706-7000-83d8-0239d82fa054',
    name: 'a name of somebody else '.repeat(5),
    mask: 'lk_gGR...4gL',
    status: 'active',
    access: 'use',
    ownerId: '01a22281-31b0-7000-8270-0130a992c221',
    budget: [{ window: 'daily', limit: '5', spent: '1.25' }],
    expiresAt: '2026-12-28T14:13:41.347Z',
    lastUsedAt: null,
    labels: { env: 'production' },
  } as unknown as Key

  function shown(columns: number, isOutTty: boolean): { lines: string[]; told: string } {
    const said = { out: '', err: '' }
    const terminal = {
      out: (text: string) => {
        said.out += text
      },
      err: (text: string) => {
        said.err += text
      },
      ...{ isOutTty, isErrTty: isOutTty, isInTty: false, columns },
      readAll: async () => '',
      ask: async () => '',
    }
    const shower = showRows({ terminal, env: { NO_COLOR: '1' }, output: 'table' }, KEY_COLUMNS)
    shower.rows([key, { ...key, name: '東京'.repeat(40) }])
    shower.end()
    return { lines: said.out.trimEnd().split('\n'), told: said.err }
  }

  test.each([80, 100, 120, 140, 180, 220, 400])(
    'fits into %i columns, and names the columns left out',
    (columns) => {
      const { lines, told } = shown(columns, true)
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns)
      const [head = ''] = lines
      const left = KEY_COLUMNS.map(({ head }) => head).filter((each) => !head.includes(each))
      expect(told).toBe(
        left.length === 0
          ? ''
          : `The terminal is too narrow for ${left.join(', ')}. --output csv or json shows all.\n`,
      )
      for (const each of ['ID', 'NAME', 'STATUS']) expect(head).toContain(each)
    },
  )

  test('has all columns where there is room, and more of them the wider it is', () => {
    const counts = [80, 120, 140, 180, 220, 400].map(
      (columns) => shown(columns, true).lines[0]?.split(/ {2,}/).length,
    )
    expect(counts.at(0)).toBeLessThan(5)
    expect(counts.at(-1)).toBe(KEY_COLUMNS.length)
    expect(counts.toSorted((one, other) => (one ?? 0) - (other ?? 0))).toEqual(counts)
  })

  test('is whole in a pipe, whatever its width', () => {
    const { lines, told } = shown(80, false)
    expect([lines[1]?.includes(key.name.trim()), lines[0]?.includes('LABELS'), told]).toEqual([
      true,
      true,
      '',
    ])
  })

  test('cuts a text at the width of a terminal, measured in columns', () => {
    expect([shortened('abcdef', 6), shortened('abcdefg', 6), shortened('東京東京', 6)]).toEqual([
      'abcdef',
      'abcde…',
      '東京…',
    ])
  })
})
