/**
 * One segment of a path, with any characters. Throws a TypeError for a name that no URL can carry as a segment: an empty one, and the dots
 * that every URL resolves, so that the call would go to another path.
 */
export function segment(name: string): string {
  if (!name || name === '.' || name === '..') throw new TypeError(`"${name}" names no record.`)
  return encodeURIComponent(name)
}
