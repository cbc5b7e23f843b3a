import type { Step, StepStatement } from '../sql/base/row-forms.ts'

/**
 * Steps on their way to another thread. Copying an object costs more than copying a text. The statements are most of the text and
 * always the same, so each is sent once; later messages name it by its number.
 */
export interface PackedSteps {
  /** New statements, in the order of their numbers. */
  statements: string[]
  /** A line of JSON with the statements of each step, then a line with the rows of each step. */
  text: string
}

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
    return { statements: fresh, text: [JSON.stringify(plan), ...steps.map(({ rows }) => rows)].join('\n') }
  }
}

/** Builds the receiving side. */
export function createUnpacker(): (packed: PackedSteps) => Step[] {
  const known: string[] = []
  return ({ statements, text }) => {
    known.push(...statements)
    const [plan = '[]', ...rows] = text.split('\n')
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
