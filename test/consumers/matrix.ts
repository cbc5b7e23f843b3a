import { beforeAll, describe, expect, test } from 'bun:test'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type PackedClient, packedClient, run } from '../client/packed.ts'
import { installTools, toolsFolder } from './tools.ts'

// The packed client in the builds and tests of its users: `npm run test:sdks -- consumers`. Every entry is imported, and a fake answers a
// verify, so that the built code also runs.

const SLOW_MS = 300_000
const missing = installTools()
if (missing !== null) console.warn(`SKIPPED: the tools of consumers: ${missing}.`)

const ENTRIES = [
  '',
  '/changes',
  '/codes',
  '/goodmem',
  '/holds',
  '/incoming',
  '/openrouter',
  '/rules',
  '/testing',
]
const NAMES = ENTRIES.map((entry) => `entry${entry.replaceAll(/\W/g, '_')}`)

const WORK = `
const fake = new entry_testing.FakeLatchkey([{ secret: 's', permissions: ['a'], limit: '1' }])
async function work() {
  const verdict = await fake.client().verify({ key: 's', permissions: 'a', charge: '0.25' })
  const { key } = entry_incoming.keyFrom({ authorization: 'Bearer s' })
  await entry_holds.holdingMoney(fake.client(), { key, amount: '0.5' }, (hold) => hold.settle({ amount: '0.5' }))
  const failed = await fake.client().keys.get('k').catch((error) => error instanceof entry.LatchkeyApiError)
  const names = [entry_goodmem.APIKeysApi, entry_openrouter.OpenRouter].every((each) => typeof each === 'function')
  const rule = entry_rules.meetsPermissions(['a.*'], 'a.b') && entry_codes.FaultCodes.KeyNotFound
  return [verdict.code, fake.spent('s'), failed, names, rule].join(' ')
}
`
const WORKED = 'VALID 0.75 true true key_not_found'
const MODULE = `${ENTRIES.map((entry, index) => `import * as ${NAMES[index]} from '@latchkey/client${entry}'`).join('\n')}\n${WORK}`
const COMMONJS = `${ENTRIES.map((entry, index) => `const ${NAMES[index]} = require('@latchkey/client${entry}')`).join('\n')}\n${WORK}`

let client: PackedClient

beforeAll(async () => {
  client = await packedClient()
  for (const name of [
    'vite',
    'webpack',
    'esbuild',
    'jest',
    'vitest',
    'typescript-lowest',
    'typescript-newest',
  ])
    if (missing === null)
      symlinkSync(join(toolsFolder, 'node_modules', name), join(client.folder, 'node_modules', name))
  const files = {
    'program.mjs': `${MODULE}\nwork().then(console.log)`,
    'program.cjs': `${COMMONJS}\nwork().then(console.log)`,
    'vite.mjs': `import { build } from 'vite'
      const rollupOptions = { output: { entryFileNames: 'vite.mjs' } }
      const lib = { entry: 'program.mjs', formats: ['es'] }
      await build({ configFile: false, logLevel: 'error', build: { lib, rollupOptions, outDir: 'built-vite' } })`,
    'webpack.mjs': `import webpack from 'webpack'
      const output = { path: process.cwd() + '/built-webpack', filename: 'webpack.cjs' }
      webpack({ mode: 'production', entry: './' + process.argv[2], target: 'web', output }, (error, stats) => {
        if (error || stats.hasErrors()) { console.error(error ?? stats.toString()); process.exitCode = 1 }
      })`,
    'esbuild.mjs': `import { build } from 'esbuild'
      await build({ entryPoints: [process.argv[2]], bundle: true, platform: 'browser', format: process.argv[3], outfile: process.argv[4] })`,
    'jest/package.json': '{ "private": true }',
    'jest/client.test.js': `${COMMONJS}\ntest('works', async () => expect(await work()).toBe('${WORKED}'))`,
    'vitest/client.test.mjs': `import { expect, test } from 'vitest'\n${MODULE}\ntest('works', async () => expect(await work()).toBe('${WORKED}'))`,
    'typed.ts': `${MODULE.replaceAll('(hold)', '(hold: entry_holds.KeptHold)').replaceAll('(error)', '(error: unknown)')}\nwork().then((text: string) => text)`,
  }
  for (const [name, text] of Object.entries(files)) await Bun.write(join(client.folder, name), text)
}, SLOW_MS)

const inClient = (...command: string[]) => run(command, client.folder, { NODE_ENV: 'test', CI: '1' })
const consumer = missing === null ? test : test.skip
const program = async (...command: string[]) => expect((await inClient(...command)).trim()).toBe(WORKED)

describe('without a build', () => {
  for (const runtime of ['node', process.execPath])
    for (const form of ['program.mjs', 'program.cjs'])
      test(`${form} in ${runtime === 'node' ? 'Node' : 'Bun'}`, () => program(runtime, form), SLOW_MS)
})

describe('built by', () => {
  consumer(
    'Vite',
    async () => {
      await inClient('node', 'vite.mjs')
      await program('node', 'built-vite/vite.mjs')
    },
    SLOW_MS,
  )

  for (const source of ['program.mjs', 'program.cjs']) {
    consumer(
      `webpack, from ${source}`,
      async () => {
        await inClient('node', 'webpack.mjs', source)
        await program('node', 'built-webpack/webpack.cjs')
      },
      SLOW_MS,
    )

    for (const format of ['esm', 'cjs', 'iife'])
      consumer(
        `esbuild, from ${source} as ${format}`,
        async () => {
          const built = `built-esbuild/${format}-${source}.${format === 'esm' ? 'mjs' : 'cjs'}`
          await inClient('node', 'esbuild.mjs', source, format, built)
          await program('node', built)
        },
        SLOW_MS,
      )
  }
})

describe('in the tests of', () => {
  consumer('Jest', () => inClient('node', 'node_modules/jest/bin/jest.js', '--rootDir', 'jest'), SLOW_MS)
  consumer(
    'Vitest',
    () => inClient('node', 'node_modules/vitest/vitest.mjs', 'run', '--root', 'vitest'),
    SLOW_MS,
  )
})

describe('typed by TypeScript', () => {
  const ways = [
    ['lowest', 'esnext', 'node10'],
    ['lowest', 'commonjs', 'node10'],
    ['lowest', 'node16', 'node16'],
    ['lowest', 'nodenext', 'nodenext'],
    ['lowest', 'esnext', 'bundler'],
    ['newest', 'node16', 'node16'],
    ['newest', 'nodenext', 'nodenext'],
    ['newest', 'esnext', 'bundler'],
  ] as const
  for (const [version, module, moduleResolution] of ways)
    consumer(
      `${version}, ${moduleResolution} of module ${module}`,
      async () => {
        const strict = ['--strict', '--exactOptionalPropertyTypes', '--noEmit', '--target', 'es2022']
        const lib = ['--lib', 'es2022,dom', '--module', module]
        const compiler = `node_modules/typescript-${version}/bin/tsc`
        const more = ['--moduleResolution', moduleResolution, 'typed.ts']
        expect(await inClient('node', compiler, ...strict, ...lib, ...more)).toBe('')
      },
      SLOW_MS,
    )
})
