import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Registry } from 'prom-client'
import { VERDICT_CODES } from '../../src/core/verify/verify.ts'
import { FAULT_TEXTS } from '../../src/http/kernel/request-faults.ts'
import { measureNode, measureSharing } from '../../src/http/ops/node-measurements.ts'
import { testApp } from '../support/app.ts'

// The rules and the dashboard in examples/monitoring must use the series of the server: a wrong name would never raise an alert.

const folder = fileURLToPath(new URL('../../examples/monitoring/', import.meta.url))
const read = (name: string) => readFileSync(`${folder}${name}`, 'utf8')

interface Rule {
  alert: string
  expr: string
  annotations: { summary: string; description?: string }
}
interface Panel {
  title: string
  datasource: { uid: string }
  gridPos: { x: number; y: number; w: number; h: number }
  targets: { expr: string; legendFormat: string }[]
}

const { groups } = Bun.YAML.parse(read('alerts.yaml')) as { groups: { rules: Rule[] }[] }
const rules = groups.flatMap((group) => group.rules)
const dashboard = JSON.parse(read('dashboard.json')) as { panels: Panel[] }
const targets = dashboard.panels.flatMap((panel) => panel.targets)
const expressions = [...rules.map(({ expr }) => expr), ...targets.map(({ expr }) => expr)]

/** The labels that Prometheus adds to every series, and the one series that it makes itself. */
const ADDED = new Set(['job', 'instance'])
const OWN = new Set(['up'])

/** The answer of `/metrics`, followed by the series that a node of a cluster with Redis adds. */
let metrics = ''
/** The labels of every series name that the server exposes. */
const exposed = new Map<string, Set<string>>()
/** The values of labels, as `name label=value`. */
const values = new Set<string>()

beforeAll(async () => {
  const app = await testApp()
  await app.call('POST', '/v2/verify', { body: { key: 'x' } })
  await app.call('GET', '/nowhere')
  metrics = (await app.call('GET', '/metrics')).text + (await nodeMetrics())
  for (const [, name = '', labels = ''] of metrics.matchAll(/^([a-z_:][a-z0-9_:]*)(?:\{(.*)\})? \S+$/gm)) {
    const known = exposed.get(name) ?? new Set()
    exposed.set(name, known)
    for (const [, label = '', value] of labels.matchAll(/([a-z_]+)="([^"]*)"/g)) {
      known.add(label)
      values.add(`${name} ${label}=${value}`)
    }
  }
  await app.close()
})
afterAll(() => exposed.clear())

function nodeMetrics(): Promise<string> {
  const registry = new Registry()
  const state = { revision: 1, lagMs: 1, leaseAgeMs: 1, isFresh: true, nodes: 2, waiters: 0 }
  measureNode(registry, { state: () => state, observe() {} })
  measureSharing(registry, () => ({ isShared: true, failures: 0 }))
  return registry.metrics()
}

/** The series of an expression, each with its selector. */
function seriesIn(expr: string): { name: string; selector: string }[] {
  const found = expr.matchAll(/\b((?:latchkey|http_server|process)_[a-z_]+|up)\b(?:\{([^}]*)\})?/g)
  return [...found].map(([, name = '', selector = '']) => ({ name, selector }))
}

describe('examples/monitoring', () => {
  test('uses only series and labels that the server exposes', () => {
    expect(rules.length).toBeGreaterThan(8)
    expect(targets.length).toBeGreaterThan(12)
    const wrong: string[] = []
    for (const expr of expressions) {
      const series = seriesIn(expr)
      if (series.length === 0) wrong.push(`nothing in ${expr}`)
      const labels = new Set(ADDED)
      for (const { name, selector } of series) {
        if (!exposed.has(name) && !OWN.has(name)) wrong.push(`${name} in ${expr}`)
        for (const label of exposed.get(name) ?? []) labels.add(label)
        for (const [, label = ''] of selector.matchAll(/([a-z_]+)\s*(?:=|!)/g))
          if (!ADDED.has(label) && !exposed.get(name)?.has(label)) wrong.push(`${label} of ${name}`)
      }
      for (const [, list = ''] of expr.matchAll(/by \(([^)]*)\)/g))
        for (const label of list.split(',').map((each) => each.trim()))
          if (!labels.has(label)) wrong.push(`by ${label} in ${expr}`)
    }
    expect(wrong).toEqual([])
  })

  test('selects only possible values', () => {
    const codes = new Set<string>([...VERDICT_CODES, ...Object.keys(FAULT_TEXTS)])
    const wrong = expressions.flatMap((expr) =>
      seriesIn(expr).flatMap(({ name, selector }) =>
        [...selector.matchAll(/([a-z_]+)(?:=|!=)"([^"]*)"/g)].flatMap(([, label = '', value = '']) => {
          if (ADDED.has(label)) return []
          const isKnown = label === 'code' ? codes.has(value) : values.has(`${name} ${label}=${value}`)
          return isKnown ? [] : [`${name} ${label}=${value}`]
        }),
      ),
    )
    expect(wrong).toEqual([])
  })

  test('every alert has a description, and every panel has its place', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
    for (const { alert, annotations } of rules)
      expect([alert, annotations.summary.length > 10]).toEqual([alert, true])
    const places = dashboard.panels.map(({ gridPos: { x, y } }) => `${x} ${y}`)
    expect(new Set(places).size).toBe(places.length)
    for (const { title, datasource } of dashboard.panels) {
      expect([title, datasource.uid]).toEqual([title, `\${datasource}`])
    }
  })

  const promtool = spawnSync('promtool', ['--version']).error === undefined
  if (!promtool) console.log('!!! promtool is NOT here, so it checks nothing. apt-get install prometheus.')

  test.skipIf(!promtool)('promtool accepts the rules and the configuration', () => {
    expect(promtoolSays('check', 'rules', `${folder}alerts.yaml`)).toMatchObject({ status: 0 })
    expect(promtoolSays('check', 'config', '--syntax-only', `${folder}prometheus.yaml`)).toMatchObject({
      status: 0,
    })
  })

  test.skipIf(!promtool)('every alert fires when it should, and none fires without a problem', () => {
    const cases = read('alerts.test.yaml')
    expect(rules.filter(({ alert }) => !cases.includes(`alertname="${alert}"`))).toEqual([])
    expect(promtoolSays('test', 'rules', `${folder}alerts.test.yaml`)).toMatchObject({ status: 0 })
  })

  test.skipIf(!promtool)('promtool accepts the metrics of the server', () => {
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: metrics, encoding: 'utf8' })
    expect({ status: checked.status, said: checked.stdout + checked.stderr }).toEqual({ status: 0, said: '' })
  })
})

function promtoolSays(...args: string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' })
  return { status, said: stdout + stderr }
}
