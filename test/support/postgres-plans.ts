import { Client, escapeLiteral } from 'pg'

// How PostgreSQL really runs a statement that a session has repeated: a prepared one, which from its sixth use on may have a plan for any
// values.

/** A statement with its values. */
export interface Asked {
  sql: string
  parameters: readonly unknown[]
}

/** A step of an executed plan. */
export interface Step {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Index Cond'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  'Rows Removed by Join Filter'?: number
  'Rows Removed by Index Recheck'?: number
  Plans?: Step[]
}

/** The plans of a database. */
export interface Plans {
  /** All steps of the statement's plan at a later use in one session; each transaction begins with `settings`. */
  stepsOf(asked: Asked, settings: string): Promise<Step[]>
  close(): Promise<void>
}

/** The uses before the one that counts. */
const USES = 7

/** Connects to a database to look at its plans. */
export async function plansAt(url: string): Promise<Plans> {
  const client = new Client({ connectionString: url })
  await client.connect()
  return {
    async stepsOf({ sql, parameters }, settings) {
      const values = parameters.length === 0 ? '' : `(${parameters.map(literal).join(', ')})`
      await client.query(`begin; ${settings}; prepare repeated as ${sql}`)
      for (let use = 0; use < USES; use += 1) await client.query(`explain execute repeated${values}`)
      const { rows } = await client.query(
        `explain (analyze, timing off, format json) execute repeated${values}`,
      )
      await client.query('deallocate repeated; commit')
      return allSteps(rows[0]['QUERY PLAN'][0].Plan)
    },
    close: () => client.end(),
  }
}

/** How many rows a step has read in all its loops. */
export function touchedBy(step: Step): number {
  const perRound =
    step['Actual Rows'] +
    (step['Rows Removed by Filter'] ?? 0) +
    (step['Rows Removed by Join Filter'] ?? 0) +
    (step['Rows Removed by Index Recheck'] ?? 0)
  return Math.round(perRound * step['Actual Loops'])
}

function allSteps(step: Step): Step[] {
  return [step, ...(step.Plans ?? []).flatMap(allSteps)]
}

/** EXECUTE takes no parameters, so the values become text. */
function literal(value: unknown): string {
  if (!Array.isArray(value)) return value === null ? 'null' : escapeLiteral(String(value))
  const items = value.map((item) => `"${String(item).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`)
  return escapeLiteral(`{${items.join(',')}}`)
}
