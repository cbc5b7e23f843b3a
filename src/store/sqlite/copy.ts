import type { SqliteConnection } from './connection.ts'

/**
 * The statements that make a new database equal to this one: its tables with their rows, then its indexes. It is meant for databases
 * that are almost empty, and nothing may write meanwhile.
 */
export function copyOf(connection: SqliteConnection): string[] {
  const rowsOf = <Row>(sql: string) => connection.execute(sql, []).rows as Row[]
  const made = rowsOf<{ type: string; name: string; sql: string }>(
    `select type, name, sql from sqlite_master where sql is not null and name not like 'sqlite!_%' escape '!' order by rowid`,
  )
  const tables = made.filter(({ type }) => type === 'table')
  const others = made.filter(({ type }) => type !== 'table')
  const inserts = tables.flatMap(({ name }) => {
    const columns = rowsOf<{ name: string }>(`select name from pragma_table_info('${name}')`)
    const values = columns.map((column) => `quote("${column.name}")`).join(` || ', ' || `)
    const rows = rowsOf<{ row: string }>(`select ${values} as row from "${name}"`)
    return rows.map(({ row }) => `insert into "${name}" values (${row})`)
  })
  return [...tables.map(({ sql }) => sql), ...inserts, ...others.map(({ sql }) => sql)]
}
