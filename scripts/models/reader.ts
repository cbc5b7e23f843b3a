import { nativeDocument, type Operation } from '../../packages/client/scripts/types.ts'
import {
  ABOUT,
  BY_HAND,
  DURATIONS,
  PLACES,
  PLAIN_MAPS,
  QUERIES,
  RENAMED,
  WORDS,
  WORDS_BY_HAND,
} from './names.ts'

// Reads the server's OpenAPI document as models for a typed client. An emitter for each language writes them as code.

/** The type of a member. */
export type Type =
  | { kind: 'text' | 'id' | 'usd' | 'time' | 'duration' | 'integer' | 'flag' | 'any' }
  | { kind: 'word'; name: string }
  | { kind: 'list'; of: Type }
  | { kind: 'map'; of: Type; nullable: boolean }
  | { kind: 'model'; name: string }

/** One member of a model. */
export interface Member {
  /** The name on the wire. */
  name: string
  description: string
  type: Type
  required: boolean
  nullable: boolean
}

/** A model. In a `change`, an absent member stays, and null clears it. */
export interface Model {
  name: string
  kind: 'answer' | 'request' | 'change' | 'query'
  /** Whether it is the whole response of a call, and not only a part of one. */
  isWhole: boolean
  description: string
  members: Member[]
}

/** An enumeration to which later servers may add values. */
export interface Words {
  name: string
  words: string[]
}

interface Schema {
  $ref?: string
  type?: string | string[]
  format?: string
  pattern?: string
  description?: string
  enum?: unknown[]
  anyOf?: Schema[]
  allOf?: Schema[]
  properties?: Record<string, Schema>
  additionalProperties?: Schema | boolean
  items?: Schema
  required?: string[]
}

/** All models and the enumerations that they use, in the order of their names. */
export async function readModels(): Promise<{ models: Model[]; words: Words[] }> {
  const { paths, components } = await nativeDocument()
  const schemas = components.schemas as Record<string, Schema>
  const reader = new Reader(schemas, { requests: requestsOf(paths), answers: answersOf(paths) })
  for (const [name, schema] of Object.entries(schemas)) {
    const page = name.endsWith('Page')
    if (!page && !BY_HAND.has(name) && PLAIN_MAPS[name] === undefined) reader.model(name, schema)
  }
  for (const operation of operationsOf(paths)) reader.query(operation)
  return reader.all()
}

/** The names of all schemas in request bodies. */
function requestsOf(paths: Record<string, Record<string, Operation>>): Set<string> {
  const bodies = operationsOf(paths).map((each) => (each as { requestBody?: unknown }).requestBody)
  return new Set([...namesIn(bodies), 'ImportKey', 'KeyFilter', 'UsageEvent'])
}

/** The names of all schemas of responses. */
function answersOf(paths: Record<string, Record<string, Operation>>): Set<string> {
  return new Set(namesIn(operationsOf(paths).map(({ responses }) => responses)))
}

function operationsOf(paths: Record<string, Record<string, Operation>>): Operation[] {
  return Object.values(paths).flatMap((each) => Object.values(each))
}

function namesIn(parts: unknown): string[] {
  const found = JSON.stringify(parts).matchAll(/"#\/components\/schemas\/([^"]+)"/g)
  return [...found].map(([, name = '']) => name)
}

class Reader {
  readonly #schemas: Record<string, Schema>
  readonly #bodies: { requests: Set<string>; answers: Set<string> }
  readonly #models = new Map<string, Model>()
  readonly #words = new Map<string, Words>()

  constructor(schemas: Record<string, Schema>, bodies: { requests: Set<string>; answers: Set<string> }) {
    this.#schemas = schemas
    this.#bodies = bodies
  }

