import type { OpenAPIHono } from '@hono/zod-openapi'
import { version } from '../../version.ts'
import type { Dialect } from '../kernel/dialect.ts'
import type { Env } from '../kernel/env.ts'
import type { Operation } from '../kernel/operation.ts'
import { addCodeSamples } from './curl.ts'
import { describeMembers } from './descriptions.ts'
import { type ApiDocument, generateDocument, type Pass } from './generate.ts'

/** The tags of operations: by topic for the native dialect, by dialect for the others. */
const TAGS: Record<string, string> = {
  verify: 'Whether a key may be used now, for services and gateways, and how that went.',
  keys: 'Make, read, change, rotate and end keys.',
  reservations: 'Money that is held before it is spent.',
  usage: 'Money that was spent: reported, taken back, added up, and near a limit.',
  users: 'Whom keys belong to.',
  workspaces: 'Groups of keys, and their members.',
  audit: 'Acts, denied attempts and the changed members, each with its caller.',
  goodmem: "GoodMem's API for keys, under `/v1`: its clients work unchanged with this base URL.",
  openrouter: "OpenRouter's API for keys, under `/api/v1`: its clients work unchanged with this base URL.",
  operations: 'For whoever runs the server.',
}

/**
 * Describes every operation of every dialect from the schemas that validate its requests. The credentials are those that the server
 * really requires. An operationId that an earlier dialect has gets the name of its dialect in front. `url` is the address for clients;
 * null when it is the one from which they fetched the document. The work is done in pieces, with a pass of the event loop after each.
 */
export async function describeApi(
  api: OpenAPIHono<Env>,
  { dialects, url, pass }: { dialects: readonly Dialect[]; url?: string | null | undefined; pass: Pass },
): Promise<ApiDocument> {
  const head = {
    openapi: '3.1.0',
    info: {
      title: 'Latchkey',
      version,
      description: 'Self-hosted API keys: issue, verify, limit, meter, rotate, revoke.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: url ?? '/' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
  }
  const document = await generateDocument(api, { head, pass })
  // An empty base would leave one slash too many.
  const paths = Object.entries(document.paths ?? {}).map(([path, item]) => [path.replace(/^\/\//, '/'), item])
  document.paths = Object.fromEntries(paths)
  const ids = new Set<string>()
  for (const dialect of dialects) {
    for (const operation of dialect.operations) complete(document, { dialect, operation, ids })
  }
  describeMembers(document)
  await pass()
  addCodeSamples(document, url)
  await pass()
  const securitySchemes = {
    bearer: {
      type: 'http' as const,
      scheme: 'bearer',
      description: 'The key as a bearer token: `Authorization: Bearer <key>`',
    },
    apiKey: {
      type: 'apiKey' as const,
      in: 'header' as const,
      name: 'x-api-key',
      description: 'The key in a header of its own: `x-api-key: <key>`',
    },
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
