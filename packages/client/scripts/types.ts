import { join } from 'node:path'
import openapiTS, { astToString } from 'openapi-typescript'
import { testApp } from '../../../test/support/app.ts'
import { forCallers } from './open-types.ts'

// Writes the types of the native client from the server's own OpenAPI document: `npm run docs` calls it, and a test fails
// when the file is stale.

/** Where the types lie. */
export const TYPES_PATH = join(import.meta.dir, '../src/native/api.gen.ts')

const HEADER = `// Written by \`npm run docs\` from the OpenAPI document of the server. Not to be edited.

import type { Word } from '../words.ts'

`

/** What can be asked at a path. */
export interface Operation {
  operationId?: string
  parameters?: { in: string; name: string; description?: string; schema?: { description?: string } }[]
  responses: Record<string, unknown>
}

/** An OpenAPI document. */
export interface Document {
  openapi: string
  info: Record<string, unknown>
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, unknown> }
}

/** The server's own document, as far as it is about the native surface. */
export async function nativeDocument(): Promise<Document> {
  const app = await testApp()
  const document = (await app.call('GET', '/openapi.json')).json as Document
  await app.close()
  return nativeOf(document)
}

/** The text of the types: every schema that the native operations speak of, and what they can be asked. */
export async function clientTypes(): Promise<string> {
  const types = await openapiTS((await nativeDocument()) as never, {
    rootTypes: true,
    rootTypesNoSchemaPrefix: true,
    defaultNonNullable: false,
  })
  return `${HEADER}${astToString(forCallers(types))}`
}

/**
 * Only the native surface, its successes and its queries: paths, headers and failures are the client's business, and
 * would only make the file ten times as long.
 */
function nativeOf({ openapi, info, paths, components }: Document): Document {
  const kept = Object.entries(paths)
    .filter(([path]) => path.startsWith('/v2/'))
    .map(([path, operations]) => {
      const mine = Object.entries(operations).filter(([method]) => method !== 'parameters')
      return [path, Object.fromEntries(mine.map(([method, operation]) => [method, successOf(operation)]))]
    })
  const native = Object.fromEntries(kept)
  const named = reachable(
    [native, { $ref: '#/components/schemas/Problem' }, { $ref: '#/components/schemas/BudgetProblem' }],
    components.schemas,
  )
  const schemas = Object.fromEntries([...named].sort().map((name) => [name, components.schemas[name]]))
  return { openapi, info, paths: native, components: { schemas } }
}

function successOf({ parameters = [], responses, ...rest }: Operation): Operation {
  const successes = Object.entries(responses).filter(([status]) => status.startsWith('2'))
  return {
    ...rest,
    parameters: parameters.filter((each) => each.in !== 'header'),
    responses: Object.fromEntries(successes),
  }
}

/** The names of all schemas that these parts refer to, directly or through others. */
function reachable(parts: unknown, schemas: Record<string, unknown>, found = new Set<string>()): Set<string> {
  for (const [, name = ''] of JSON.stringify(parts).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
    if (found.has(name)) continue
    found.add(name)
    reachable(schemas[name], schemas, found)
  }
  return found
}
