import { expect, test } from 'bun:test'
import type { KeyTexts } from '../../core/keys/key-form.ts'
import { createLoopTurns } from '../kernel/turns.ts'
import { type ArraySource, jsonArray } from './json-array-stream.ts'

// The whole answer over HTTP: test/wire/goodmem/list-stream.test.ts.

const UTF8 = new TextEncoder()

/** A list of pages, each of which takes so much work; notes its pauses. */
function source(texts: string[], workMs: number[] = []): ArraySource & { rests: number[] } {
  const pages = texts.map((text, n): KeyTexts => {
    const json = UTF8.encode(text)
    const next = n + 1 < texts.length ? { value: n + 1, id: 'x' } : null
    return { json, count: text === '' ? 0 : 1, next, workMs: workMs[n] ?? 0 }
  })
  const rests: number[] = []
  return {
    member: 'keys',
    first: pages[0] as KeyTexts,
    async read({ value }) {
      return pages[Number(value)] as KeyTexts
    },
    most: 100,
    continued: ({ value }) => ({ nextToken: `after ${value}` }),
    turns: createLoopTurns().of('somebody'),
    rest: async (ms) => rests.push(ms),
    reportError: (error) => {
      throw error
    },
    rests,
  }
}

function textOf(of: ArraySource): Promise<string> {
  const body = jsonArray(of)
  return new Response(body instanceof ReadableStream ? body : body.buffer).text()
}

test('pages without keys leave no comma, wherever they are', async () => {
  expect(await textOf(source(['1', '', '2', '']))).toBe('{"keys":[1,2]}')
  expect(await textOf(source(['']))).toBe('{"keys":[]}')
})

test('a list that fits into its first page is not a stream', () => {
  expect(jsonArray(source(['1']))).toBeInstanceOf(Uint8Array)
  expect(jsonArray({ ...source(['1', '2']), most: 1 })).toBeInstanceOf(Uint8Array)
  expect(jsonArray(source(['1', '2']))).toBeInstanceOf(ReadableStream)
})

test('a list that ends at its maximum says where it continues', async () => {
  expect(await textOf({ ...source(['1', '2', '3']), most: 2 })).toBe('{"keys":[1,2],"nextToken":"after 2"}')
})

test('between two pages it rests for twice the work of the one before, within a bound', async () => {
  const list = source(['1', '2', '3', '4', '5'], [1.5, 1_000, 0, 4, 7])
  expect(await textOf(list)).toBe('{"keys":[1,2,3,4,5]}')
  expect(list.rests).toEqual([3, 20, 8])
})
