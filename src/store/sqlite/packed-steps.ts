import type { Step, StepStatement } from '../sql/base/row-forms.ts'

/**
 * Steps on their way to another thread, as one text: copying an object costs more, and a message that holds only texts and numbers takes a
 * short way through the engine. The statements are most of the text and always the same, so each is sent once; later messages name it by
 * its number. A line of JSON has the new statements in the order of their numbers, the next one the statements of each step, and each
 * further line the rows of a step.
 */
export type PackedSteps = string

/** A statement of a step, with its number in place of its text. */
type Numbered = Omit<StepStatement, 'sql'> & { number: number }

/** Builds the sending side. Its messages have to arrive in order at one receiving side. */
export function createPacker(): (steps: readonly Step[]) => PackedSteps {
  const numbers = new Map<string, number>()
  return (steps) => {
    const fresh: string[] = []
    const numberOf = (sql: string) => {
      const known = numbers.get(sql)
      if (known !== undefined) return known
      fresh.push(sql)
      numbers.set(sql, numbers.size)
      return numbers.size - 1
    }
    const plan = steps.map(({ statements }) =>
      statements.map(({ sql, cells, changes }): Numbered => ({ number: numberOf(sql), cells, changes })),
    )
    // JSON contains no line breaks of its own.
    return [JSON.stringify(fresh), JSON.stringify(plan), ...steps.map(({ rows }) => rows)].join('\n')
  }
}

/** Builds the receiving side. */
export function createUnpacker(): (packed: PackedSteps) => Step[] {
  const known: string[] = []
  return (packed) => {
    const [fresh = '[]', plan = '[]', ...rows] = packed.split('\n')
    known.push(...(JSON.parse(fresh) as string[]))
    return (JSON.parse(plan) as Numbered[][]).map((numbered, step) => ({
      rows: rows[step] ?? '[]',
      statements: numbered.map(({ number, cells, changes }) => ({
        sql: known[number] ?? '',
        cells,
        changes,
      })),
    }))
  }
}
