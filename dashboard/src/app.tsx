import { useQuery } from '@tanstack/preact-query'
import { useEffect, useErrorBoundary, useState } from 'preact/hooks'
import { Link, Route, Switch, useLocation, useSearch } from 'wouter-preact'
import { explain, SIGNED_OUT, type SignedIn, signOut, whoIsSignedIn } from './api/client.ts'
import { queries } from './api/queries.ts'
import { AuditPage } from './pages/audit.tsx'
import { CreateKeyPage } from './pages/create-key.tsx'
import { KeyPage } from './pages/key.tsx'
import { KeysPage } from './pages/keys.tsx'
import { OverviewPage } from './pages/overview.tsx'
import { SettingsPage } from './pages/settings.tsx'
import { SignInPage } from './pages/sign-in.tsx'
import { UserPage } from './pages/user.tsx'
import { UsersPage } from './pages/users.tsx'
import { WorkspacePage, WorkspacesPage } from './pages/workspaces.tsx'
import { Shell } from './parts/shell.tsx'
import { Empty, Loading, Problem } from './parts/states.tsx'
import { SignedInContext } from './parts/who.ts'

/** The whole dashboard: signing in, then the pages. */
export function App() {
  const [hasEnded, setEnded] = useState(false)
  const who = useQuery({
    queryKey: ['who'],
    queryFn: whoIsSignedIn,
    staleTime: 60_000,
    refetchInterval: 60_000,
  })
  const [location, navigate] = useLocation()

  useEffect(() => {
    const end = () => {
      if (queries.getQueryData(['who'])) setEnded(true)
      queries.setQueryData(['who'], null)
    }
    addEventListener(SIGNED_OUT, end)
    return () => removeEventListener(SIGNED_OUT, end)
  }, [])

  function begin(signedIn: SignedIn) {
    // The data that another person has read is never shown.
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'who' })
    queries.setQueryData(['who'], signedIn)
    setEnded(false)
    if (location === '/sign-in') navigate('/', { replace: true })
  }

  async function end() {
    await signOut()
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'who' })
    queries.setQueryData(['who'], null)
    setEnded(false)
    navigate('/')
  }

  if (who.isPending) return <Loading />
  if (who.error !== null && who.data === undefined)
    return (
      <main class="sign-in">
        <Problem error={who.error} retry={() => void who.refetch()} />
      </main>
    )
  if (who.data === null || who.data === undefined || location === '/sign-in')
    return <SignInPage hasEnded={hasEnded} onSignedIn={begin} />
  return (
    <SignedInContext.Provider value={who.data}>
      <Shell signedIn={who.data} onSignOut={end}>
        <Pages />
      </Shell>
    </SignedInContext.Provider>
  )
}

function Pages() {
  const place = `${useLocation()[0]}?${useSearch()}`
  const [failed, setFailed] = useState<{ place: string; error: unknown } | null>(null)
  useErrorBoundary((error) => setFailed({ place, error }))
  // The links to the other pages stay, whatever a page could not show.
  if (failed?.place === place)
    return <Problem error={new Error(`This page cannot be shown. ${explain(failed.error)}`)} />
  return (
    <Switch>
      <Route path="/">
        <OverviewPage />
      </Route>
      <Route path="/keys">
        <KeysPage />
      </Route>
      <Route path="/keys/new">
        <CreateKeyPage />
      </Route>
      <Route path="/keys/:ref">{({ ref }) => <KeyPage key={ref} keyRef={ref} />}</Route>
      <Route path="/users">
        <UsersPage />
      </Route>
      <Route path="/users/:id">{({ id }) => <UserPage key={id} id={id} />}</Route>
      <Route path="/workspaces">
        <WorkspacesPage />
      </Route>
      <Route path="/workspaces/:id">{({ id }) => <WorkspacePage key={id} id={id} />}</Route>
      <Route path="/settings">
        <SettingsPage />
      </Route>
      <Route path="/audit">
        <AuditPage />
      </Route>
      <Route>
        <Empty title="There is no such page">
          <Link class="button" href="/">
            To the overview
          </Link>
        </Empty>
      </Route>
    </Switch>
  )
}
