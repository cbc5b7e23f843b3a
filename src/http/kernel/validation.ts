import { type RouteConfig, z } from '@hono/zod-openapi'
import type { Context, MiddlewareHandler } from 'hono'
import { MAX } from '../../core/ground/bounds.ts'
import type { InputError } from '../../core/ground/faults.ts'
import type { Env } from './env.ts'
import { inputErrorsOf, inputFaultOfErrors } from './input.ts'
import { inputMessage } from './input-messages.ts'
import { type RequestError, requestErrors } from './places.ts'
import { RequestFault } from './request-faults.ts'
import type { Turns } from './turns.ts'

const MESSAGES = { error: inputMessage }

type Target = 'query' | 'param' | 'header' | 'json'

/** The checks of an operation in addition to its schemas. */
export interface InputRules {
  /** The member of the body that holds many items. They are checked a few at a time, and other callers get their turn in between. */
  list?: string
  /**
   * The errors that the domain finds in a body that the schema refuses in part. Its argument is the valid rest: members that are wrong
   * are missing, items that are wrong are null.
   */
  alsoWrong?(c: Context<Env>, rest: unknown): InputError[] | Promise<InputError[]>
}

/** Checks path, query, headers and body against the schemas of a route, and names all errors at once. */
export function validateInput(route: RouteConfig, { list, alsoWrong }: InputRules): MiddlewareHandler<Env> {
  const { query, params, headers } = route.request ?? {}
  const body = bodySchemaOf(route)
  const parts = [
    ['query', query, queryOf],
    ['param', params, (c: Context<Env>) => c.req.param()],
    ['header', headers, (c: Context<Env>) => c.req.header()],
  ] as [Target, z.ZodType | undefined, (c: Context<Env>) => unknown][]

  return async function validate(c, next) {
    const errors: RequestError[] = []
    for (const [target, schema, read] of parts) {
      if (schema === undefined) continue
      const { data, wrong } = checked(schema, read(c), target)
      errors.push(...wrong)
      c.req.addValidatedData(target, data as object)
    }
    if (body !== null) {
      const value = takeBodyValue(c, body.required)
      const read =
        list === undefined
          ? checkedBody(body.schema, value)
          : await checkedList(body.schema, { value, member: list, turns: c.get('turns') })
      errors.push(...read.wrong)
      if (errors.length > 0 && errors.length < MAX.inputErrors && read.data !== undefined)
        errors.push(...requestErrors((await alsoWrong?.(c, read.data)) ?? [], 'json'))
      c.req.addValidatedData('json', read.data as object)
    }
    if (errors.length > 0) throw inputFaultOfErrors(errors)
    await next()
  }
}

/** The schema of a route's JSON body; null for a route without one, and for one that reads its body itself. */
export function bodySchemaOf(route: RouteConfig): { schema: z.ZodType; required: boolean } | null {
  const body = route.request?.body
  const content = body?.content['application/json']
  const schema = content !== undefined && 'schema' in content ? content.schema : undefined
  return schema instanceof z.ZodType ? { schema, required: body?.required === true } : null
}

/** Takes the parsed body. A large one has tens of thousands of parts, which should not stay in memory while its request waits for the database. */
function takeBodyValue(c: Context<Env>, required: boolean): unknown {
  const body = c.get('body')
  const { value } = body
  body.value = undefined
  if (value !== undefined) return value
  if (required) throw new RequestFault('body_malformed', { message: 'The request body is missing.' })
  return {}
}

/** A parameter that stands once is a text; a repeated one is a list. */
function queryOf(c: Context<Env>): unknown {
  const entries = Object.entries(c.req.queries())
  return Object.fromEntries(entries.map(([name, values]) => [name, values.length === 1 ? values[0] : values]))
}

interface Checked {
  /** The parsed value, or the parsed rest without the members that are wrong; undefined when nothing is valid. */
  data: unknown
  wrong: RequestError[]
}

function checked(schema: z.ZodType, value: unknown, target: Target): Checked {
  const read = schema.safeParse(value, MESSAGES)
  if (read.success) return { data: read.data, wrong: [] }
  return { data: undefined, wrong: inputErrorsOf(read.error.issues, target) }
}

function checkedBody(schema: z.ZodType, value: unknown): Checked {
  const read = schema.safeParse(value, MESSAGES)
  if (read.success) return { data: read.data, wrong: [] }
  const { issues } = read.error
  const rest = schema.safeParse(without(value, issues), MESSAGES)
  return { data: rest.data, wrong: inputErrorsOf(issues, 'json') }
}

/** The body without the members that have an error. */
function without(value: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  if (typeof value !== 'object' || value === null) return value
  const names = issues.flatMap((issue) => {
    const [name] = issue.path
    if (name === undefined && issue.code === 'unrecognized_keys') return issue.keys
    return name === undefined ? [] : [String(name)]
  })
  const wrong = new Set(names)
  return Object.fromEntries(Object.entries(value).filter(([name]) => !wrong.has(name)))
}

/**
 * Few, because the first lists after a start are checked by code that the engine has not compiled yet, which takes longer. More items at a time save next
 * to nothing.
 */
const PIECE_ITEMS = 2

/** Validates a long list a few items at a time. The first pass counts for the whole body, later ones for their items only. */
async function checkedList(
  schema: z.ZodType,
  { value, member, turns }: { value: unknown; member: string; turns: Turns },
): Promise<Checked> {
  const items = itemsOf(value, member)
  if (items === null || items.length === 0) return checkedBody(schema, value)
  const rest = { ...(value as object), [member]: items.slice(0, 1) }
  const first = schema.safeParse(rest, MESSAGES)
  const others = (first.error?.issues ?? []).filter((issue) => !isOfItem(issue, member))
  const sound = without(rest, others) as object
  const wrong = inputErrorsOf(others, 'json')
  const data: unknown[] = []
  const pieceOf = (some: unknown[]) => schema.safeParse({ ...sound, [member]: some }, MESSAGES)
  let whole: object = {}
  for (let from = 0; from < items.length && wrong.length < MAX.inputErrors; from += PIECE_ITEMS) {
    if (turns.isOver()) await turns.next()
    const piece = items.slice(from, from + PIECE_ITEMS)
    const read = pieceOf(piece)
    if (read.success) {
      whole = read.data as object
      data.push(...(itemsOf(read.data, member) ?? []))
      continue
    }
    for (const [index, item] of piece.entries()) {
      const { data: alone, error } = pieceOf([item])
      const issues = (error?.issues ?? []).filter((issue) => isOfItem(issue, member))
      data.push(itemsOf(alone, member)?.[0] ?? null)
      wrong.push(
        ...inputErrorsOf(
          issues.map((issue) => shifted(issue, from + index)),
          'json',
        ),
      )
    }
  }
  return { data: { ...whole, [member]: data }, wrong }
}

function itemsOf(value: unknown, member: string): unknown[] | null {
  const items =
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[member] : null
  return Array.isArray(items) ? items : null
}

function isOfItem({ path: [name, index] }: z.core.$ZodIssue, member: string): boolean {
  return name === member && typeof index === 'number'
}

/** The issue of an item that was validated alone, with its index in the whole list. */
function shifted(issue: z.core.$ZodIssue, index: number): z.core.$ZodIssue {
  const [member = '', , ...rest] = issue.path
  return { ...issue, path: [member, index, ...rest] }
}
