import { expect, test } from 'bun:test'
import { OpenAPIHono } from '@hono/zod-openapi'
import { goodmem } from '../goodmem/index.ts'
import type { Env } from '../kernel/env.ts'
import { native } from '../native/index.ts'
import { openrouter } from '../openrouter/index.ts'
import { generateDocument } from './generate.ts'

test('the document that is generated in pieces is the same as in one go, with a pass after each operation', async () => {
  const api = new OpenAPIHono<Env>()
  const dialects = [native, goodmem, openrouter]
  for (const { base, operations } of dialects) {
    const mounted = new OpenAPIHono<Env>()
    for (const operation of operations) operation.mount(mounted, [])
    api.route(base, mounted)
  }
  const head = { openapi: '3.1.0', info: { title: 'Latchkey', version: '1' } }
  let passes = 0
  const pass = async () => {
    passes += 1
  }
  const document = await generateDocument(api, { head, pass })
  expect(passes).toBe(api.openAPIRegistry.definitions.length)
  expect(passes).toBeGreaterThan(50)
  // As texts, because the order is part of it.
  expect(JSON.stringify(document)).toBe(JSON.stringify(api.getOpenAPI31Document(head)))
})
