import type { JsonSchema } from './schema-text.ts'

/** One operation of the document with everything that the page shows; missing values have their defaults. */
export interface Described {
  method: string
  path: string
  operationId: string
  summary: string
  description: string
  tag: string
  needsCredential: boolean
  parameters: { name: string; in: string; required: boolean; schema: JsonSchema }[]
  body: { required: boolean; schema: JsonSchema } | null
  /** The examples of the call in programming languages. */
  samples: { label: string; source: string }[]
  responses: { status: string; description: string; type: string; schema: JsonSchema | null }[]
}

/** Every operation, in the order of the document. */
export function describedOperations({ paths = {} }: { paths?: object }): Described[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, LooseOperation>).map(([method, operation]) =>
      described(method, path, operation),
    ),
  )
}

interface LooseOperation {
  operationId?: string
  summary?: string
  description?: string
  tags?: string[]
  security?: object[]
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: JsonSchema }[]
  requestBody?: { required?: boolean; content?: Record<string, { schema?: JsonSchema }> }
  'x-codeSamples'?: { label: string; source: string }[]
  responses?: Record<string, { description?: string; content?: Record<string, { schema?: JsonSchema }> }>
}

function described(method: string, path: string, operation: LooseOperation): Described {
  const {
    operationId = `${method}-${path}`,
    summary = '',
    description = '',
    tags = [],
    security = [],
  } = operation
  const [bodyContent] = Object.values(operation.requestBody?.content ?? {})
  return {
    method,
    path,
    operationId,
    summary,
    description,
    tag: tags[0] ?? '',
    needsCredential: security.length > 0,
    parameters: (operation.parameters ?? []).map(
      ({ name, in: place, required = false, description: text, schema }) => ({
        name,
        in: place,
        required,
        schema: { ...schema, ...(text === undefined ? {} : { description: text }) },
      }),
    ),
    body: bodyContent?.schema
      ? { required: operation.requestBody?.required ?? false, schema: bodyContent.schema }
      : null,
    samples: operation['x-codeSamples'] ?? [],
    responses: Object.entries(operation.responses ?? {}).map(([status, response]) => {
      const [type = '', content] = Object.entries(response.content ?? {})[0] ?? []
      return { status, description: response.description ?? '', type, schema: content?.schema ?? null }
    }),
  }
}
