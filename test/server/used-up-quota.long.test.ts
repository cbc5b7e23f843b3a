import { afterAll, describe, expect, test } from 'bun:test'
import { spawn } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { canTrace } from '../crash/disk-trace.ts'
import { type ServerProcess, startServer, temporaryFolder } from '../support/server.ts'

const traceable = canTrace()
if (!traceable) process.stdout.write('SKIPPED used-up quota: strace is not installed, or may not be used\n')

describe.skipIf(!traceable)('a file system whose quota is used up', () => {
  const path = join(temporaryFolder(), 'latchkey.db')
  let server: ServerProcess | null = null
  afterAll(() => server?.end('SIGKILL'))

  async function call(method: string, route: string, body?: unknown) {
    const headers = { authorization: `Bearer ${server?.rootKey}`, 'content-type': 'application/json' }
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) }
    const response = await fetch(`${server?.url}${route}`, init)
    // biome-ignore lint/suspicious/noExplicitAny: a test asserts on the members that it names.
    return { status: response.status, json: (await response.json()) as any }
  }

  test('counts as a full disk: the server refuses writes, goes on reading, and recovers by itself', async () => {
    const settings = { LATCHKEY_DATABASE_URL: `sqlite:${path}`, LATCHKEY_DISK_RESERVE: '1' }
    server = await startServer({ ...settings, LATCHKEY_LOG_LEVEL: 'warn' })
    const leaked = (await call('POST', '/v2/keys', { access: 'use' })).json
    const code = async () => (await call('POST', '/v2/verify', { key: leaked.secret })).json.code
    const quota = await usedUp(
      server.pid,
      ['', '-wal', '.room', '.reserve'].map((suffix) => path + suffix),
    )
    expect((await call('POST', '/v2/keys', {})).status).toBe(503)
    expect((await call('DELETE', `/v2/keys/${leaked.key.id}`)).status).toBe(503)
    expect((await call('GET', '/readyz')).status).toBe(503)
    expect(await code()).toBe('VALID')
    // The file system has room all the time, which must not be taken for room of this user.
    await Bun.sleep(4_500)
    expect(quota.refusedWrites('.reserve')).toBeGreaterThan(0)
    expect(quota.refusedWrites('.reserve')).toBeLessThan(3)
    expect(server.output()).toContain('The disk is full')
    expect(server.output()).not.toContain('There is room')

    // It could not be removed.
    expect(statSync(`${path}.room`).size).toBe(0)

    await quota.raise()
    const end = performance.now() + 15_000
    while ((await call('GET', '/readyz')).status !== 200 && performance.now() < end) await Bun.sleep(50)
    expect((await call('GET', '/readyz')).status).toBe(200)
    expect((await call('DELETE', `/v2/keys/${leaked.key.id}`)).status).toBe(200)
    expect(await code()).toBe('NOT_FOUND')
  }, 60_000)

  test('that keeps a change from being noted as answered refuses it, and later changes are answered again', async () => {
    if (server === null) throw new Error('The server does not run.')
    const leaked = (await call('POST', '/v2/keys', { access: 'use' })).json
    const code = async () => (await call('POST', '/v2/verify', { key: leaked.secret })).json.code
    expect(await code()).toBe('VALID')
    // A file system that never writes in place needs room for a number that replaces another.
    const quota = await usedUp(server.pid, [`${path}.revision`])
    const refused = [
      await call('DELETE', `/v2/keys/${leaked.key.id}`),
      await call('POST', '/v2/keys', {}),
      await call('GET', '/readyz'),
    ]
    expect(refused.map(({ status }) => status)).toEqual([503, 503, 503])
    expect(await code()).toBe('NOT_FOUND')

    await quota.raise()
    const end = performance.now() + 15_000
    while ((await call('POST', '/v2/keys', {})).status !== 201 && performance.now() < end) await Bun.sleep(50)
    expect((await call('POST', '/v2/keys', {})).status).toBe(201)
    expect((await call('GET', '/readyz')).status).toBe(200)
    expect(await server.end('SIGTERM')).toBe(0)
  }, 60_000)
})

interface Quota {
  raise(): Promise<void>
  /** How many writes to a file with this ending it refused. */
  refusedWrites(ending: string): number
}

/** Makes each write of a process to these files fail as above a quota. There some file systems remove and shorten no file, either. */
async function usedUp(pid: number, paths: readonly string[]): Promise<Quota> {
  const files = paths.flatMap((each) => ['-P', each])
  const trace = join(temporaryFolder(), 'trace')
  const refused = 'inject=pwrite64,write,ftruncate,unlink,unlinkat:error=EDQUOT'
  const flags = ['-f', '-y', '-p', String(pid), '-e', refused, '-o', trace]
  const tracer = spawn('strace', [...flags, ...files], { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = new Promise<void>((resolve) => tracer.once('close', () => resolve()))
  await new Promise((resolve) => tracer.stderr.once('data', resolve))
  return {
    async raise() {
      tracer.kill('SIGINT')
      await ended
    },
    refusedWrites(ending) {
      const lines = readFileSync(trace, 'utf8').split('\n')
      return lines.filter((line) => / p?write(64)?\(/.test(line) && line.includes(`${ending}>`)).length
    },
  }
}
