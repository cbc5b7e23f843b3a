import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { type Bench, startBench } from '../sdk-cases/bench.ts'
import { liveServer } from '../sdk-cases/live.ts'
import { readTable, SURFACES } from '../sdk-cases/table.ts'
import { chromiumPath, runInBrowser } from './browser.ts'
import { type PackedClient, packedClient, run } from './packed.ts'
import { blocksOf } from './pages.ts'
import { runtimes } from './runtimes.ts'

const root = join(import.meta.dir, '../..')
const bin = join(root, 'node_modules/.bin')
// Building, packing and starting other runtimes is slow.
const SLOW_MS = 120_000

interface Outcome {
  name: string
  mode: string
  problems: string[]
}

const mine = readTable().cases.filter(({ sdks }) => sdks === undefined || sdks.includes('typescript'))
const RECORDED = mine.length
const LIVE = mine.filter(({ live }) => live).length

let client: PackedClient
let bench: Bench

beforeAll(async () => {
  client = await packedClient()
  bench = await startBench()
}, SLOW_MS)

afterAll(() => bench.stop())

test('the table has cases of every surface for this SDK, recorded and live', () => {
  for (const surface of SURFACES.typescript) {
    const own = mine.filter((each) => each.surface === surface)
    expect(own.length).toBeGreaterThan(10)
    expect(own.filter(({ live }) => live).length).toBeGreaterThan(2)
  }
})

describe('the wire cases pass', () => {
  for (const { name, command, commonjs } of runtimes()) {
    for (const form of commonjs ? ['ES modules', 'CommonJS'] : ['ES modules']) {
      const title = `in ${name}, by ${form}`
      if (command === null) {
        loudSkip(title, `there is no ${name}; \`npm run runtimes\` brings it`)
        continue
      }
      const script = form === 'CommonJS' ? 'run-commonjs.cjs' : 'run-module.js'
      test(
        title,
        async () => {
          const printed = await run([...command, script, bench.url], client.folder, { NO_COLOR: '1' })
          expectAllPassed(JSON.parse(printed) as Outcome[], RECORDED + LIVE)
        },
        SLOW_MS,
      )
    }
  }

  const chromium = chromiumPath()
  if (chromium === null) loudSkip('in Chromium', 'there is none; LATCHKEY_TEST_CHROMIUM may name it')
  else
    test(
      'in Chromium',
      async () => expectAllPassed((await runInBrowser(client, chromium)) as Outcome[], RECORDED),
      SLOW_MS,
    )
})

