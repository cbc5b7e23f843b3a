/** The whole style of the reference. The page's policy has its hash, so that no other style applies. */
export const REFERENCE_STYLE = `
:root { color-scheme: light dark; --text: #1c2024; --soft: #5b636b; --line: #d9dee3; --ground: #ffffff; --panel: #f4f6f8; --link: #0b57c2; --get: #0b6b3a; --post: #0b57c2; --change: #8a4b00; --delete: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e9ec; --soft: #a2abb4; --line: #343b42; --ground: #14171a; --panel: #1d2125; --link: #8ab8ff; --get: #6fd39b; --post: #8ab8ff; --change: #f0b463; --delete: #ff9a92; }
}
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--ground); }
main, header, nav { max-width: 60rem; margin: 0 auto; padding: 0 1rem; }
h1 { margin: 2rem 0 0; } h2 { margin: 3rem 0 .5rem; border-bottom: 1px solid var(--line); }
h3 { margin: 2.5rem 0 .25rem; font-size: 1.05rem; } h4 { margin: 1rem 0 .25rem; font-size: .9rem; color: var(--soft); }
a { color: var(--link); } p { margin: .25rem 0; } small { color: var(--soft); }
code, pre { font: .875rem/1.45 ui-monospace, monospace; } code { overflow-wrap: anywhere; }
pre { margin: .25rem 0; padding: .75rem; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; overflow-x: auto; }
nav ul { columns: 18rem; padding: 0; list-style: none; } nav li { break-inside: avoid; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .5rem .3rem 0; border-bottom: 1px solid var(--line); }
td ul { margin: 0; padding-left: 1rem; }
.table { overflow-x: auto; }
.method { display: inline-block; min-width: 4.8em; font-weight: 700; } nav a { text-decoration: none; } nav a:hover { text-decoration: underline; }
.get { color: var(--get); } .post { color: var(--post); } .put, .patch { color: var(--change); } .delete { color: var(--delete); }
:target { scroll-margin-top: 1rem; outline: 2px solid var(--link); outline-offset: 4px; }
`
