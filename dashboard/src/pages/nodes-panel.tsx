import { useQuery } from '@tanstack/preact-query'
import { type NodeStanding, readStanding } from '../api/client.ts'
import { LIVE_MS } from '../api/queries.ts'
import { count } from '../parts/money.ts'
import { Panel } from '../parts/panel.tsx'
import { Pill } from '../parts/status.tsx'

/** The server itself: the number of nodes, and how closely the answering one follows the changes of the others. */
export function NodesPanel() {
  const standing = useQuery({ queryKey: ['standing'], queryFn: readStanding, refetchInterval: LIVE_MS })
  return (
    <Panel title="Server" size="third" of={standing}>
      {({ node }) => (node === undefined ? <Alone /> : <Standing node={node} />)}
    </Panel>
  )
}

function Alone() {
  return (
    <dl class="figures">
      <div>
        <dt>Nodes</dt>
        <dd class="figure number">1</dd>
        <dd class="muted small-text">
          This process alone has the database: each change is in force at once.
        </dd>
      </div>
    </dl>
  )
}

function Standing({ node }: { node: NodeStanding }) {
  return (
    <dl class="figures">
      <div>
        <dt>Nodes</dt>
        <dd class="figure number">
          {count(node.nodes)}{' '}
          {node.isFresh ? <Pill tone="good">In step</Pill> : <Pill tone="bad">Behind</Pill>}
        </dd>
        <dd class="muted small-text">
          {node.isFresh
            ? 'This node answers from memory.'
            : 'This node asks the database each time until it has caught up.'}
        </dd>
      </div>
      <div>
        <dt>Revision</dt>
        <dd class="figure number">{count(node.revision)}</dd>
        <dd class="muted small-text">
          {node.lagMs === null ? 'not compared yet' : `compared ${count(Math.round(node.lagMs))} ms ago`}
          {node.waiters > 0 && `; ${count(node.waiters)} changes wait for other nodes`}
        </dd>
      </div>
    </dl>
  )
}
