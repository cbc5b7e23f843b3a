import { describe, expect, test } from 'bun:test'
import { z } from '@hono/zod-openapi'
import { inputMessage } from './input-messages.ts'

const said = (schema: z.ZodType, value: unknown) =>
  schema.safeParse(value, { error: inputMessage }).error?.issues.map(({ message }) => message)

const record = z.strictObject({ name: z.string() })
const word = z.string().min(1).max(3)
const count = z.number().int().min(1).max(5)

describe('the messages for input that a schema refuses', () => {
  test.each([
    ['a member that is missing', record, {}, 'Is required.'],
    ['null in place of a text', record, { name: null }, 'Must be a string, not null.'],
    ['another kind', record, { name: 3 }, 'Must be a string.'],
    ['a list in place of an object', record, [], 'Must be an object, not a list.'],
    ['a text in place of a truth', z.boolean(), 'true', 'Must be true or false, not a string.'],
    ['nothing in a text', word, '', 'Must have at least 1 character.'],
    ['a long text', word, 'long', 'Must have at most 3 characters.'],
    ['a long list', z.array(word).max(1), ['a', 'b'], 'Must have at most 1 item.'],
    ['a small number', count, 0, 'Must be at least 1.'],
    ['a large number', count, 6, 'Must be at most 5.'],
    ['a part of a number', count, 1.5, 'Must be a whole number.'],
    ['a bound that is not within', z.number().gt(0), 0, 'Must be more than 0.'],
    ['not a number at all', z.coerce.number(), 'x', 'Must be a number.'],
    ['another word of few', z.enum(['day', 'hour', 'week']), 'year', 'Must be "day", "hour" or "week".'],
    ['another word of one', z.literal('day'), 'year', 'Must be "day".'],
    ['an address without @', z.email(), 'nobody', 'Must be an e-mail address.'],
    ['a form', z.string().regex(/^a$/), 'b', 'Must have the form that the API reference describes.'],
    ['neither of two kinds', z.union([z.string(), z.number()]), true, 'Must be a string or a number.'],
    ['the nearer of two kinds', z.union([word, z.number()]), 'long', 'Must have at most 3 characters.'],
    ['neither of two kinds, missing', z.object({ a: z.union([word, z.number()]) }), {}, 'Is required.'],
    ['a step', z.number().multipleOf(5), 3, 'Must be a multiple of 5.'],
  ])('%s', (_, schema, value, message) => {
    expect(said(schema, value)).toEqual([message])
  })

  test('a message of the schema itself is kept', () => {
    expect(said(z.string().regex(/^a$/, 'Must be an a.'), 'b')).toEqual(['Must be an a.'])
  })

  test('a message never repeats the input', () => {
    const secret = 'lk_secret'
    const schemas = [
      count,
      z.boolean(),
      z.array(word),
      z.literal('a'),
      z.enum(['a']),
      z.email(),
      z.uuid(),
      record,
    ]
    for (const schema of schemas) expect(JSON.stringify(said(schema, secret))).not.toContain(secret)
  })
})
