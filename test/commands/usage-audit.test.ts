import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { usageChart } from '../../src/cli/usage.ts'
import { commandBench } from '../support/commands.ts'

const { env, run } = commandBench()

describe('usage and audit', () => {
  test('usage is a chart, or its rows', async () => {
    const secret = (await run(['keys', 'create', '--name', 'spender'])).stdout.trim()
    for (const charge of ['0.75', '0.5'])
      expect((await run(['verify', secret, '--charge', charge])).exitCode).toBe(0)
    const { stdout } = await run(['usage', '--from', '1d', '--interval', 'month'])
    expect(stdout).toMatch(/^\d{4}-\d\d-01 +1\.25 +█+\ntotal +1\.25 +USD\n$/)
    const rows = JSON.parse((await run(['usage', '--group-by', 'key', '--output', 'json'])).stdout)
    expect(rows).toMatchObject([{ amount: '1.25', requests: 2 }])
    const two = ['usage', '--group-by', 'key', '--group-by', 'owner', '--output']
    const [both] = JSON.parse((await run([...two, 'json'])).stdout)
    expect([Object.keys(both.group), both.names]).toEqual([
      ['key', 'owner'],
      { key: 'spender', owner: 'root' },
    ])
    expect((await run([...two, 'csv'])).stdout).toContain(
      `,${both.group.key} ${both.group.owner},spender root,1.25,`,
    )
    expect((await run(['usage', '--group-by', 'key'])).stdout).toContain(`spender (${both.group.key})  1.25`)
    expect((await run(['usage', '--group-by', 'nothing'])).exitCode).toBe(1)
  })

  test('bars are in proportion, and the least amount shows', () => {
    const row = (start: string, amount: string) => ({
      start,
      amount,
      byokAmount: '0',
      requests: 1,
      group: null,
      correction: false,
    })
    const chart = usageChart(
      [
        row('2026-11-21T00:00:00.000Z', '100'),
        row('2026-11-22T00:00:00.000Z', '50'),
        row('2026-11-23T00:00:00.000Z', '0.000000001'),
      ] as never,
      {
        columns: 60,
        paint: (_, text) => text,
      },
    )
    const bars = chart.split('\n').map((line) => [...line].filter((sign) => sign === '█').length)
    expect(Math.abs((bars[0] ?? 0) - (bars[1] ?? 0) * 2)).toBeLessThanOrEqual(1)
    expect(bars[0]).toBeGreaterThan(20)
    expect(chart.split('\n')[2]).toContain('▏')
    expect(chart).toContain('total       150.000000001  USD')
  })

  test('audit --follow shows new entries, oldest first, until it is stopped', async () => {
    const main = join(import.meta.dir, '../../src/main.ts')
    const child = Bun.spawn([process.execPath, main, 'audit', '--follow', '--output', 'json'], {
      env: { PATH: process.env.PATH ?? '', ...env() },
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const told = child.stderr.getReader()
    expect(new TextDecoder().decode((await told.read()).value)).toContain('Following')
    for (const label of ['f=1', 'f=2']) await run(['keys', 'create', '--label', label])
    let seen = ''
    for await (const piece of child.stdout as unknown as AsyncIterable<Uint8Array>) {
      seen += new TextDecoder().decode(piece)
      if ((seen.match(/\n/g)?.length ?? 0) >= 2) break
    }
    const entries = seen
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(entries.map(({ action }) => action)).toEqual(['key.create', 'key.create'])
    expect(entries[0].revision).toBeLessThan(entries[1].revision)
    child.kill('SIGINT')
    expect(await child.exited).toBe(0)
  }, 30_000)
})
