import type { Context, TypedResponse } from 'hono'
import type { JSONParsed } from 'hono/utils/types'
import type { Env } from './env.ts'
import { answerRows } from './row-texts.ts'

/** A list in an answer: the name of its member, its items with their rendering, and the members that follow it. */
export interface JsonList<Member extends string, Row, Item, Rest extends object> {
  member: Member
  rows: readonly Row[]
  render(row: Row): Item
  rest: Rest
  /** What rendering needs besides the rows, if it may be large. */
  besides?: unknown
}

/** The answer, typed as the framework knows its content. */
export type JsonListAnswer<Member extends string, Item, Rest> = Response &
  TypedResponse<JSONParsed<{ [name in Member]: Item[] } & Rest>, 200, 'json'>

/** Answers 200 with `{"<member>":[...], ...rest}`, however many items it has and however large they are. */
export async function answerList<const Member extends string, Row, Item, Rest extends object>(
  c: Context<Env>,
  { member, rows, render, rest, besides }: JsonList<Member, Row, Item, Rest>,
): Promise<JsonListAnswer<Member, Item, Rest>> {
  const others = JSON.stringify(rest).slice(1)
  const texts = {
    head: `{${JSON.stringify(member)}:[`,
    rows,
    textOf: (row: Row, index: number) => `${index === 0 ? '' : ','}${JSON.stringify(render(row))}`,
    tail: `]${others === '}' ? '' : ','}${others}`,
    besides,
  }
  const answer = await answerRows(c, texts, { 'content-type': 'application/json' })
  return answer as unknown as JsonListAnswer<Member, Item, Rest>
}
