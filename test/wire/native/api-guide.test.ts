import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { joinCluster } from '../../../src/cluster/cluster.ts'
import { openStore } from '../../../src/store/open.ts'
import { type Answer, type TestApp, testApp } from '../../support/app.ts'

const textOf = (page: string) => readFileSync(new URL(`../../../${page}`, import.meta.url), 'utf8')
const PAGES = [
  { page: 'docs/api.md', least: 20 },
  { page: 'docs/customers.md', least: 10 },
]

/** One command of the guide: its request, the status that it promises, the values that it keeps, and the shown part of the answer. */
interface Example {
  command: string
  status: number
  keeps: { name: string; path: string[] }[]
  shown: unknown
}

const BLOCK = /```sh\n# (\d{3})(?:; ([^\n]*))?\n([\s\S]*?)```(?:\s*```json\n([\s\S]*?)```)?/g

const examplesOf = (guide: string): Example[] =>
  [...guide.matchAll(BLOCK)].map(([, status, kept = '', command = '', shown]) => ({
    command: command.replaceAll('\\\n', ' ').trim(),
    status: Number(status),
    keeps: kept
      .split(' ')
      .filter((each) => each !== '')
      .map((each) => {
        const [name = '', path = ''] = each.split('=')
        return { name, path: path.split('.').filter((step) => step !== '') }
      }),
    shown: shown === undefined ? undefined : JSON.parse(shown),
  }))

/** Splits a command as a shell would, for the quoting that the guide uses, with the variables replaced. */
function words(command: string, variables: Record<string, string>): string[] {
  const expanded = (text: string) =>
    text.replaceAll(/\$([A-Z_]+)/g, (whole, name: string) => {
      const value = variables[name]
      if (value === undefined) throw new Error(`${whole} is not set`)
      return value
    })
  return [...command.matchAll(/"((?:\\.|[^"\\])*)"|'([^']*)'|(\S+)/g)].map(([, double, single, bare]) =>
    double === undefined
      ? (single ?? expanded(bare ?? ''))
      : expanded(double).replaceAll(/\\(["\\$])/g, '$1'),
  )
}

/** Sends the request of the curl command. */
function send(app: TestApp, command: string, variables: Record<string, string>): Promise<Answer> {
  const [program, ...rest] = words(command, variables)
  expect(program).toBe('curl')
  let method = 'GET'
  let url = ''
  let body: string | undefined
  const headers: Record<string, string> = {}
  while (rest.length > 0) {
    const word = rest.shift() ?? ''
    if (word === '-X') method = rest.shift() ?? ''
    else if (word === '-d') body = rest.shift()
    else if (word === '-H') {
      const [, name = '', value = ''] = /^([^:]+): (.*)$/.exec(rest.shift() ?? '') ?? []
      headers[name.toLowerCase()] = value
    } else url = word
  }
  const path = url.replace(variables.BASE ?? '', '')
  return app.call(method, path, { key: null, headers, ...(body === undefined ? {} : { body }) })
}

/** True when the answer has everything that is shown; `...` stands for any text with this beginning. */
function shows(shown: unknown, real: unknown): boolean {
  if (typeof shown === 'string' && shown.endsWith('...')) {
    return typeof real === 'string' && real.startsWith(shown.slice(0, -3))
  }
  if (Array.isArray(shown))
    return Array.isArray(real) && shown.every((each, index) => shows(each, real[index]))
  if (typeof shown !== 'object' || shown === null) return shown === real
  const members = Object.entries(shown)
  return (
    typeof real === 'object' &&
    real !== null &&
    members.every(([name, each]) => shows(each, Reflect.get(real, name)))
  )
}

describe.each(PAGES)('$page', ({ page, least }) => {
  const guide = textOf(page)
  const examples = examplesOf(guide)

  test('every example gives the result that the guide shows, in its order', async () => {
    const app = await testApp()
    const variables: Record<string, string> = { BASE: 'http://127.0.0.1:8080', ROOT: app.rootKey }
    for (const { command, status, keeps, shown } of examples) {
      const answer = await send(app, command, variables)
      expect([command, answer.status, answer.status === status ? '' : answer.text]).toEqual([
        command,
        status,
        '',
      ])
      if (shown !== undefined && !shows(shown, answer.json))
        expect([command, answer.json]).toEqual([command, shown])
      for (const { name, path } of keeps) {
        const value = path.reduce<unknown>((at, step) => Reflect.get(at as object, step), answer.json)
        expect([name, value]).not.toEqual([name, undefined])
        variables[name] = String(value)
      }
    }
    expect(app.errors).toEqual([])
    await app.close()
  })

  test('no example is skipped: every command of the guide has its response', () => {
    expect(examples.length).toBe(guide.match(/^curl /gm)?.length ?? 0)
    expect(examples.length).toBeGreaterThan(least)
    expect(guide.match(/^```sh$/gm)?.length).toBe(examples.length + 1)
    const shown = guide.match(/^```json$/gm)?.length ?? 0
    expect(examples.filter((example) => example.shown !== undefined).length).toBe(shown)
  })
})

describe('docs/api.md', () => {
  test('the table of metrics equals the metrics of the server', async () => {
    const store = await openStore('sqlite::memory:')
    const cluster = joinCluster({ store, leaseMs: 1_000, onNotice() {}, onBroken() {} })
    const app = await testApp({
      store,
      cluster,
      sharedRates: { run: () => Promise.reject(new Error('away')) },
    })
    const text = (await app.call('GET', '/metrics')).text
    const served = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name ?? '')
    const [, table = ''] = /\| Metric \|[^\n]*\n\|[-|]*\n([\s\S]*)$/.exec(textOf('docs/api.md')) ?? []
    const listed = [...table.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name ?? '')
    expect(listed.toSorted()).toEqual(served.toSorted())
    await cluster.close()
    await app.close()
  })
})
