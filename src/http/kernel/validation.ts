import { type RouteConfig, z } from '@hono/zod-openapi'
import type { Context, MiddlewareHandler } from 'hono'
import { MAX } from '../../core/ground/bounds.ts'
import { Fault, type InputError } from '../../core/ground/faults.ts'
import type { Env } from './env.ts'
import { inputErrorsOf, inputFaultOfErrors } from './input.ts'
import { startTurns } from './turns.ts'

type Target = 'query' | 'param' | 'header' | 'json'

/**
 * Checks query, path, headers and body by the schemas of a route, and names all that is wrong at once. `list` names the
 * member of the body whose items are many: they are checked a few at a time, and others have their turn between.
 */
export function validateInput(route: RouteConfig, list?: string): MiddlewareHandler<Env> {
  const { query, params, headers } = route.request ?? {}
  const body = bodySchemaOf(route)
  const parts = [
    ['query', query, queryOf],
    ['param', params, (c: Context<Env>) => c.req.param()],
    ['header', headers, (c: Context<Env>) => c.req.header()],
  ] as [Target, z.ZodType | undefined, (c: Context<Env>) => unknown][]

  return async function validate(c, next) {
    const errors: InputError[] = []
    const take = (target: Target, { data, wrong }: Checked) => {
      errors.push(...wrong)
      c.req.addValidatedData(target, data as object)
    }
    for (const [target, schema, read] of parts) {
      if (schema !== undefined) take(target, checked(schema, read(c), target))
    }
    if (body !== null) {
      const value = bodyValueOf(c, body.required)
      const read =
        list === undefined ? checked(body.schema, value, 'json') : await checkedList(body.schema, value, list)
      take('json', read)
    }
    if (errors.length > 0) throw inputFaultOfErrors(errors)
    await next()
  }
}

/** The schema of a route's JSON body; null for a route that takes none, or reads its body by itself. */
export function bodySchemaOf(route: RouteConfig): { schema: z.ZodType; required: boolean } | null {
  const body = route.request?.body
  const content = body?.content['application/json']
  const schema = content !== undefined && 'schema' in content ? content.schema : undefined
  return schema instanceof z.ZodType ? { schema, required: body?.required === true } : null
}

function bodyValueOf(c: Context<Env>, required: boolean): unknown {
  const { value } = c.var.body
  if (value !== undefined) return value
  if (required) throw new Fault('body_malformed', { message: 'The request body is missing.' })
  return {}
}

/** A parameter that is given once is a text, one that is repeated a list. */
function queryOf(c: Context<Env>): unknown {
  const entries = Object.entries(c.req.queries())
  return Object.fromEntries(entries.map(([name, values]) => [name, values.length === 1 ? values[0] : values]))
}

interface Checked {
  data: unknown
  wrong: InputError[]
}

function checked(schema: z.ZodType, value: unknown, target: Target): Checked {
  const read = schema.safeParse(value)
  return read.success
    ? { data: read.data, wrong: [] }
    : { data: undefined, wrong: inputErrorsOf(read.error.issues, target) }
}

const PIECE_ITEMS = 8

/** Runs the schema of the whole on a few items at a time: the first time all of it counts, then only the items. */
async function checkedList(schema: z.ZodType, value: unknown, member: string): Promise<Checked> {
  const items = itemsOf(value, member)
  if (items === null || items.length <= PIECE_ITEMS) return checked(schema, value, 'json')
  const turns = startTurns()
  const wrong: InputError[] = []
  const data: unknown[] = []
  let whole: object = {}
  for (let first = 0; first < items.length && wrong.length < MAX.inputErrors; first += PIECE_ITEMS) {
    if (turns.isOver()) await turns.next()
    const piece = { ...(value as object), [member]: items.slice(first, first + PIECE_ITEMS) }
    const read = schema.safeParse(piece)
    if (read.success) {
      if (first === 0) whole = read.data as object
      data.push(...(itemsOf(read.data, member) ?? []))
    } else
      wrong.push(
        ...inputErrorsOf(
          read.error.issues.flatMap((issue) => shifted(issue, member, first)),
          'json',
        ),
      )
  }
  return { data: { ...whole, [member]: data }, wrong }
}

function itemsOf(value: unknown, member: string): unknown[] | null {
  const items =
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[member] : null
  return Array.isArray(items) ? items : null
}

/** An issue of a piece as one of the whole list; what is not about an item is told by the first piece. */
function shifted(issue: z.core.$ZodIssue, member: string, first: number): z.core.$ZodIssue[] {
  const [name, index, ...rest] = issue.path
  if (name !== member || typeof index !== 'number') return first === 0 ? [issue] : []
  return [{ ...issue, path: [name, index + first, ...rest] }]
}
