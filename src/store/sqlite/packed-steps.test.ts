import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Step } from '../sql/base/row-forms.ts'
import { createPacker, createUnpacker } from './packed-steps.ts'

const statement = fc.record({
  sql: fc.constantFrom('insert 1', 'update\n2', 'delete "3"', 'select \u2028 4'),
  cells: fc.nat(9),
  changes: fc.oneof(fc.constant(null), fc.nat(9)),
})
const step = fc.record({
  rows: fc.array(fc.array(fc.oneof(fc.string(), fc.constantFrom('\n', '\r\n', '\u2028'), fc.integer()))),
  statements: fc.array(statement, { minLength: 1, maxLength: 3 }),
})

test('steps arrive as they were sent, and each statement crosses once', () => {
  fc.assert(
    fc.property(fc.array(fc.array(step)), (calls) => {
      const [pack, unpack] = [createPacker(), createUnpacker()]
      const sent: string[] = []
      for (const call of calls) {
        const steps: Step[] = call.map(({ rows, statements }) => ({ rows: JSON.stringify(rows), statements }))
        const packed = structuredClone(pack(steps))
        sent.push(...JSON.parse(packed.split('\n')[0] ?? '[]'))
        expect(unpack(packed)).toEqual(steps)
      }
      expect(sent).toHaveLength(new Set(sent).size)
    }),
  )
})
