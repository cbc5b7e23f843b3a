import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type LiveServer, liveServer } from './live.ts'
import { type RecordedRun, recordedRun } from './recorded.ts'
import { readTable } from './table.ts'

/** Serves the table of wire cases to the drivers of all SDKs (docs/sdk-cases.md). */
export interface Bench {
  /** The content of `LATCHKEY_SDK_BENCH`, for the drivers. */
  url: string
  stop(): Promise<void>
}

/** Starts it on a free port of 127.0.0.1. `pages` are further addresses that it answers, for tests in a browser. */
export async function startBench(pages: Record<string, { type: string; text: string }> = {}): Promise<Bench> {
  const table = readTable()
  const runs = new Map<string, RecordedRun>()
  const servers = new Map<string, LiveServer>()
  let ids = 0

  const server = createServer((request, response) => {
    // On a connection that was used before, some clients repeat a reset request by themselves.
    response.setHeader('connection', 'close')
    // The same header as the server's; without it browsers keep some failures for good.
    response.setHeader('cache-control', 'no-store')
    handle(request, response).catch((error: unknown) => reply(response, 500, { error: String(error) }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/'
    const page = pages[path]
    if (page !== undefined) {
      response.writeHead(200, { 'content-type': page.type }).end(page.text)
      return
    }
    const [, id, rest] = /^\/run\/(\d+)(\/.*)$/.exec(path) ?? []
    const run = runs.get(id ?? '')
    if (run !== undefined && rest !== undefined) {
      if (rest === '/verdict') reply(response, 200, { differences: run.verdict() })
      else await run.answer(rest, request, response)
      return
    }
    await control(`${request.method} ${path}`, request, response)
  }

  async function control(call: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const ended = /^DELETE \/live\/(\d+)$/.exec(call)?.[1]
    if (ended !== undefined) return end(ended, response)
    switch (call) {
      case 'GET /cases':
        return reply(response, 200, table)
      case 'POST /recorded':
        return record(await nameIn(request), response)
      case 'POST /live': {
        const id = `${++ids}`
        const live = await liveServer()
        servers.set(id, live)
        return reply(response, 200, { url: live.url, values: live.values, id: Number(id) })
      }
      default:
        return reply(response, 404, { error: `The bench does not answer ${call}.` })
    }
  }

  function record(name: string, response: ServerResponse): void {
    const sdkCase = table.cases.find((each) => each.name === name)
    if (sdkCase === undefined) {
      reply(response, 404, { error: `There is no case "${name}".` })
      return
    }
    const id = `${++ids}`
    const base = `${url}/run/${id}`
    const filled = sdkCase.steps.map((step) => ({ as: '<secret:root>', ...step }))
    runs.set(id, recordedRun({ ...sdkCase, steps: filled }, table, base))
    reply(response, 200, { url: base, values: table.values })
  }

  async function end(id: string, response: ServerResponse): Promise<void> {
    const live = servers.get(id)
    if (live === undefined) return reply(response, 404, { error: `No live server ${id}.` })
    servers.delete(id)
    await live.stop()
    reply(response, 200, { errors: live.errors() })
  }

  return {
    url,
    async stop() {
      for (const live of servers.values()) await live.stop()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function nameIn(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return (JSON.parse(text) as { case: string }).case
}

if (import.meta.main) {
  const bench = await startBench()
  process.stdout.write(`${bench.url}\n`)
}
