import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dir, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

interface Step {
  uses?: string
  run?: string
  with?: Record<string, unknown>
}

interface Field {
  type: string
  id?: string
  attributes: { label?: string; value?: string; options?: string[] }
}

describe('the files that GitHub reads', () => {
  test('the workflow runs .ci/run on the lowest Node that the project names, with the whole history', () => {
    const workflow = Bun.YAML.parse(read('.github/workflows/check.yml')) as {
      permissions: Record<string, string>
      jobs: Record<string, { 'timeout-minutes': number; steps: Step[] }>
    }
    const steps = Object.values(workflow.jobs).flatMap((job) => job.steps)
    const step = (action: string) => steps.find(({ uses }) => uses?.startsWith(`actions/${action}@`))?.with
    expect(steps.filter(({ run }) => run === 'bash .ci/run')).toHaveLength(1)
    expect(existsSync(join(root, '.ci/run'))).toBe(true)
    expect(`>=${step('setup-node')?.['node-version']}`).toBe(JSON.parse(read('package.json')).engines.node)
    expect(step('checkout')).toMatchObject({ 'fetch-depth': 0, 'persist-credentials': false })
    expect(workflow.permissions).toEqual({ contents: 'read' })
    for (const job of Object.values(workflow.jobs)) expect(job['timeout-minutes']).toBeLessThanOrEqual(60)
  })

  test.each(['bug', 'wish'])('GitHub accepts the form "%s"', (name) => {
    const form = Bun.YAML.parse(read(`.github/ISSUE_TEMPLATE/${name}.yml`)) as {
      name: string
      description: string
      body: Field[]
    }
    expect(form.name).toBeString()
    expect(form.description).toBeString()
    const asked = form.body.filter(({ type }) => type !== 'markdown')
    const ids = asked.map(({ id }) => id)
    expect(new Set(ids).size).toBe(asked.length)
    for (const { type, id, attributes } of asked) {
      expect(['textarea', 'input', 'dropdown']).toContain(type)
      expect(id).toMatch(/^[a-z]+$/)
      expect(attributes.label).toBeString()
      expect(attributes.options?.length ?? 2).toBeGreaterThan(type === 'dropdown' ? 1 : 0)
    }
  })

  test('the forms and the pull request template lead reporters of a weakness to SECURITY.md', () => {
    expect(read('.github/ISSUE_TEMPLATE/config.yml')).toContain('SECURITY.md')
    expect(read('.github/pull_request_template.md')).toContain('SECURITY.md')
    expect(read('CODE_OF_CONDUCT.md')).toContain('Report a')
    expect(read('SECURITY.md')).toContain('Report a vulnerability')
  })
})