  all(): { models: Model[]; words: Words[] } {
    const sorted = <T extends { name: string }>(all: Iterable<T>) =>
      [...all].sort((a, b) => (a.name < b.name ? -1 : 1))
    return { models: sorted(this.#models.values()), words: sorted(this.#words.values()) }
  }

  model(schemaName: string, schema: Schema, named = RENAMED[schemaName] ?? schemaName): void {
    if (this.#models.has(named)) return
    const kind = named.endsWith('Changes') || named.startsWith('Update') ? 'change' : undefined
    const model: Model = {
      name: named,
      kind: kind ?? (this.#bodies.requests.has(schemaName) ? 'request' : 'answer'),
      isWhole: this.#bodies.answers.has(schemaName),
      description: schema.description ?? aboutModel(named),
      members: [],
    }
    // Before its members, which may refer to it.
    this.#models.set(named, model)
    model.members = Object.entries(schema.properties ?? {}).map(([name, member]) =>
      this.#member(`${schemaName}.${name}`, member, schema.required?.includes(name) ?? false),
    )
  }

  query(operation: Operation): void {
    const named = QUERIES[operation.operationId ?? '']
    if (named === undefined || this.#models.has(named)) return
    const members = (operation.parameters ?? [])
      .filter((each) => each.in === 'query')
      .map((each) => {
        const schema = { ...each.schema, description: each.description } as Schema
        return this.#member(`${named}.${each.name}`, schema, false)
      })
    this.#models.set(named, {
      name: named,
      kind: 'query',
      isWhole: false,
      description: aboutModel(named),
      members,
    })
  }

  #member(place: string, schema: Schema, required: boolean): Member {
    const ref = refOf(schema)
    const nullable = isNullable(schema) || (ref !== undefined && isNullable(this.#schemas[ref] ?? {}))
    const name = place.slice(place.lastIndexOf('.') + 1)
    return {
      name,
      description: schema.description ?? described(this.#schemas, schema, place),
      type: this.#type(place, schema),
      required,
      nullable,
    }
  }

  #type(place: string, schema: Schema): Type {
    const ref = refOf(schema)
    if (ref !== undefined) return this.#named(ref)
    const parts = schema.anyOf?.filter((each) => each.type !== 'null')
    if (parts?.some((each) => refOf(each)?.startsWith('Verdict'))) return { kind: 'model', name: 'Verdict' }
    if (parts?.some((each) => each.type === 'number')) return { kind: 'usd' }
    const type = [schema.type].flat().find((each) => each !== 'null')
    switch (type) {
      case 'string':
        return this.#text(place, schema)
      case 'boolean':
        return { kind: 'flag' }
      case 'integer':
        return { kind: 'integer' }
      case 'array':
        return { kind: 'list', of: this.#type(`${place}[]`, schema.items ?? {}) }
      case 'object':
        return this.#object(place, schema)
      default:
        if (JSON.stringify(schema) === '{}') return { kind: 'any' }
        throw new Error(`scripts/models: nothing is known of ${place}: ${JSON.stringify(schema)}`)
    }
  }

  #named(ref: string): Type {
    const map = PLAIN_MAPS[ref]
    if (map !== undefined) return { kind: 'map', of: { kind: map }, nullable: false }
    return { kind: 'model', name: RENAMED[ref] ?? ref }
  }

  #text(place: string, schema: Schema): Type {
    const words = schema.enum?.filter((each) => each !== null) as string[] | undefined
    if (words?.join() === 'true') return { kind: 'flag' }
    if (words !== undefined) return { kind: 'word', name: this.#wordsOf(place, words) }
    if (schema.format === 'uuid') return { kind: 'id' }
    if (schema.format === 'date-time') return { kind: 'time' }
    if (DURATIONS.has(place.slice(place.lastIndexOf('.') + 1))) return { kind: 'duration' }
    const isAmount = schema.pattern?.includes('{1,9}') || /\bUSD\b|^In USD/.test(schema.description ?? '')
    return { kind: isAmount || isMoney(place) ? 'usd' : 'text' }
  }

  #wordsOf(place: string, words: string[]): string {
    const name = WORDS[words.join(' ')]
    if (name === undefined)
      throw new Error(`scripts/models/names.ts has no name for the words of ${place}: ${words.join(' ')}`)
    if (WORDS_BY_HAND.has(name)) return name
    const before = this.#words.get(name)?.words ?? []
    this.#words.set(name, { name, words: [...new Set([...before, ...words])] })
    return name
  }

  #object(place: string, schema: Schema): Type {
    const { additionalProperties: more, properties } = schema
    if (typeof more === 'object') {
      return { kind: 'map', of: this.#type(`${place}.*`, more), nullable: isNullable(more) }
    }
    const name = PLACES[place.replace(/\[\]$/, '')]
    if (name === undefined || properties === undefined)
      throw new Error(`scripts/models/names.ts has no name for the object at ${place}`)
    const known =
      Object.values(RENAMED).includes(name) || this.#schemas[name] !== undefined || BY_HAND.has(name)
    if (!known) this.model(place, schema, name)
    return { kind: 'model', name }
  }
}

function aboutModel(name: string): string {
  const about = ABOUT[name]
  if (about === undefined) throw new Error(`scripts/models/names.ts does not say what a ${name} is.`)
  return about
}

function refOf(schema: Schema): string | undefined {
  const alternatives = (schema.anyOf ?? []).filter((each) => each.type !== 'null')
  // Several alternatives are a type of their own; one beside null is that one.
  const parts = [schema, ...(schema.allOf ?? []), ...(alternatives.length === 1 ? alternatives : [])]
  const ref = parts.find((each) => each.$ref !== undefined)?.$ref
  return ref?.replace('#/components/schemas/', '')
}

function isNullable(schema: Schema): boolean {
  return (
    [schema.type].flat().includes('null') || (schema.anyOf?.some((each) => each.type === 'null') ?? false)
  )
}

function isMoney(place: string): boolean {
  return /\.(daily|weekly|monthly|total|limit|spent|reserved|remaining|amount|byokAmount)$/.test(place)
}

function described(schemas: Record<string, Schema>, schema: Schema, place: string): string {
  const ref = refOf(schema)
  const description =
    schema.allOf?.find((each) => each.description !== undefined)?.description ??
    (ref === undefined ? undefined : schemas[ref]?.description)
  if (description === undefined) throw new Error(`scripts/models: nothing describes ${place}`)
  return description
}