describe('the package', () => {
  test('has the version of the server, and sends it', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(client.manifest.version).toBe(version)
    expect((await import('../../packages/client/src/version.ts')).VERSION).toBe(version)
  })

  test(
    'can be imported with its types in every way',
    async () => {
      await run([process.execPath, join(bin, 'attw'), client.tarball, '--no-emoji', '--no-color'], root)
      await run([process.execPath, join(bin, 'publint'), '--strict', client.tarball], root)
    },
    SLOW_MS,
  )

  test('contains no tests, sources only in its source maps, and the files that its manifest names', async () => {
    const files = (await run(['tar', '-tzf', client.tarball], root)).trim().split('\n')
    expect(files.filter((file) => /test-support|\.test\.|(?<!\.d)\.ts$/.test(file))).toEqual([])
    const modules = files.filter((file) => file.endsWith('.js'))
    expect(modules.length).toBeGreaterThan(80)
    expect(modules.filter((file) => !files.includes(`${file}.map`))).toEqual([])
    const home = join(client.folder, 'node_modules/@latchkey/client/dist')
    const { sources, sourcesContent } = await Bun.file(join(home, 'transport/send.js.map')).json()
    expect(sources).toEqual(['../../src/transport/send.ts'])
    expect(sourcesContent[0]).toContain('export async function send')
    expect(files).toContain('package/LICENSE')
    expect(files).toContain('package/README.md')
  })

  test('needs only the functions of an edge runtime', async () => {
    const path = join(client.folder, 'edge.js')
    await Bun.write(path, EDGE)
    const { outputs } = await Bun.build({ entrypoints: [path], target: 'browser', format: 'iife' })
    const asked: string[] = []
    const fetch = async (url: string | Request) => {
      asked.push(new URL(url instanceof Request ? url.url : url).pathname)
      return Response.json({ valid: false, code: 'NOT_FOUND', keys: [], data: [], nextCursor: null })
    }
    const globals = createContext({ ...webGlobals(), fetch })
    runInContext((await outputs[0]?.text()) ?? '', globals)
    await globals.done
    expect(asked.toSorted()).toEqual(['/api/v1/keys', '/v1/apikeys', '/v2/keys', '/v2/verify'])
  })

  test('has the modules that users of the official OpenRouter client import', async () => {
    const modules = [
      'core',
      'core.js',
      'funcs/apiKeysList',
      'funcs/apiKeysList.js',
      'lib/retries.js',
      'sdk/apikeys.js',
    ]
    const more = ['models', 'models/errors', 'models/errors.js', 'models/operations', 'types/fp.js']
    const all = [...modules, ...more].map((name) => `@latchkey/client/openrouter/${name}`)
    await Bun.write(join(client.folder, 'load.js'), all.map((name) => `await import('${name}')`).join('\n'))
    await Bun.write(join(client.folder, 'load.cjs'), all.map((name) => `require('${name}')`).join('\n'))
    for (const script of ['load.js', 'load.cjs']) await run(['node', script], client.folder)
  })

  test(
    'runs the blocks of its README, one after the other',
    async () => {
      const page = readFileSync(join(root, 'packages/client/README.md'), 'utf8')
      const blocks = blocksOf(page)
      expect(blocks).toHaveLength(13)
      const live = await liveServer()
      await Bun.write(
        join(client.folder, 'readme.ts'),
        blocks.join('\n').replaceAll('http://127.0.0.1:8080', live.url),
      )
      const printed = await run([process.execPath, 'readme.ts'], client.folder, {
        LATCHKEY_BASE_URL: live.url,
        LATCHKEY_API_KEY: live.values['secret:root'] ?? '',
      })
      await live.stop()
      expect(printed).toContain('customer 7 0.0642')
      expect(printed).toContain('monthly 19.9358')
      expect(printed).toContain('key.create')
      expect(live.errors()).toEqual([])
    },
    SLOW_MS,
  )

  // The code that a page would load, minified and compressed, with all of its dependencies. In bytes (docs/adr/0017-clients.md).
  for (const [entry, budget] of Object.entries({ '.': 8_750, './goodmem': 7_700, './openrouter': 9_000 })) {
    test(`costs a page at most ${budget} bytes: ${entry}`, async () => {
      const path = join(client.folder, `size-${entry.replaceAll(/\W/g, '')}.js`)
      await Bun.write(path, `export * from '@latchkey/client${entry.slice(1)}'`)
      const { outputs } = await Bun.build({ entrypoints: [path], target: 'browser', minify: true })
      const bytes = Bun.gzipSync((await outputs[0]?.text()) ?? '').byteLength
      console.log(`@latchkey/client${entry.slice(1)}: ${bytes} bytes minified and compressed`)
      expect(bytes).toBeGreaterThan(500)
      expect(bytes).toBeLessThanOrEqual(budget)
    })
  }
})

const EDGE = `
import { Latchkey } from '@latchkey/client'
import GoodMemClient from '@latchkey/client/goodmem'
import { OpenRouter } from '@latchkey/client/openrouter'

globalThis.done = (async () => {
  const latchkey = new Latchkey({ apiKey: 'x' })
  await latchkey.verify({ key: 'x', charge: '1' })
  for await (const _ of latchkey.keys.list());
  await new GoodMemClient.APIKeysApi().listApiKeys()
  await new OpenRouter({ apiKey: 'x', serverURL: 'http://127.0.0.1:1/api/v1' }).apiKeys.list()
})()
`

/** The globals that every runtime with web standards has, and no others. */
function webGlobals(): Record<string, unknown> {
  const { console, setTimeout, clearTimeout, Headers, Request, Response, URL, URLSearchParams } = globalThis
  const { AbortController, AbortSignal, TextDecoder, TextEncoder, crypto } = globalThis
  const time = { setTimeout, clearTimeout, AbortController, AbortSignal }
  return {
    console,
    ...time,
    Headers,
    Request,
    Response,
    URL,
    URLSearchParams,
    TextDecoder,
    TextEncoder,
    crypto,
  }
}

function expectAllPassed(outcomes: Outcome[], count: number): void {
  expect(outcomes.filter(({ problems }) => problems.length > 0)).toEqual([])
  expect(outcomes).toHaveLength(count)
}

function loudSkip(title: string, why: string): void {
  console.warn(`SKIPPED: the TypeScript client ${title}: ${why}.`)
  test.skip(title, () => {})
}
