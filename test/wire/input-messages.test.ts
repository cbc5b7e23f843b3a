import { expect, test } from 'bun:test'
import { testApp } from '../support/app.ts'

interface LooseOperation {
  'x-codeSamples': { source: string }[]
  parameters?: { name: string; in: string }[]
  requestBody?: { content: Record<string, { schema: LooseSchema }> }
}

interface LooseSchema {
  $ref?: string
  properties?: Record<string, object>
}

const ID = '019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e'
const VALUES = [null, '', -1, 1.5, true, [], {}, 'a'.repeat(5_000), [null], { a: 1 }]
const BODIES = [null, [], 'x', 1, {}]

// The messages of the schema library itself, which are written for programmers.
const RAW =
  /Invalid input|expected \w+, received|Too (small|big)|Unrecognized key|undefined|\[object|: :|NaN|ZodError/

test('whatever is sent to whatever operation, a person can read what is wrong, and nothing is a fault of the server', async () => {
  const app = await testApp()
  const { paths, components } = (await app.call('GET', '/openapi.json', { key: null })).json as {
    paths: Record<string, Record<string, LooseOperation>>
    components: { schemas: Record<string, LooseSchema> }
  }
  const wrong: string[] = []
  let refused = 0
  async function send(method: string, path: string, options: { body?: unknown } = {}) {
    const { status, json, text } = await app.call(method, path, options)
    const told = JSON.stringify(json?.errors ?? json?.error ?? json?.detail ?? '')
    if (status === 400) refused += 1
    if (status >= 500 || (status >= 400 && RAW.test(told)))
      wrong.push(
        `${method} ${path.slice(0, 80)} ${JSON.stringify(options.body)?.slice(0, 80)}: ${text.slice(0, 300)}`,
      )
  }
  for (const [path, item] of Object.entries(paths)) {
    // This call never ends.
    if (path === '/v2/changes') continue
    const filled = path.replaceAll(/\{\w+\}/g, ID)
    for (const [method, operation] of Object.entries(item)) {
      const name = method.toUpperCase()
      for (const parameter of operation.parameters ?? [])
        if (parameter.in === 'query')
          for (const value of ['', 'x', '-1', '99999999999', 'a'.repeat(3_000)])
            await send(name, `${filled}?${parameter.name}=${value}`)
      await send(name, `${filled}?nothing=1`)
      const schema = operation.requestBody?.content['application/json']?.schema
      if (schema === undefined) continue
      const { properties = {} } = components.schemas[schema.$ref?.split('/').at(-1) ?? ''] ?? schema
      const [, example = '{}'] = /-d '([\s\S]*)'$/.exec(operation['x-codeSamples'][0]?.source ?? '') ?? []
      const base = JSON.parse(example.replaceAll("'\\''", "'"))
      for (const body of BODIES) await send(name, filled, { body })
      await send(name, filled, { body: { ...base, nothing: 1 } })
      for (const member of Object.keys(properties))
        for (const value of VALUES) await send(name, filled, { body: { ...base, [member]: value } })
    }
  }
  await app.close()
  console.log(`bad inputs that were refused: ${refused}`)
  expect(wrong).toEqual([])
  expect(refused).toBeGreaterThan(800)
  expect(app.errors).toEqual([])
}, 120_000)
