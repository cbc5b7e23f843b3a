import type { OpenAPIHono } from '@hono/zod-openapi'
import { version } from '../../version.ts'
import type { Dialect } from '../kernel/dialect.ts'
import type { Env } from '../kernel/env.ts'
import type { Operation } from '../kernel/operation.ts'

/** An OpenAPI 3.1 document. */
export type ApiDocument = ReturnType<OpenAPIHono<Env>['getOpenAPI31Document']>

const TAGS: Record<string, string> = {
  native: 'Everything Latchkey can do, under `/v2`.',
  goodmem: "GoodMem's API for keys, under `/v1`: its clients work unchanged with this base URL.",
  openrouter: "OpenRouter's API for keys, under `/api/v1`: its clients work unchanged with this base URL.",
  operations: 'For whoever runs the server.',
}

/**
 * Describes every operation of every dialect from the schemas that validate its requests. Which operations need a
 * credential is taken from what is enforced, and an operationId that an earlier dialect has taken gets its dialect's name.
 */
export function describeApi(api: OpenAPIHono<Env>, dialects: readonly Dialect[]): ApiDocument {
  const document = api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Latchkey',
      version,
      description: 'Self-hosted API keys: issue, verify, limit, meter, rotate, revoke.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: '/' }],
    tags: dialects.map(({ name }) => ({ name, description: TAGS[name] ?? name })),
  })
  // An empty base is joined to a path with a slash too many.
  const paths = Object.entries(document.paths ?? {}).map(([path, item]) => [path.replace(/^\/\//, '/'), item])
  document.paths = Object.fromEntries(paths)
  const ids = new Set<string>()
  for (const dialect of dialects) {
    for (const operation of dialect.operations) complete(document, { dialect, operation, ids })
  }
  const securitySchemes = {
    bearer: { type: 'http' as const, scheme: 'bearer', description: '`Authorization: Bearer <key>`' },
    apiKey: { type: 'apiKey' as const, in: 'header' as const, name: 'x-api-key' },
  }
  return { ...document, components: { ...document.components, securitySchemes } }
}

function complete(
  document: ApiDocument,
  { dialect, operation, ids }: { dialect: Dialect; operation: Operation; ids: Set<string> },
): void {
  const path = document.paths?.[dialect.base + operation.path]
  const described = path?.[operation.method as 'get']
  if (described === undefined) return
  described.security = operation.callers === 'public' ? [] : [{ bearer: [] }, { apiKey: [] }]
  const id = described.operationId
  if (id === undefined) return
  if (ids.has(id)) described.operationId = `${dialect.name}${id.charAt(0).toUpperCase()}${id.slice(1)}`
  ids.add(described.operationId ?? id)
}
