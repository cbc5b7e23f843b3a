import { expect, test } from 'bun:test'
import { type Context, Hono } from 'hono'
import { MAX } from '../../core/ground/bounds.ts'
import { Fault } from '../../core/ground/faults.ts'
import { createAnswerBudget } from './answer-budget.ts'
import type { Env } from './env.ts'
import { holdWhileRead } from './large-answers.ts'
import { answerRows } from './row-texts.ts'
import { createLoopTurns } from './turns.ts'

// With real readers: test/server/slow-readers.long.test.ts.

const ROWS = 100
const ROW = 'x'.repeat(MAX.answerPieceChars / 4)
/** What is kept of such an answer, about. */
const BYTES = ROWS * ROW.length

/** An application whose one caller reads long answers, of which it may have two at the same time. */
function scene() {
  const budget = createAnswerBudget({ each: 3 * BYTES, together: 10 * BYTES, spared: 0 })
  const noted = { made: 0 }
  const app = new Hono<Env>()
  const textOf = (row: string) => {
    noted.made += 1
    return row
  }
  const answer = (c: Context<Env>) =>
    answerRows(c, { head: '', rows: Array.from({ length: ROWS }, () => ROW), textOf, tail: '' }, {})
  app.use(async (c, next) => {
    c.set('turns', createLoopTurns().of('ada'))
    c.set('call', { principal: { user: { id: 'ada' } } } as Env['Variables']['call'])
    c.set('judgeRead', async () => {})
    await next()
    await holdWhileRead(c, budget)
  })
  app.get('/long', answer)
  app.get('/lost', async (c) => {
    await answer(c)
    return c.json({ error: 'lost' }, 403)
  })
  app.onError((error, c) => c.json({ error: error instanceof Fault ? error.code : String(error) }, 429))
  return { app, noted }
}

test('what is too much for its user is refused when one piece of it is made', async () => {
  const { app, noted } = scene()
  const held = [await app.request('/long'), await app.request('/long')]
  expect(held.map(({ status }) => status)).toEqual([200, 200])
  noted.made = 0
  const refused = await app.request('/long')
  expect([refused.status, await refused.text()]).toEqual([429, '{"error":"rate_limited"}'])
  expect(noted.made).toBe(4)
  expect((await held[0]?.text())?.length).toBe(ROWS * ROW.length)
  expect((await app.request('/long')).status).toBe(200)
})

test('a refusal in place of a long answer is sent as what it is', async () => {
  const { app } = scene()
  for (let n = 0; n < 4; n += 1) {
    const answer = await app.request('/lost')
    expect([answer.status, await answer.text()]).toEqual([403, '{"error":"lost"}'])
  }
  await app.request('/long')
  await app.request('/long')
  expect((await app.request('/lost')).status).toBe(403)
})
