import type { Step, StepStatement } from '../sql/base/row-forms.ts'

/**
 * Steps on their way to another thread. A copy of an object costs more than one of a text, and the statements, which are most of the
 * text, are the same each time; so each is sent once, and named by its number from then on.
 */
export interface PackedSteps {
  /** Statements that are sent for the first time, in the order of their numbers. */
  statements: string[]
  /** A line of JSON that says which statements each step has, then a line with the rows of each step. */
  text: string
}

/** A statement of a step, with its number in place of its text. */
type Numbered = Omit<StepStatement, 'sql'> & { number: number }

/** Builds the sending side; what it packs has to arrive, in that order, at one receiving side. */
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
    // JSON holds no line breaks of its own.
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
