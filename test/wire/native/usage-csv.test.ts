import { expect, test } from 'bun:test'
import { nativeApp } from './native-app.ts'

test('GET /v2/usage as CSV has the rows of the JSON, and nothing that a spreadsheet would run as a formula', async () => {
  await using app = await nativeApp()
  const formulas = ['=cmd()', '+1', '-2', '@sum', '\t=1', 'plain, "quoted"', 'fine']
  for (const [index, label] of formulas.entries()) {
    const { key } = await app.makeKey({ labels: { team: label } })
    await app.spend(key.id, `${index + 1}`)
  }
  const ask = (accept: string) => app.call('GET', '/v2/usage?groupBy=label:team', { headers: { accept } })
  const answer = await ask('text/csv')
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toStartWith('text/csv')
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename="usage.csv"')
  expect(answer.headers.get('vary')).toContain('Accept')
  const [head, ...lines] = answer.text.trimEnd().split('\r\n')
  expect(head).toBe('start,label:team,amount,byokAmount,requests,correction')
  const json = (await ask('application/json')).json.data
  expect(lines.length).toBe(json.length)
  const cells = new Map(lines.map((line) => [/,(\d+),0,1,false$/.exec(line)?.[1], line]))
  const start = '2026-11-22T00:00:00.000Z'
  expect(formulas.map((_, index) => cells.get(`${index + 1}`))).toEqual([
    `${start},'=cmd(),1,0,1,false`,
    `${start},'+1,2,0,1,false`,
    `${start},'-2,3,0,1,false`,
    `${start},'@sum,4,0,1,false`,
    `${start},'\t=1,5,0,1,false`,
    `${start},"plain, ""quoted""",6,0,1,false`,
    `${start},fine,7,0,1,false`,
  ])
})

test('grouped by two, the table has a column for each and one for the names of records', async () => {
  await using app = await nativeApp()
  const { key } = await app.makeKey({ name: '=cmd()' })
  await app.spend(key.id, '1', { meta: { model: 'small' } })
  await app.spend(key.id, '2')
  const path = '/v2/usage?groupBy=meta:model&groupBy=key'
  const { text } = await app.call('GET', path, { headers: { accept: 'text/csv' } })
  expect(text.trimEnd().split('\r\n')).toEqual([
    'start,meta:model,key,keyName,amount,byokAmount,requests,correction',
    `2026-11-22T00:00:00.000Z,small,${key.id},'=cmd(),1,0,1,false`,
    `2026-11-22T00:00:00.000Z,,${key.id},'=cmd(),2,0,1,false`,
  ])
})

test('a correction is a line of its own, with numbers that a spreadsheet can add up', async () => {
  await using app = await nativeApp()
  const { key } = await app.makeKey()
  await app.call('POST', '/v2/usage', { body: { events: [{ id: 'u', keyId: key.id, amount: '3' }] } })
  const body = { id: 'c', keyId: key.id, eventId: 'u', amount: '1', reason: 'a mistake' }
  expect((await app.call('POST', '/v2/usage/corrections', { body })).status).toBe(201)
  const { text } = await app.call('GET', '/v2/usage', { headers: { accept: 'text/csv' } })
  expect(text.split('\r\n').map((line) => line.split(',').slice(1).join())).toEqual([
    'amount,byokAmount,requests,correction',
    '3,0,1,false',
    '-1,0,0,true',
    '',
  ])
})

test('a failure is a problem in JSON, whatever format was requested', async () => {
  await using app = await nativeApp()
  const answer = await app.call('GET', '/v2/usage?interval=decade', { headers: { accept: 'text/csv' } })
  expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'application/problem+json'])
})
