import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Link, useLocation } from 'wouter-preact'
import { BASE } from '../api/base.ts'
import type { SignedIn } from '../api/client.ts'
import { useAct } from './act.ts'
import { Icon } from './icons.tsx'
import { Problem } from './states.tsx'
import { ThemeChoice } from './theme.tsx'

const PLACES = [
  { path: '/', name: 'Overview', icon: 'overview', forAll: true },
  { path: '/keys', name: 'Keys', icon: 'keys', forAll: true },
  { path: '/users', name: 'Users', icon: 'users', forAll: false },
  { path: '/workspaces', name: 'Workspaces', icon: 'workspaces', forAll: true },
  { path: '/audit', name: 'Audit log', icon: 'audit', forAll: false },
  { path: '/settings', name: 'Settings', icon: 'settings', forAll: false },
] as const

/** Whether a user manages the records of others. */
export function managesOthers({ user }: SignedIn): boolean {
  return user.role === 'ROOT' || user.role === 'ADMIN'
}

/** The frame of every page: the links to all pages, and the signed-in user. */
export function Shell(props: {
  signedIn: SignedIn
  onSignOut: () => Promise<void>
  children: ComponentChildren
}) {
  const { signedIn, onSignOut, children } = props
  const [location] = useLocation()
  const [isOpen, setOpen] = useState(false)
  const main = useRef<HTMLElement>(null)
  useEffect(() => setOpen(false), [location])
  return (
    <div class="shell">
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <header class="bar">
        <Link class="brand" href="/">
          <img src={logo()} alt="" width="26" height="26" />
          Latchkey
        </Link>
        <button
          type="button"
          class="button quiet menu-button"
          aria-expanded={isOpen}
          aria-controls="places"
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name="menu" />
          <span class="hidden">Menu</span>
        </button>
        <nav id="places" class={isOpen ? 'places open' : 'places'} aria-label="Pages">
          <Places signedIn={signedIn} />
          <Who signedIn={signedIn} onSignOut={onSignOut} />
        </nav>
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        {children}
      </main>
    </div>
  )
}

function Places({ signedIn }: { signedIn: SignedIn }) {
  const [location] = useLocation()
  const places = PLACES.filter(({ forAll }) => forAll || managesOthers(signedIn))
  const isHere = (path: string) => (path === '/' ? location === '/' : location.startsWith(path))
  return (
    <ul>
      {places.map(({ path, name, icon }) => (
        <li key={path}>
          <Link class="place" href={path} aria-current={isHere(path) ? 'page' : undefined}>
            <Icon name={icon} />
            {name}
          </Link>
        </li>
      ))}
      <li>
        <a class="place" href={`${BASE}/docs`}>
          <Icon name="book" />
          API reference
        </a>
      </li>
    </ul>
  )
}

function Who({ signedIn, onSignOut }: { signedIn: SignedIn; onSignOut: () => Promise<void> }) {
  const leave = useAct(onSignOut)
  return (
    <div class="who">
      <div class="who-name">
        <span class="cut" title={signedIn.user.displayName}>
          {signedIn.user.displayName}
        </span>
        <span class="muted small-text">{signedIn.user.role}</span>
      </div>
      <div class="who-does">
        <ThemeChoice />
        <button type="button" class="button small" onClick={() => void leave.run()}>
          <Icon name="out" />
          Sign out
        </button>
      </div>
      {leave.error !== null && <Problem error={leave.error} />}
    </div>
  )
}

/** The logo is the page's own icon, whose name contains a digest. */
function logo(): string {
  return document.querySelector<HTMLLinkElement>('link[rel=icon]')?.href ?? ''
}

/** The head of a page: its name, which is also the title of the tab, and its acts. */
export function Head({
  title,
  children,
  kicker,
}: {
  title: string
  kicker?: ComponentChildren
  children?: ComponentChildren
}) {
  useEffect(() => {
    document.title = `${title} · Latchkey`
  }, [title])
  return (
    <div class="head">
      <div class="head-title">
        {kicker && <p class="kicker">{kicker}</p>}
        <h1>{title}</h1>
      </div>
      {children && <div class="head-does">{children}</div>}
    </div>
  )
}
