import type { Budget } from '@latchkey/client'
import { Link } from 'wouter-preact'
import { useKeys } from '../api/queries.ts'
import { BudgetBar } from '../parts/budget.tsx'
import { keyName } from '../parts/key-name.ts'
import { Panel } from '../parts/panel.tsx'
import { Empty } from '../parts/states.tsx'
import { Status } from '../parts/status.tsx'

/** The state of the limits of a user or workspace. */
export function SharedBudget({ budget }: { budget: readonly Budget[] }) {
  return (
    <section class="card panel half">
      <h2>Limits of all keys together</h2>
      {budget.length === 0 && (
        <Empty title="No limit">
          <p>Only the limits of the single keys count. Set one for all of them under “Change”.</p>
        </Empty>
      )}
      {budget.map((line) => (
        <BudgetBar key={line.window} line={line} />
      ))}
    </section>
  )
}

/** The newest keys of a user or workspace. */
export function KeysPanel({
  filter,
  all,
}: {
  filter: { ownerId?: string; workspaceId?: string }
  all: string
}) {
  const keys = useKeys({ ...filter, limit: 10 })
  return (
    <Panel title="Keys" note={<Link href={all}>All of them</Link>} of={keys}>
      {({ data }) => (
        <>
          {data.length === 0 && <Empty title="No keys" />}
          <ul class="list">
            {data.map((key) => (
              <li key={key.id}>
                <Link class="wrap" href={`/keys/${key.hash}`}>
                  {keyName(key)}
                </Link>
                <Status of={key} />
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  )
}
