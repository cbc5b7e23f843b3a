import { OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi'
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Env } from '../kernel/env.ts'

/** An OpenAPI 3.1 document. */
export type ApiDocument = ReturnType<OpenAPIHono<Env>['getOpenAPI31Document']>

/** Lets everything else that waits for the event loop go first. */
export type Pass = () => Promise<void>

/**
 * Generates the document of all operations, one by one with a pass in between: all at once would block the event loop for 60 ms. It is the
 * same as from `getOpenAPI31Document`.
 */
export async function generateDocument(
  api: OpenAPIHono<Env>,
  { head, pass }: { head: Parameters<OpenAPIHono<Env>['getOpenAPI31Document']>[0]; pass: Pass },
): Promise<ApiDocument> {
  // The generator reads this list anew for each document and keeps what it has made before, so each document has one operation more.
  const next: OpenAPIHono<Env>['openAPIRegistry']['definitions'] = []
  const generator = new OpenApiGeneratorV31(next)
  let document = generator.generateDocument(head)
  for (const definition of api.openAPIRegistry.definitions) {
    next.splice(0, 1, definition)
    document = generator.generateDocument(head)
    await pass()
  }
  return document
}
