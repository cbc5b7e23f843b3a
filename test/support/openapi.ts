import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

/** A JSON schema as the OpenAPI document holds it. */
export type Schema = Record<string, unknown>

/** One operation of the document, with the parts that a generator and a checker need. */
export interface DocumentedOperation {
  method: string
  path: string
  /** Schema of the JSON body, if the operation takes one. */
  body: Schema | null
  parameters: { name: string; in: string; required: boolean; schema: Schema }[]
  /** The documented statuses. */
  statuses: string[]
}

/** The OpenAPI document, ready to check answers against. */
export interface CheckedDocument {
  operations: DocumentedOperation[]
  /** Follows `$ref` inside the document. */
  resolve(schema: Schema): Schema
  /** The error of an answer, or null: an undocumented status, a wrong content type, or a body that breaks its schema. */
  problemWith(
    operation: DocumentedOperation,
    answer: { status: number; contentType: string; text: string },
  ): string | null
}

type Json = Record<string, unknown>

/** Reads an OpenAPI 3.1 document. */
export function checkedDocument(document: unknown): CheckedDocument {
  const root = document as Json
  // test/ops/document.test.ts validates the schemas themselves. Compiling what does that would take longer than most tests that use this.
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false, meta: false })
  addFormats(ajv)
  ajv.addSchema(root, 'document')
  const validators = new Map<string, ValidateFunction>()
  const operations = Object.entries(root.paths as Json).flatMap(([path, item]) =>
    Object.entries(item as Json)
      .filter(([method]) => METHODS.includes(method))
      .map(([method, operation]) => documented(method, path, operation as Json)),
  )

  function documented(method: string, path: string, operation: Json): DocumentedOperation {
    const content = (operation.requestBody as Json | undefined)?.content as Json | undefined
    const body = ((content?.['application/json'] as Json | undefined)?.schema as Schema | undefined) ?? null
    const parameters = ((operation.parameters ?? []) as Json[]).map((each) => {
      const parameter = resolve(each)
      const {
        name,
        in: place,
        required,
        schema,
      } = parameter as { name: string; in: string; required?: boolean; schema: Schema }
      return { name, in: place, required: required ?? false, schema }
    })
    return { method, path, body, parameters, statuses: Object.keys(operation.responses as Json) }
  }

  function resolve(schema: Schema): Schema {
    const { $ref } = schema
    if (typeof $ref !== 'string') return schema
    const target = pointed(root, $ref.replace(/^#/, ''))
    return resolve(target as Schema)
  }

  function validator(operation: DocumentedOperation, status: number, type: string): ValidateFunction | null {
    const pointer = ['paths', operation.path, operation.method, 'responses', String(status)]
    const declared = pointed(root, pointer.map(escaped).join('')) as Json | undefined
    const response = declared && resolve(declared)
    const schema = ((response?.content as Json | undefined)?.[type] as Json | undefined)?.schema
    if (schema === undefined) return null
    const at = `${operation.method} ${operation.path} ${status} ${type}`
    let known = validators.get(at)
    if (known === undefined) {
      known = ajv.compile(rebased(schema))
      validators.set(at, known)
    }
    return known
  }

  return {
    operations,
    resolve,
    problemWith(operation, { status, contentType, text }) {
      if (!operation.statuses.includes(String(status))) return `undocumented status ${status}`
      if (text === '') return null
      const type = contentType.split(';')[0]?.trim() ?? ''
      const check = validator(operation, status, type)
      if (check === null) return `undocumented content type ${contentType} for ${status}`
      if (!type.endsWith('json')) return null
      return check(JSON.parse(text)) ? null : ajv.errorsText(check.errors)
    },
  }
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch']

/** The schema with references that resolve outside of the document. */
function rebased(schema: unknown): Schema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"document#/'))
}

function escaped(step: string): string {
  return `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

function pointed(from: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>(
      (at, step) => (at as Json | undefined)?.[step.replaceAll('~1', '/').replaceAll('~0', '~')],
      from,
    )
}
