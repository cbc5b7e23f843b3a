import type { Key } from '@latchkey/client'
import { useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { SERVER } from '../api/base.ts'
import { useKey, useUser, useWorkspace } from '../api/queries.ts'
import { Copy } from '../parts/copy.tsx'
import { typeable } from '../parts/key-name.ts'
import { Head } from '../parts/shell.tsx'
import { Problem } from '../parts/states.tsx'
import { Status } from '../parts/status.tsx'
import { Time } from '../parts/time.tsx'
import { Unread } from '../parts/unread.tsx'
import { DisableDialog, EditDialog, RevokeDialog, RotateDialog } from './key-acts.tsx'
import { LimitsPanel } from './key-limits.tsx'
import { AuditPanel, ReservationsPanel, SecretsPanel } from './key-panels.tsx'
import { UsagePanel } from './key-usage.tsx'
import { RefusalsPanel, VerifiesPanel } from './key-verifies.tsx'
import { Labels } from './keys.tsx'

type Asked = 'rotate' | 'edit' | 'disable' | 'revoke' | null

/** One key: its rights, its history, and the acts on it. */
export function KeyPage({ keyRef }: { keyRef: string }) {
  const key = useKey(keyRef)
  const [asked, setAsked] = useState<Asked>(null)
  if (key.data === undefined)
    return (
      <Unread of={key} noun="key">
        <p>Or it is not yours to see. Revoked keys are in the list under the status “Revoked”.</p>
      </Unread>
    )
  const of = key.data
  const close = () => setAsked(null)
  return (
    <>
      <Head title={typeable(of.name) || 'A key without a name'} kicker={<Link href="/keys">Keys</Link>}>
        {of.status !== 'revoked' && <Acts of={of} ask={setAsked} />}
      </Head>
      {key.error !== null && <Problem error={key.error} retry={() => void key.refetch()} />}
      <div class="row key-line">
        <Status of={of} />
        <code>{of.mask}</code>
        <Labels of={of.labels} />
      </div>
      <div class="panels">
        <LimitsPanel of={of} />
        <UsagePanel of={of} />
        <VerifiesPanel of={of} />
        <RefusalsPanel of={of} />
        <SecretsPanel of={of} />
        <ReservationsPanel of={of} />
        <FactsPanel of={of} />
        <AuditPanel of={of} />
      </div>
      {asked === 'edit' && <EditDialog of={of} onClose={close} />}
      {asked === 'rotate' && <RotateDialog of={of} onClose={close} />}
      {asked === 'disable' && <DisableDialog of={of} onClose={close} />}
      {asked === 'revoke' && <RevokeDialog of={of} onClose={close} />}
    </>
  )
}

function Acts({ of, ask }: { of: Key; ask: (act: Asked) => void }) {
  return (
    <>
      <button type="button" class="button" onClick={() => ask('edit')}>
        Change…
      </button>
      <button type="button" class="button" onClick={() => ask('rotate')}>
        Rotate…
      </button>
      <button type="button" class="button" onClick={() => ask('disable')}>
        {of.disabled ? 'Enable…' : 'Disable…'}
      </button>
      <button type="button" class="button danger" onClick={() => ask('revoke')}>
        Revoke…
      </button>
    </>
  )
}

const ACCESS_WORDS: Record<string, string> = {
  use: 'Use: it calls your API and manages nothing',
  manage: 'Manage: it makes and ends keys, and passes no verify',
  full: 'Full: it calls your API and manages keys',
}

function FactsPanel({ of }: { of: Key }) {
  const none = <span class="muted">None</span>
  return (
    <section class="card panel half">
      <h2>Facts</h2>
      <dl class="facts">
        <dt>Access</dt>
        <dd>{ACCESS_WORDS[of.access] ?? of.access}</dd>
        <Home of={of} />
        <dt>Your customer</dt>
        <dd>{of.externalUserId ?? none}</dd>
        <dt>Permissions</dt>
        <dd>{of.permissions.length === 0 ? none : <Permissions of={of.permissions} />}</dd>
        <dt>Rate limits</dt>
        <dd>
          {of.rateLimits.length === 0
            ? none
            : of.rateLimits.map(({ name, limit, window }) => `${name}: ${limit} in ${window}`).join(', ')}
        </dd>
        <dt>Addresses</dt>
        <dd>{of.allowedIps.length === 0 ? 'Any' : of.allowedIps.join(', ')}</dd>
        <dt>Expires</dt>
        <dd>{of.expiresAt === null ? 'Never' : <Time at={of.expiresAt} as="exact" />}</dd>
        <dt>Last used</dt>
        <dd>{of.lastUsedAt === null ? 'Never used' : <Time at={of.lastUsedAt} />}</dd>
        <dt>Uses</dt>
        <dd class="number">{of.requestCount.toLocaleString('en-US')}</dd>
        <dt>Created</dt>
        <dd>
          <Time at={of.createdAt} as="exact" />
        </dd>
        <dt>Id</dt>
        <dd>
          <span class="mono">{of.id}</span>
        </dd>
        <dt>Hash</dt>
        <dd>
          <span class="mono">{of.hash}</span>
        </dd>
      </dl>
      <div class="row">
        <Copy text={`${SERVER}/keys/${of.hash}`} what="a link to this page" />
      </div>
    </section>
  )
}

function Home({ of }: { of: Key }) {
  const owner = useUser(of.ownerId)
  const workspace = useWorkspace(of.workspaceId)
  return (
    <>
      <dt>Owner</dt>
      <dd>
        {owner.data === undefined ? '…' : <Link href={`/users/${of.ownerId}`}>{owner.data.displayName}</Link>}
      </dd>
      <dt>Workspace</dt>
      <dd>
        {workspace.data === undefined ? (
          '…'
        ) : (
          <Link href={`/workspaces/${of.workspaceId}`}>{workspace.data.name}</Link>
        )}
      </dd>
    </>
  )
}

function Permissions({ of }: { of: readonly string[] }) {
  return (
    <span class="tags">
      {of.map((permission) => (
        <span key={permission} class="tag mono">
          {permission}
        </span>
      ))}
    </span>
  )
}
