/**
 * One segment of a path, whatever is in it. Throws a TypeError for what no URL can carry as one: nothing, and the dots that
 * every URL resolves, so that the call would go to another path.
 */
export function segment(name: string): string {
  if (!name || name === '.' || name === '..') throw new TypeError(`"${name}" names no record.`)
  return encodeURIComponent(name)
}
