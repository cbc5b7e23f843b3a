/** How a statement reads one table of the database: by columns of an index, or from one end to the other. */
export interface TableRead {
  table: string
  /** The columns by which an index is searched; empty when a whole table or a whole index is read. */
  columns: string[]
  /** The text of the engine. */
  step: string
}

/** The reads of these tables in the lines of SQLite's `explain query plan`. */
export function sqliteReads(
  { sql, details }: { sql: string; details: readonly string[] },
  tables: ReadonlySet<string>,
): TableRead[] {
  const names = new Map([...tables].map((table) => [table, table]))
  for (const [, table = '', alias = ''] of sql.matchAll(/"?(\w+)"? as "?(\w+)"?/g))
    if (tables.has(table)) names.set(alias, table)
  return details.flatMap((step) => {
    const [, name = ''] = /^(?:SEARCH|SCAN) (\w+)/.exec(step) ?? []
    const table = names.get(name)
    if (table === undefined) return []
    const [, terms = ''] = / \((.*)\)(?: LEFT-JOIN)?$/.exec(step) ?? []
    const columns = [...terms.matchAll(/(\w+)\)?[=<>]/g)].map(([, column]) => column ?? '')
    return [{ table, columns: step.startsWith('SEARCH') ? columns : [], step }]
  })
}

/** A node of PostgreSQL's `explain (format json)`. */
export interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Index Cond'?: string
  Plans?: PlanNode[]
}

/** The reads of the database's tables in a plan of PostgreSQL, each with the columns of one index. */
export function postgresReads(node: PlanNode, tables: ReadonlySet<string>): TableRead[] {
  const below = node.Plans ?? []
  const table = node['Relation Name']
  if (node['Node Type'] === 'Bitmap Heap Scan' && table !== undefined && tables.has(table))
    return below.flatMap((plan) => bitmapReads(plan, table))
  const own = table === undefined || !tables.has(table) || isWrite(node) ? [] : [readOf(node, table)]
  return [...own, ...below.flatMap((plan) => postgresReads(plan, tables))]
}

function isWrite(node: PlanNode): boolean {
  return node['Node Type'] === 'ModifyTable'
}

function bitmapReads(node: PlanNode, table: string): TableRead[] {
  const below = (node.Plans ?? []).flatMap((plan) => bitmapReads(plan, table))
  return node['Node Type'] === 'Bitmap Index Scan' ? [readOf(node, table), ...below] : below
}

function readOf(node: PlanNode, table: string): TableRead {
  const condition = node['Index Cond'] ?? ''
  const step = `${node['Node Type']} on ${table} (${condition})`
  // Only a name before an operator, or in a row before one, is a column of the index.
  const columns = [
    ...condition.matchAll(/\(?(?:ROW\(([^)]*)\)|(\w+))(?:\)::\w+)? (?:=|<|>|<=|>=) /g),
  ].flatMap(([, row, column]) => row?.split(/, /) ?? [column ?? ''])
  return { table, columns, step }
}
