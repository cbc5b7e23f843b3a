import { beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { Glob } from 'bun'
import { type PackedClient, packedClient, run } from './packed.ts'
import { blocksOf, SEED_EXAMPLES } from './pages.ts'
import { brought } from './runtimes.ts'

// Compiles the examples of our pages, and programs for the vendors' clients, with the types of the packed client: as strict programs,
// with every compiler and every module resolution that the README names.

const root = join(import.meta.dir, '../..')
const SLOW_MS = 120_000

interface Way {
  module: string
  moduleResolution: string
  /** The extension of its programs: `cts` are CommonJS where the package they lie in is ES modules. */
  ending?: 'ts' | 'cts'
}

const NODE10: Way[] = [
  { module: 'esnext', moduleResolution: 'node10' },
  { module: 'commonjs', moduleResolution: 'node10', ending: 'cts' },
]
const WAYS: Way[] = [
  { module: 'node16', moduleResolution: 'node16' },
  { module: 'node16', moduleResolution: 'node16', ending: 'cts' },
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'nodenext', moduleResolution: 'nodenext', ending: 'cts' },
  { module: 'esnext', moduleResolution: 'bundler' },
]

const COMPILERS: { name: string; folder: string | null; ways: Way[] }[] = [
  { name: 'TypeScript 5.0', folder: brought('typescript-5.0'), ways: [...NODE10, ...WAYS] },
  // TypeScript 7 no longer supports node10, so TypeScript 5 is the newest that does.
  { name: 'TypeScript 5.9', folder: join(root, 'packages/client/node_modules/typescript'), ways: NODE10 },
  { name: 'TypeScript 7', folder: join(root, 'node_modules/typescript'), ways: WAYS },
]

let client: PackedClient

beforeAll(async () => {
  client = await packedClient()
  // Types of Node, for programs that are not meant for browsers.
  mkdirSync(join(client.folder, 'node_modules/@types'), { recursive: true })
  for (const name of ['@types/node', 'undici-types'])
    symlinkSync(join(root, 'node_modules', name), join(client.folder, 'node_modules', name))
  for (const [name, text] of Object.entries(programs())) await Bun.write(join(client.folder, name), text)
}, SLOW_MS)

const SERVER = /from 'latchkey'/

/** The programs by their names. Those of CommonJS may not wait at their top. */
function programs(): Record<string, string> {
  const pages = ['README.md', 'packages/*/README.md', 'docs/**/*.md'].flatMap((pattern) =>
    [...new Glob(pattern).scanSync(root)].toSorted(),
  )
  const found = pages.flatMap((page) => {
    // The examples of the server's own package are run from its packed form (test/packaging).
    const blocks = blocksOf(readFileSync(join(root, page), 'utf8')).filter((block) => !SERVER.test(block))
    return blocks.length === 0 ? [] : [[`page-${page.replaceAll(/\W/g, '-')}`, blocks.join('\n')] as const]
  })
  const all = [...found, ['seeds', SEED_EXAMPLES], ['caller', CALLER]] as const
  const written = all.map(([name, text]) => [`${name}.ts`, text])
  const wrapped = all.map(([name, text]) => [`${name}.cts`, inFunction(text)])
  return { ...Object.fromEntries([...written, ...wrapped]), 'process.d.ts': PROCESS }
}

function inFunction(text: string): string {
  const lines = text.split('\n')
  const imports = lines.filter((line) => line.startsWith('import '))
  const rest = lines.filter((line) => !line.startsWith('import ')).map((line) => line.replace(/^export /, ''))
  return [...imports, 'export async function main() {', ...rest, '}'].join('\n')
}

async function compile(
  { name, folder }: { name: string; folder: string },
  { module, moduleResolution, ending = 'ts' }: Way,
  more: object = {},
): Promise<string> {
  const mine = Object.keys(programs()).filter((file) => file.endsWith(`.${ending}`))
  const files = 'types' in more ? mine : [...mine, 'process.d.ts']
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    esModuleInterop: true,
    target: 'es2022',
    lib: ['es2022', 'dom'],
    types: [],
    noEmit: true,
    module,
    moduleResolution,
    ...more,
  }
  const config = join(
    client.folder,
    `${name}-${module}-${moduleResolution}-${ending}.json`.replaceAll(' ', '-'),
  )
  await Bun.write(config, JSON.stringify({ compilerOptions, files }))
  return run([process.execPath, join(folder, 'bin/tsc'), '-p', config], client.folder)
}

describe('every example of our pages and of the first clients compiles', () => {
  for (const { name, folder, ways } of COMPILERS)
    for (const way of ways) {
      const title = `${name}, ${way.moduleResolution}, ${way.ending ?? 'ts'} of module ${way.module}`
      if (folder === null) loudSkip(title, `there is no ${name}; \`npm run runtimes\` brings it`)
      else test(title, async () => expect(await compile({ name, folder }, way)).toBe(''), SLOW_MS)
    }

  for (const { name, folder } of COMPILERS.slice(1)) {
    if (folder === null) continue
    const way = { module: 'nodenext', moduleResolution: 'nodenext' }
    const node = { lib: ['es2022'], types: ['node'], skipLibCheck: true }
    test(
      `${name}, with the types of Node and not of browsers`,
      async () => {
        expect(await compile({ name, folder }, way, node)).toBe('')
      },
      SLOW_MS,
    )
  }
})

