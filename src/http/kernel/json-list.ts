import type { Context, TypedResponse } from 'hono'
import type { JSONParsed } from 'hono/utils/types'
import type { Env } from './env.ts'
import type { Turns } from './turns.ts'

/** A list in an answer: the name of its member, its items with their rendering, and the members that follow it. */
export interface JsonList<Member extends string, Row, Item, Rest extends object> {
  member: Member
  rows: readonly Row[]
  render(row: Row): Item
  rest: Rest
}

/** The answer, typed as the framework knows its content. */
export type JsonListAnswer<Member extends string, Item, Rest> = Response &
  TypedResponse<JSONParsed<{ [name in Member]: Item[] } & Rest>, 200, 'json'>

/**
 * Answers 200 with `{"<member>":[...], ...rest}`. A list may hold thousands of items, and a single item may be large, so items are
 * rendered only while it is the caller's turn.
 */
export async function answerList<const Member extends string, Row, Item, Rest extends object>(
  c: Context<Env>,
  { member, rows, render, rest }: JsonList<Member, Row, Item, Rest>,
): Promise<JsonListAnswer<Member, Item, Rest>> {
  const items = await itemsText(rows, render, c.get('turns'))
  const others = JSON.stringify(rest).slice(1)
  const text = `{${JSON.stringify(member)}:[${items}]${others === '}' ? '' : ','}${others}`
  const answer = c.body(text, 200, { 'content-type': 'application/json' })
  return answer as unknown as JsonListAnswer<Member, Item, Rest>
}

/** The items as JSON, with commas between them. */
async function itemsText<Row>(
  rows: readonly Row[],
  render: (row: Row) => unknown,
  turns: Turns,
): Promise<string> {
  const texts: string[] = []
  for (const row of rows) {
    if (turns.isOver()) await turns.next()
    texts.push(JSON.stringify(render(row)))
  }
  return texts.join(',')
}
