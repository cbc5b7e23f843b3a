/**
 * The path below which this page is served: empty, or `/latchkey` behind a proxy that takes it away. The server wrote it into the address of
 * the page's script.
 */
export const BASE: string = baseOf(
  document.querySelector<HTMLScriptElement>('script[type=module]')?.src ?? '',
)

/** Where the server is reached, without a slash at the end. */
export const SERVER: string = `${location.origin}${BASE}`

function baseOf(script: string): string {
  return /^[a-z]+:\/\/[^/]+(.*)\/dashboard\/[^/]+$/.exec(script)?.[1] ?? ''
}
