import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { VERDICT_EXITS } from '../../src/cli/verify.ts'
import { VERDICT_MEANINGS } from '../../src/cli/why.ts'
import { latchkey } from '../support/cli.ts'
import { type ServerProcess, startServer, temporaryFolder } from '../support/server.ts'

let server: ServerProcess
let remote: Record<string, string>
const folder = temporaryFolder()

beforeAll(async () => {
  server = await startServer({ LATCHKEY_DATABASE_URL: 'sqlite::memory:' })
  remote = { LATCHKEY_URL: server.url, LATCHKEY_API_KEY: server.rootKey }
})
afterAll(() => server.end('SIGTERM'))

async function ask(method: string, path: string, requestId: string, body?: object) {
  const headers = {
    authorization: `Bearer ${server.rootKey}`,
    'x-request-id': requestId,
    ...(body !== undefined && { 'content-type': 'application/json' }),
  }
  const answer = await fetch(`${server.url}${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  })
  return (await answer.json()) as { key: { id: string }; secret: string }
}

/** Writes the log of the server to a file, once it contains the text. */
async function logWith(text: string): Promise<string> {
  for (let look = 0; look < 400 && !server.output().includes(text); look += 1) await Bun.sleep(25)
  const path = join(folder, 'latchkey.log')
  writeFileSync(path, server.output())
  return path
}

describe('why', () => {
  test('explains a verify that was answered 200: the refused key, and the reason', async () => {
    const { key, secret } = await ask('POST', '/v2/keys', 'made', { disabled: true })
    expect(await ask('POST', '/v2/verify', 'ticket-1', { key: secret })).toMatchObject({ code: 'DISABLED' })
    const log = await logWith('ticket-1')
    const run = await latchkey(['why', 'ticket-1', '--log', log], { env: remote })
    expect(run.exitCode).toBe(0)
    expect(run.stdout).toContain(`The verdict of the key ${key.id}: DISABLED. ${VERDICT_MEANINGS.DISABLED}`)
    expect(run.stdout).not.toContain(secret)
    // The same of what journalctl and containers write, and without a server.
    const stdin = server.output().replaceAll(/^/gm, 'Nov 28 12:00:00 host latchkey[1]: ')
    const alone = await latchkey(['why', 'ticket-1', '--log', '-', '--output', 'json'], {
      env: { LATCHKEY_URL: 'http://127.0.0.1:9', LATCHKEY_API_KEY: 'lk_none' },
      stdin,
    })
    expect(alone.stderr).toContain('The audit log could not be read')
    expect(JSON.parse(alone.stdout)).toMatchObject([
      { from: 'log', record: { requestId: 'ticket-1', verdict: 'DISABLED', verifiedKeyId: key.id } },
    ])
  })

  test('explains a failure by its fault, and a change from the audit log', async () => {
    await ask('GET', '/v2/keys/unknown', 'ticket-2')
    const log = await logWith('ticket-2')
    const failed = await latchkey(['why', 'ticket-2', '--log', log], { env: remote })
    expect(failed.stdout).toContain('was answered 404')
    expect(failed.stdout).toContain('It failed: key_not_found. No such key.')
    const { key } = await ask('POST', '/v2/keys', 'ticket-3', {})
    const done = await latchkey(['why', 'ticket-3', '--output', 'csv'], { env: remote })
    expect(done.stdout).toContain(`key.create of key ${key.id} was done by the key`)
  })

  test('exits 1 and says where to look when nothing is known', async () => {
    const run = await latchkey(['why', 'never-asked'], { env: remote })
    expect([run.exitCode, run.stdout]).toEqual([1, ''])
    expect(run.stderr).toContain('--log')
    const missing = await latchkey(['why', 'never-asked', '--log', join(folder, 'none')], { env: remote })
    expect(missing.exitCode).toBe(1)
    expect(missing.stderr).toContain('none cannot be read')
  })

  test('has an explanation for every verdict', () => {
    expect(Object.keys(VERDICT_MEANINGS).toSorted()).toEqual(Object.keys(VERDICT_EXITS).toSorted())
  })
})
