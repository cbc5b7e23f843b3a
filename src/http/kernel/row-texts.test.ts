import { expect, test } from 'bun:test'
import { type Context, Hono } from 'hono'
import { MAX } from '../../core/ground/bounds.ts'
import type { Env } from './env.ts'
import { answerRows, type RowTexts } from './row-texts.ts'
import { createLoopTurns } from './turns.ts'

// The whole answers over HTTP: test/server/long-reports.long.test.ts.

const MANY = 40
/** Four rows and a part of the head fill a piece. */
const ROW = 'é'.repeat(MAX.answerPieceChars / 4)

/** Answers with these rows; notes how many were made, what is kept, and errors. */
async function answered(texts: Partial<RowTexts<string>>) {
  const noted = { made: 0, kept: undefined as number | undefined, errors: [] as unknown[] }
  const app = new Hono<Env>()
  app.get('/', async (c: Context<Env>) => {
    c.set('turns', createLoopTurns().of('somebody'))
    c.set('reportError', (error) => noted.errors.push(error))
    const textOf = (row: string) => {
      noted.made += 1
      return row
    }
    const answer = await answerRows(c, { head: '<', rows: [], textOf, tail: '>', ...texts }, { 'x-a': 'b' })
    noted.kept = c.get('keptBytes')
    return answer
  })
  return { noted, answer: await app.request('/') }
}

test('a text of one piece is no stream, and keeps nothing', async () => {
  for (const rows of [[], ['a'], ['a', 'b', 'c']]) {
    const { noted, answer } = await answered({ rows })
    expect([await answer.text(), answer.headers.get('x-a')]).toEqual([`<${rows.join('')}>`, 'b'])
    expect(noted).toEqual({ made: rows.length, kept: undefined, errors: [] })
  }
})

test('of a longer one a piece is made when the one before is taken, in whole rows', async () => {
  const rows = Array.from({ length: MANY }, () => ROW)
  const { noted, answer } = await answered({ rows })
  expect(noted.made).toBe(4)
  const pieces: string[] = []
  for await (const piece of answer.body ?? []) {
    pieces.push(new TextDecoder('utf-8', { fatal: true }).decode(piece))
    expect(noted.made).toBeLessThanOrEqual(4 * (pieces.length + 1))
  }
  expect(pieces.join('')).toBe(`<${rows.join('')}>`)
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(MAX.answerPieceChars + ROW.length)
})

test('it keeps its rows and what they are made of, however long their texts become', async () => {
  const rows = Array.from({ length: MANY }, () => 'x')
  const textOf = () => ROW
  const { noted } = await answered({ rows, textOf })
  expect(noted.kept).toBeLessThan(3 * MAX.answerPieceChars)
  const { noted: more } = await answered({ rows, textOf, besides: new Map([['k', ROW]]) })
  expect((more.kept ?? 0) - (noted.kept ?? 0)).toBeGreaterThanOrEqual(2 * ROW.length)
  const { noted: most } = await answered({ rows: Array.from({ length: MANY }, () => ROW) })
  expect(most.kept).toBeGreaterThan(2 * ROW.length * MANY)
})

test('a reader that goes leaves the rest unmade, and a failure breaks the answer and is reported', async () => {
  const rows = Array.from({ length: MANY }, () => ROW)
  const { noted, answer } = await answered({ rows })
  await answer.body?.cancel()
  expect(noted.made).toBe(4)
  const failure = new Error('no such row')
  const failing = await answered({
    rows,
    textOf(row, index) {
      if (index === MANY / 2) throw failure
      return row
    },
  })
  await expect(failing.answer.text()).rejects.toThrow('no such row')
  expect(failing.noted.errors).toEqual([failure])
})
