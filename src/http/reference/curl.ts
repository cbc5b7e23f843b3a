import { type Described, describedOperations } from './described-operations.ts'
import { exampleOf, type JsonSchema, resolverOf } from './schema-text.ts'

/** An example of a call in a programming language, as tools for OpenAPI documents show it (`x-codeSamples`). */
export interface CodeSample {
  lang: 'Shell'
  label: 'curl'
  source: string
}

/**
 * Gives every operation a call with curl in `x-codeSamples`, with its required parameters and the example of its body. The address is
 * known or a variable of the shell, the credential always is one. Changes the document.
 */
export function addCodeSamples(
  document: { paths?: object; components?: { schemas?: object } },
  url: string | null | undefined,
): void {
  const resolve = resolverOf((document.components?.schemas ?? {}) as Record<string, JsonSchema>)
  const at = url ?? '$LATCHKEY_URL'
  for (const operation of describedOperations(document)) {
    const item = (document.paths as Record<string, Record<string, object>>)[operation.path]
    const sample: CodeSample = { lang: 'Shell', label: 'curl', source: curlOf(operation, { at, resolve }) }
    Object.assign(item?.[operation.method] ?? {}, { 'x-codeSamples': [sample] })
  }
}

/** The call of an operation. Examples of values are encoded, so the shell interprets nothing in them. */
function curlOf(
  { method, path, parameters, body, needsCredential }: Described,
  { at, resolve }: { at: string; resolve: (schema: JsonSchema) => JsonSchema },
): string {
  const exampleIn = (schema: JsonSchema) => encodeURIComponent(String(exampleOf(schema, resolve)))
  const inPath = new Map(
    parameters.filter((each) => each.in === 'path').map((each) => [each.name, each.schema]),
  )
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => exampleIn(inPath.get(name) ?? {}))
  const needed = parameters.filter((each) => each.in === 'query' && each.required)
  const query = needed.map(({ name, schema }) => `${name}=${exampleIn(schema)}`).join('&')
  const given = method === 'get' ? '' : `-X ${method.toUpperCase()} `
  return [
    `curl ${given}"${at}${filled}${query === '' ? '' : `?${query}`}"`,
    ...(needsCredential ? ['-H "Authorization: Bearer $LATCHKEY_API_KEY"'] : []),
    ...(body === null
      ? []
      : [
          "-H 'Content-Type: application/json'",
          `-d ${quoted(JSON.stringify(exampleOf(body.schema, resolve)))}`,
        ]),
  ].join(' \\\n  ')
}

/** A text in quotes, in which the shell interprets nothing. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
