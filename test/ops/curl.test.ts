import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { type TestApp, testApp } from '../support/app.ts'

interface Sampled {
  operationId: string
  'x-codeSamples': { lang: string; label: string; source: string }[]
}

let app: TestApp
let samples: { method: string; path: string; source: string }[]

beforeAll(async () => {
  app = await testApp()
  samples = await samplesOf(app)
})
afterAll(() => app.close())

async function samplesOf(of: TestApp) {
  const { paths } = (await of.call('GET', '/openapi.json', { key: null })).json
  return Object.entries(paths as Record<string, Record<string, Sampled>>).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, { 'x-codeSamples': given = [] }]) =>
      given.map(({ source }) => ({ method: method.toUpperCase(), path, source })),
    ),
  )
}

/** The words of each call as a shell splits the samples, which curl would get. */
function wordsOf(sources: readonly string[]): string[][] {
  const script = `curl() { printf '%s\\0' "$@"; printf '\\1'; }\n${sources.join('\n')}\n`
  const { status, stdout, stderr } = spawnSync('sh', ['-eu', '-c', script], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', LATCHKEY_URL: 'http://latchkey', LATCHKEY_API_KEY: 'KEY' },
  })
  expect([status, stderr]).toEqual([0, ''])
  return stdout
    .split('\u0001')
    .slice(0, -1)
    .map((call) => call.split('\0').slice(0, -1))
}

describe('x-codeSamples', () => {
  test('every operation has a call with curl, and the page shows it', async () => {
    const { paths } = (await app.call('GET', '/openapi.json', { key: null })).json
    const operations = Object.values(paths as Record<string, object>).flatMap((item) => Object.keys(item))
    expect(samples).toHaveLength(operations.length)
    const { text } = await app.call('GET', '/docs', { key: null })
    expect(text.match(/<h4>curl<\/h4><pre>curl /g)).toHaveLength(operations.length)
  })

  test('a shell reads them, and the server takes what they send for the operation that they show', async () => {
    const calls = wordsOf(samples.map(({ source }) => source))
    expect(calls).toHaveLength(samples.length)
    const wrong: unknown[] = []
    let sent = 0
    for (const [index, words] of calls.entries()) {
      const { method, path } = samples[index] ?? { method: '', path: '' }
      const address = words.find((word) => word.startsWith('http://latchkey')) ?? ''
      const flag = (name: string) => words.flatMap((word, at) => (words[at - 1] === name ? [word] : []))
      const [body] = flag('-d')
      const credential = flag('-H').includes('Authorization: Bearer KEY') ? app.rootKey : null
      // This call never ends.
      if (path === '/v2/changes') continue
      const answer = await app.call(flag('-X')[0] ?? 'GET', address.slice('http://latchkey'.length), {
        key: credential,
        ...(body === undefined ? {} : { body: JSON.parse(body) }),
      })
      sent += 1
      const faults = [
        'route_not_found',
        'method_not_allowed',
        'body_malformed',
        'credential_missing',
        'input_invalid',
      ]
      // The records of the examples do not exist here.
      const isUnknown = answer.json?.errors?.every(({ message }: { message: string }) =>
        /^No such/.test(message),
      )
      const isRefused = answer.status >= 500 || (faults.includes(answer.json?.code) && isUnknown !== true)
      if (isRefused || (flag('-X')[0] ?? 'GET') !== method)
        wrong.push([method, path, answer.status, answer.text])
    }
    console.log(`calls with curl that were made: ${sent} of ${samples.length}`)
    expect(wrong).toEqual([])
  })

  test('name the public address of the server, if it is known', async () => {
    const known = await testApp({ publicUrl: 'https://example.com/latchkey' })
    for (const { source } of await samplesOf(known))
      expect(source).toContain('"https://example.com/latchkey/')
    await known.close()
  })
})