test('the pages have examples, and the copied code reaches the compiler', async () => {
  const names = Object.keys(programs())
  expect(names).toContain('page-README-md.ts')
  expect(names).toContain('page-packages-client-README-md.ts')
  expect(names).toContain('page-docs-wire-goodmem-md.ts')
  const newest = { name: 'spoilt', folder: join(root, 'node_modules/typescript') }
  await Bun.write(join(client.folder, 'seeds.ts'), SEED_EXAMPLES.replace('"status":"ACTIVE"', '"status":1'))
  const failure = await compile(newest, { module: 'nodenext', moduleResolution: 'nodenext' }).catch(String)
  await Bun.write(join(client.folder, 'seeds.ts'), SEED_EXAMPLES)
  expect(failure).toContain('seeds.ts')
  expect(failure).toContain('TS2345')
})

function loudSkip(title: string, why: string): void {
  console.warn(`SKIPPED: the examples, ${title}: ${why}.`)
  test.skip(title, () => {})
}

// The types of Node have it; programs for browsers have it from their bundler.
const PROCESS = `declare const process: { env: Record<string, string | undefined> }\n`

// Values in variables, whose types the compiler widens: enumerations become texts, optional members may be undefined.
const CALLER = `
import { Latchkey, LatchkeyApiError, type CreateKey, type KeyQuery, type UsageEvent, type Verdict } from '@latchkey/client'
import GoodMemClient, { APIKeysApi, Goodmem } from '@latchkey/client/goodmem'
import { OpenRouter } from '@latchkey/client/openrouter'
import { NotFoundResponseError } from '@latchkey/client/openrouter/models/errors'

export interface Settings { name?: string; baseUrl?: string | undefined; timeoutMs?: number | undefined; signal?: AbortSignal | undefined }

export async function all(settings: Settings, window: string): Promise<string> {
  const { baseUrl, timeoutMs, signal } = settings
  const retry = { maxRetries: undefined, initialMs: 5 }
  const latchkey = new Latchkey({ baseUrl, timeoutMs, apiKey: process.env.KEY, retry, headers: { a: process.env.A } })
  const body = { name: 'a', access: 'use', limits: { daily: '5' }, notBefore: undefined, rateLimits: [{ name: 'a', limit: 5, window: '1m' }] }
  const { secret, key } = await latchkey.keys.create(body, { signal, timeoutMs, retry: undefined })
  const named = await latchkey.keys.create(body, { idempotencyKey: 'a' })
  // @ts-expect-error: a repeat has no secret
  const none: string = named.secret
  const options = { idempotencyKey: 'a', timeoutMs: 5 }
  // @ts-expect-error: nor where the options were put together before
  const nor: string = (await latchkey.keys.create(body, options)).secret
  const query = { status: 'active', sort: 'spent', label: ['a:b'], cursor: undefined }
  for await (const { name } of latchkey.keys.list(query)) if (name === '') return key.id
  const changes = { access: 'manage', name: undefined }
  await latchkey.keys.update(key.id, changes, { ifRevision: undefined })
  await latchkey.keys.boost(key.id, window, { amount: '5', until: '2030-01-01T00:00:00Z' })
  const verdict: Verdict = await latchkey.verify({ key: secret, charge: '0.01', ip: undefined })
  if (!verdict.valid && verdict.code === 'BUDGET_EXCEEDED') return verdict.bound.remaining
  // @ts-expect-error: a revoked verdict carries no key
  if (!verdict.valid && verdict.code === 'NOT_FOUND') return verdict.keyId
  const meta = { model: 'small', prompt_tokens: 1200, customer: 'x' }
  const event: UsageEvent = { id: 'e', keyId: key.id, amount: '1', meta }
  await latchkey.usage.report([event])
  const group = { interval: 'day', groupBy: 'owner' }
  await latchkey.usage.summarise(group)
  const user = { username: 'u', displayName: 'U', email: 'u@example.com', role: 'SERVICE', externalId: undefined }
  await latchkey.users.create(user)
  const made: CreateKey = { access: body.access }
  const asked: KeyQuery = { access: body.access, status: undefined }

  const requestBody = { name: 'n', limit: 5, limitReset: 'daily', expiresAt: new Date(), workspaceId: undefined }
  const { data } = await new OpenRouter({ apiKey: secret, serverURL: baseUrl }).apiKeys.create({ requestBody }, { signal, timeoutMs })
  const api: APIKeysApi = new GoodMemClient.APIKeysApi()
  const { rawApiKey, apiKeyMetadata } = await api.createApiKey({ labels: { a: 'b' }, expiresAt: undefined })
  const status: string = apiKeyMetadata.status
  await api.updateApiKey(apiKeyMetadata.apiKeyId, { status })
  const later = new Goodmem({ baseUrl: 'http://127.0.0.1:8080', apiKey: secret, timeoutMs })
  for await (const { keyPrefix } of await later.apikeys.list({ maxResults: undefined }, { signal })) if (keyPrefix) break
  return [data.hash, rawApiKey, made.access, asked.access, none, nor].join()
}
export function codeOf(error: unknown): string | undefined {
  if (error instanceof NotFoundResponseError) return error.error.message
  return error instanceof LatchkeyApiError ? error.code : undefined
}
`
