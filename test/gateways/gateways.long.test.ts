import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { type ServerProcess, startServer } from '../support/server.ts'
import {
  connectionsTo,
  exampleOf,
  GATEWAYS,
  isInstalled,
  type RunningGateway,
  startGateway,
} from './programs.ts'

// For a run of ten minutes set LATCHKEY_TEST_GATEWAY_LOAD_MS=600000.
const LOAD_MS = Number(process.env.LATCHKEY_TEST_GATEWAY_LOAD_MS ?? 2_000)
const CALLERS = 16
const IDENTITY = ['key-id', 'owner-id', 'external-user-id', 'workspace-id', 'name', 'permissions', 'labels']

/** The status for a path exactly as it is written: fetch would normalize it. */
function rawStatus(url: string, path: string, secret: string, connection = 'close'): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.once('data', (chunk) => {
      socket.destroy()
      resolve(Number(chunk.toString().split(' ')[1]))
    })
    socket.once('error', reject)
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Api-Key: ${secret}\r\nConnection: ${connection}\r\n\r\n`,
    )
  })
}

interface Seen {
  method: string
  url: string
  headers: Record<string, string>
  body: string
}

for (const gateway of GATEWAYS) {
  const installed = isInstalled(gateway)
  if (!installed) {
    process.stdout.write(
      `SKIPPED gateway ${gateway.name}: it is not installed (Debian: apt-get install ${gateway.debian})\n`,
    )
  }
  describe.skipIf(!installed)(`behind ${gateway.name}`, () => {
    let latchkey: ServerProcess
    let running: RunningGateway
    let service: ReturnType<typeof Bun.serve>
    const seen: Seen[] = []
    const folder = exampleOf(gateway)

    beforeAll(async () => {
      service = Bun.serve({
        hostname: '127.0.0.1',
        port: 0,
        async fetch(request) {
          const { method, url, headers } = request
          seen.push({
            method,
            url: new URL(url).pathname + new URL(url).search,
            headers: headers.toJSON(),
            body: await request.text(),
          })
          return new Response('served', { status: 201 })
        },
      })
      latchkey = await startServer({
        LATCHKEY_DATABASE_URL: 'sqlite::memory:',
        LATCHKEY_TRUSTED_PROXIES: '127.0.0.1',
        LATCHKEY_FAILED_AUTH_RATE: '1000000/1m',
        LATCHKEY_LOG_LEVEL: 'error',
        ...gateway.settings(folder),
      })
      running = await startGateway(gateway, folder, { latchkey: latchkey.port, service: service.port ?? 0 })
    }, 60_000)
    afterAll(async () => {
      await running?.end()
      await latchkey?.end('SIGTERM')
      await service?.stop(true)
    })

    async function makeKey(body: object) {
      const answer = await fetch(`${latchkey.url}/v2/keys`, {
        method: 'POST',
        headers: { authorization: `Bearer ${latchkey.rootKey}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      return (await answer.json()) as { key: Record<string, string>; secret: string }
    }

    async function ask(path: string, init: RequestInit & { headers?: Record<string, string> } = {}) {
      seen.length = 0
      const answer = await fetch(`${running.url}${path}`, init)
      return {
        status: answer.status,
        headers: answer.headers,
        text: await answer.text(),
        reached: seen.length,
      }
    }
    const bearer = (secret: string) => ({ headers: { authorization: `Bearer ${secret}` } })

    test('an allowed request reaches the service unchanged, with the identity headers and without the key', async () => {
      const name = 'Büro,\r\nX-Evil: 1'
      const { key, secret } = await makeKey({ name, permissions: ['reports.read'], labels: { env: 'prod' } })
      for (const credential of [{ authorization: `Bearer ${secret}` }, { 'x-api-key': secret }]) {
        const spoofed = Object.fromEntries(
          IDENTITY.flatMap((each) => [
            [`x-auth-${each}`, 'spoofed'],
            [`X_Auth_${each.replaceAll('-', '_')}`, 'spoofed'],
            [`X_Auth-${each}`, 'spoofed'],
            [`X-Auth_${each}`, 'spoofed'],
          ]),
        )
        const headers: Record<string, string> = {
          ...spoofed,
          ...credential,
          'x-other': 'kept',
          'x-auth-charge': '0',
          'x-auth-mode': 'x',
        }
        const answer = await ask('/reports/7?page=2', { method: 'POST', body: 'the body', headers })
        expect([answer.status, answer.text, answer.reached]).toEqual([201, 'served', 1])
        const [request] = seen
        expect([request?.method, request?.url, request?.body]).toEqual([
          'POST',
          '/reports/7?page=2',
          'the body',
        ])
        const shown = request?.headers ?? {}
        expect(shown['x-auth-key-id']).toBe(key.id)
        expect(shown['x-auth-workspace-id']).toBe(key.workspaceId)
        expect(decodeURIComponent(shown['x-auth-name'] ?? '')).toBe(name)
        expect(shown['x-auth-labels']).toBe('env=prod')
        expect(shown['x-auth-external-user-id'] ?? '').toBe('')
        expect(shown['x-other']).toBe('kept')
        expect(JSON.stringify(request)).not.toContain(secret)
        expect(JSON.stringify(request)).not.toContain('spoofed')
      }
      const { usage } = await fetch(`${latchkey.url}/v2/keys/${key.id}`, bearer(latchkey.rootKey)).then(
        (each) => each.json() as Promise<{ usage: { total: string } }>,
      )
      expect(usage.total).toBe('0.02')
    })

    test('the client gets the refusal, and the service never gets the request', async () => {
      const { secret: plain } = await makeKey({})
      const { secret: poor } = await makeKey({ permissions: ['reports.read'], limits: { daily: '0.015' } })
      const { secret: slow } = await makeKey({ rateLimits: [{ name: 'r', limit: 1, window: '1h' }] })
      const { secret: elsewhere } = await makeKey({ allowedIps: ['203.0.113.9'] })
      const { secret: here } = await makeKey({ allowedIps: ['127.0.0.1'] })

      for (const init of [{}, bearer('lk_wrong')]) {
        const answer = await ask('/', init)
        expect([answer.status, answer.reached]).toEqual([401, 0])
        expect(answer.headers.get('www-authenticate')).toBe('Bearer')
        if (gateway.name === 'nginx') expect(JSON.parse(answer.text)).toMatchObject({ status: 401 })
      }
      expect((await ask('/', bearer(plain))).status).toBe(201)
      for (const path of ['/reports', '/reports/1', '/%72eports/1', '/reports/1?permission=x']) {
        const answer = await ask(path, bearer(plain))
        expect([path, answer.status, answer.reached]).toEqual([path, 403, 0])
      }
      const claimed = { headers: { 'x-api-key': elsewhere, 'x-forwarded-for': '203.0.113.9' } }
      expect((await ask('/', claimed)).status).toBe(403)
      expect((await ask('/', bearer(here))).status).toBe(201)

      expect((await ask('/reports/1', bearer(poor))).status).toBe(201)
      const spent = await ask('/reports/1', bearer(poor))
      expect([spent.status, spent.reached]).toEqual([402, 0])
      expect(spent.text).toContain('BUDGET_EXCEEDED')
      expect(Number(spent.headers.get('retry-after'))).toBeGreaterThan(0)

      expect((await ask('/', bearer(slow))).status).toBe(201)
      const limited = await ask('/', bearer(slow))
      expect([limited.status, limited.reached]).toEqual([429, 0])
      expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(1_000)
      for (const answer of [spent, limited]) expect(answer.text).not.toContain(slow)
    })

    test(
      'under load every answer is right and no connection is left behind',
      async () => {
        const { secret } = await makeKey({})
        const served = new Set<string>()
        const counts = { refused: 0, other: 0 }
        seen.length = 0
        const until = performance.now() + LOAD_MS
        const caller = async (index: number) => {
          for (let sent = index; performance.now() < until; sent += 1) {
            const isGood = sent % 3 !== 0
            const path = `/?call=${index}-${sent}`
            const answer = await fetch(running.url + path, bearer(isGood ? secret : 'lk_wrong'))
            await answer.arrayBuffer()
            if (isGood && answer.status === 201) served.add(path)
            else if (!isGood && answer.status === 401) counts.refused += 1
            else counts.other += 1
          }
        }
        await Promise.all(Array.from({ length: CALLERS }, (_, index) => caller(index)))
        console.log(`${gateway.name}: ${served.size} allowed, ${counts.refused} refused in ${LOAD_MS} ms`)
        expect(counts.other).toBe(0)
        expect(served.size).toBeGreaterThan(10)
        expect(counts.refused).toBeGreaterThan(10)
        // A gateway may repeat a request when a kept connection breaks; no refused request reaches the service.
        expect(new Set(seen.map(({ url }) => url)).symmetricDifference(served).size).toBe(0)
        let left = connectionsTo(latchkey.port)
        for (let tried = 0; tried < 100 && left.halfClosed > 0; tried += 1) {
          await Bun.sleep(50)
          left = connectionsTo(latchkey.port)
        }
        expect(left.halfClosed).toBe(0)
        // At most one connection is kept for each concurrent request.
        expect(left.established).toBeLessThanOrEqual(2 * CALLERS)
      },
      LOAD_MS + 30_000,
    )

    test('another spelling of a path does not avoid its rule', async () => {
      const { secret } = await makeKey({})
      const spellings = [
        '//reports/1',
        '/x/../reports/1',
        '/./reports/1',
        '/x/%2e%2e/reports/1',
        '/%2E/reports/1',
        '/reports/',
        // A service that keeps dots takes these for reports.
        '/reports/../other',
        '/reports/x/../../other?page=1',
        '/reports/..%2Fother',
        '/reports/x%2f..%2f..%2fother',
        '/reports/.%2e/other',
        '/reports/1/../..',
        '/other#/../reports',
        // A service that reads addresses as browsers do takes a backslash for a slash.
        '/x\\..\\reports',
        '/x\\../reports/1',
        '/x\\.%2e\\reports',
        '/.\\reports',
        '/\\reports',
        '/x%5c..%5Creports',
        // Others cut a segment at its semicolon.
        '/x/..;/reports',
        '/x/%2e%2e;a=b/reports',
        '/;/reports',
        '/reports;x',
      ]
      for (const path of spellings) {
        seen.length = 0
        const status = await rawStatus(running.url, path, secret)
        expect([path, [400, 403].includes(status), seen.length]).toEqual([path, true, 0])
      }
      seen.length = 0
      for (const path of ['/other/1', '/.well-known/a..b', '/other/1?from=/../reports;\\x']) {
        seen.length = 0
        expect([path, await rawStatus(running.url, path, secret)]).toEqual([path, 201])
        expect(seen.length).toBe(1)
      }
    })

    test('no Connection header of the client takes away an identity header', async () => {
      const { key, secret } = await makeKey({})
      const named = [...IDENTITY.map((each) => `X-Auth-${each}`), 'x-xauth-auth-name'].join(', ')
      seen.length = 0
      const connection = `${named}\r\nConnection: x-auth-key-id`
      expect(await rawStatus(running.url, '/', secret, connection)).toBe(201)
      expect(seen[0]?.headers).toMatchObject({ 'x-auth-key-id': key.id, 'x-auth-owner-id': key.ownerId })
    })

    test('no request passes while Latchkey is down', async () => {
      const { secret } = await makeKey({})
      expect((await ask('/', bearer(secret))).status).toBe(201)
      await latchkey.end('SIGTERM')
      const answer = await ask('/', bearer(secret))
      expect(answer.status).toBeGreaterThanOrEqual(500)
      if (gateway.name === 'nginx')
        expect([answer.status, answer.headers.get('retry-after'), JSON.parse(answer.text).status]).toEqual([
          503,
          '1',
          503,
        ])
      expect(answer.reached).toBe(0)
    })
  })
}
