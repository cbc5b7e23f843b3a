import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createServer as createSecure } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { certificateFor, DAY_MS } from './certificate.test-support.ts'
import { runInNode } from './in-node.test-support.ts'

// The recipes of the README for proxies and authorities, in the runtimes that a machine has.

const folder = mkdtempSync(join(tmpdir(), 'latchkey-proxies-'))
const authority = join(folder, 'authority.pem')
const asked: string[] = []
let proxy: Server
let secured: Server

beforeAll(async () => {
  const answer = JSON.stringify({ valid: false, code: 'NOT_FOUND' })
  proxy = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.setHeader('content-type', 'application/json').end(answer)
  })
  const made = certificateFor('127.0.0.1', new Date(Date.now() - DAY_MS), new Date(Date.now() + DAY_MS))
  writeFileSync(authority, made.cert)
  secured = createSecure(made, (_, response) => {
    response.setHeader('content-type', 'application/json').end(answer)
  })
  for (const server of [proxy, secured])
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
})

afterAll(() => {
  proxy.close()
  secured.close()
  rmSync(folder, { recursive: true })
})

const portOf = (server: Server) => (server.address() as AddressInfo).port

const program = (baseUrl: string, fetch = 'undefined') => `
  import { Latchkey } from ${JSON.stringify(join(import.meta.dir, '../index.ts'))}
  const latchkey = new Latchkey({ baseUrl: ${JSON.stringify(baseUrl)}, apiKey: 'x', retry: { maxRetries: 0 }, fetch: ${fetch} })
  const told = await latchkey.verify({ key: 'x' }).then(({ code }) => code, (error) => error.name)
  console.log(told)`

async function runInBun(script: string, env: Record<string, string> = {}): Promise<string> {
  const path = join(folder, 'program.ts')
  await Bun.write(path, script)
  const child = Bun.spawn([process.execPath, path], { env: { ...process.env, ...env }, stdout: 'pipe' })
  return (await child.stdout.text()).trim()
}

describe('through a proxy', () => {
  const server = 'http://keys.example'

  test('of the environment, in Bun', async () => {
    const told = await runInBun(program(server), { HTTP_PROXY: `http://127.0.0.1:${portOf(proxy)}` })
    expect(told).toBe('NOT_FOUND')
    expect(asked.at(-1)).toBe(`POST ${server}/v2/verify`)
  })

  test('of one client, in Bun', async () => {
    const init = `{ ...init, proxy: 'http://127.0.0.1:${portOf(proxy)}' }`
    expect(await runInBun(program(server, `(url, init) => fetch(url, ${init})`))).toBe('NOT_FOUND')
    expect(asked.at(-1)).toBe(`POST ${server}/v2/verify`)
  })
})

describe('an authority of your own', () => {
  for (const [name, runs] of [
    ['Bun', runInBun],
    ['Node', runInNode],
  ] as const)
    test(`is trusted by NODE_EXTRA_CA_CERTS, in ${name}, and not without it`, async () => {
      const script = program(`https://127.0.0.1:${portOf(secured)}`)
      expect(await runs(script, { NODE_EXTRA_CA_CERTS: authority })).toBe('NOT_FOUND')
      expect(await runs(script)).toBe('LatchkeyConnectionError')
    })
})
