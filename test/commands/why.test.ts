import { describe, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { VERDICT_EXITS } from '../../src/cli/verify.ts'
import { VERDICT_MEANINGS } from '../../src/cli/why.ts'
import { latchkey } from '../support/cli.ts'
import { commandBench } from '../support/commands.ts'
import { temporaryFolder } from '../support/server.ts'

// The command reads the log of the server, so the server writes all of it.
const { server, run } = commandBench({})
const folder = temporaryFolder()

async function ask(method: string, path: string, requestId: string, body?: object) {
  const headers = {
    authorization: `Bearer ${server().rootKey}`,
    'x-request-id': requestId,
    ...(body !== undefined && { 'content-type': 'application/json' }),
  }
  const answer = await fetch(`${server().url}${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  })
  return (await answer.json()) as { key: { id: string }; secret: string }
}

/** Writes the log of the server to a file, once it contains the text. */
async function logWith(text: string): Promise<string> {
  for (let look = 0; look < 400 && !server().output().includes(text); look += 1) await Bun.sleep(25)
  const path = join(folder, 'latchkey.log')
  writeFileSync(path, server().output())
  return path
}

describe('why', () => {
  test('explains a verify that was answered 200: the refused key, and the reason', async () => {
    const { key, secret } = await ask('POST', '/v2/keys', 'made', { disabled: true })
    expect(await ask('POST', '/v2/verify', 'ticket-1', { key: secret })).toMatchObject({ code: 'DISABLED' })
    const log = await logWith('ticket-1')
    const answer = await run(['why', 'ticket-1', '--log', log])
    expect(answer.exitCode).toBe(0)
    expect(answer.stdout).toContain(
      `The verdict of the key ${key.id}: DISABLED. ${VERDICT_MEANINGS.DISABLED}`,
    )
    expect(answer.stdout).not.toContain(secret)
    // The same of what journalctl and containers write, and without a server().
    const stdin = server().output().replaceAll(/^/gm, 'Nov 28 12:00:00 host latchkey[1]: ')
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
    const failed = await run(['why', 'ticket-2', '--log', log])
    expect(failed.stdout).toContain('was answered 404')
    expect(failed.stdout).toContain('It failed: key_not_found. No such key.')
    const { key } = await ask('POST', '/v2/keys', 'ticket-3', {})
    const done = await run(['why', 'ticket-3', '--output', 'csv'])
    expect(done.stdout).toContain(`key.create of key ${key.id} was done by the key`)
  })

  test('exits 1 and says where to look when nothing is known', async () => {
    const answer = await run(['why', 'never-asked'])
    expect([answer.exitCode, answer.stdout]).toEqual([1, ''])
    expect(answer.stderr).toContain('--log')
    const missing = await run(['why', 'never-asked', '--log', join(folder, 'none')])
    expect(missing.exitCode).toBe(1)
    expect(missing.stderr).toContain('none cannot be read')
  })

  test('has an explanation for every verdict', () => {
    expect(Object.keys(VERDICT_MEANINGS).toSorted()).toEqual(Object.keys(VERDICT_EXITS).toSorted())
  })
})
