import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import type { ApiDocument } from '../../src/http/reference/generate.ts'
import { referencePage } from '../../src/http/reference/page.ts'
import { type Answer, type TestApp, testApp } from '../support/app.ts'

let app: TestApp
let page: Answer
let document: ApiDocument

beforeAll(async () => {
  app = await testApp()
  page = await app.call('GET', '/docs', { key: null })
  document = (await app.call('GET', '/openapi.json', { key: null })).json
})
afterAll(() => app.close())

describe('/docs', () => {
  test('is a page that search engines do not index', () => {
    expect(page.status).toBe(200)
    expect(page.headers.get('content-type')).toStartWith('text/html')
    expect(page.headers.get('x-robots-tag')).toBe('noindex')
    expect(page.text).toContain('<meta name="robots" content="noindex">')
  })

  test('runs no script, loads nothing, and its policy permits its own style only', () => {
    const policy = page.headers.get('content-security-policy') ?? ''
    const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(page.text) ?? []
    const hash = createHash('sha256').update(style).digest('base64')
    expect(policy).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    )
    expect(page.text).not.toMatch(
      /<script|<img|<link|<iframe|<object|<embed|<form|javascript:| on[a-z]+=| style=|@import|url\(/i,
    )
    expect(page.text.match(/<style/g)?.length).toBe(1)
    for (const [, href = ''] of page.text.matchAll(/href="([^"]*)"/g))
      expect(href).toMatch(/^(#|\/openapi\.json$)/)
  })

  test('shows every operation under its topic or surface, every schema, and every link leads to a place on it', () => {
    const ids = [...page.text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id ?? '')
    expect(new Set(ids).size).toBe(ids.length)
    for (const item of Object.values(document.paths ?? {})) {
      for (const { operationId } of Object.values(item as Record<string, { operationId: string }>)) {
        expect(ids).toContain(operationId)
      }
    }
    for (const name of Object.keys(document.components?.schemas ?? {}))
      expect(ids).toContain(`schema-${name}`)
    const targets = [...page.text.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id ?? '')
    expect(targets.filter((id) => !ids.includes(id))).toEqual([])
    const topics = ['verify', 'keys', 'reservations', 'usage', 'users', 'workspaces', 'audit']
    for (const chapter of [...topics, 'goodmem', 'openrouter', 'operations']) expect(ids).toContain(chapter)
  })

  test('has parameters, bodies, responses and examples, and its tags are balanced', () => {
    for (const text of [
      'unusedSince',
      'Example of a body',
      'Example of an answer',
      'BUDGET_EXCEEDED',
      'default 50',
    ]) {
      expect(page.text).toContain(text)
    }
    for (const tag of [
      'section',
      'table',
      'tr',
      'td',
      'ul',
      'li',
      'code',
      'a',
      'h3',
      'p',
      'small',
      'pre',
      'div',
    ]) {
      const opened = page.text.match(new RegExp(`<${tag}[ >]`, 'g'))?.length
      expect([tag, opened]).toEqual([tag, page.text.match(new RegExp(`</${tag}>`, 'g'))?.length])
    }
  })

  test('a schema that extends another shows the members of both', () => {
    const [, state = ''] = /id="schema-RateLimitState"([\s\S]*?)<\/section>/.exec(page.text) ?? []
    for (const member of ['name', 'limit', 'window', 'remaining', 'resetsAt'])
      expect(state).toContain(`<code>${member}</code>`)
  })

  test('follows light and dark', () => {
    expect(page.text).toContain('color-scheme: light dark')
    expect(page.text).toContain('prefers-color-scheme: dark')
  })

  test('all contents of the document are text, never markup', async () => {
    const evil = '<script>alert(1)</script>"\'&`<b>`'
    const { html } = await referencePage(
      {
        openapi: '3.1.0',
        info: { title: evil, version: evil, description: evil },
        tags: [{ name: evil, description: evil }],
        paths: {
          [`/${evil}`]: {
            get: {
              operationId: evil,
              summary: evil,
              description: evil,
              tags: [evil],
              parameters: [
                { name: evil, in: 'query', description: evil, schema: { type: 'string', pattern: evil } },
              ],
              responses: {
                '200': {
                  description: evil,
                  content: {
                    'application/json': {
                      schema: {
                        type: 'object',
                        properties: { [evil]: { enum: [evil], description: evil, default: evil } },
                      },
                    },
                  },
                },
              },
            },
          },
        },
        components: { schemas: { [evil]: { type: 'object', description: evil, example: evil } } },
      },
      { pass: async () => {} },
    )
    expect(html).not.toContain('<script')
    expect(html).not.toContain('<b>')
    expect(html.match(/&lt;script&gt;/g)?.length).toBeGreaterThan(10)
  })
})
