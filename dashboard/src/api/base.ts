/**
 * The path below which this page is served: empty, or `/latchkey` behind a proxy that removes it. The server writes it into the
 * address of the page's script.
 */
export const BASE: string = baseOf(
  document.querySelector<HTMLScriptElement>('script[type=module]')?.src ?? '',
)

/** The address of the server, without a slash at its end. */
export const SERVER: string = `${location.origin}${BASE}`

function baseOf(script: string): string {
  return /^[a-z]+:\/\/[^/]+(.*)\/dashboard\/[^/]+$/.exec(script)?.[1] ?? ''
}
