/** Sets one parameter of an address; an empty value removes it. A list then begins with its first page. */
export function withParam(name: string, value: string): (now: URLSearchParams) => URLSearchParams {
  return (now) => {
    const next = new URLSearchParams(now)
    next.delete('cursor')
    if (value === '') next.delete(name)
    else next.set(name, value)
    return next
  }
}
