/**
 * The metadata of a use of money: texts by name. Callers choose the names, and one report may bring thousands of new ones. As members of
 * objects they would make the engine's table of names grow, and each growth stops the event loop; so what comes in numbers is a map.
 */
export type Meta = ReadonlyMap<string, string> | Readonly<Record<string, string>>

function isMap(meta: Meta): meta is ReadonlyMap<string, string> {
  return meta instanceof Map
}

/** The names with their texts. */
export function metaEntries(meta: Meta): Iterable<[string, string]> {
  return isMap(meta) ? meta : Object.entries(meta)
}

/** How many names there are. */
export function metaCount(meta: Meta): number {
  return isMap(meta) ? meta.size : Object.keys(meta).length
}

/** The text of a name. */
export function metaValue(meta: Meta, name: string): string | undefined {
  if (isMap(meta)) return meta.get(name)
  return Object.hasOwn(meta, name) ? meta[name] : undefined
}

/** The metadata as the text of a JSON object. */
export function metaText(meta: Meta): string {
  if (!isMap(meta)) return JSON.stringify(meta)
  let text = ''
  for (const [name, value] of meta)
    text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${JSON.stringify(value)}`
  return `{${text}}`
}

/** The metadata as an object, for an answer that shows it. */
export function metaObject(meta: Meta): Record<string, string> {
  return isMap(meta) ? Object.fromEntries(meta) : { ...meta }
}

/** True when both have the same names and texts, in any order. */
export function sameMeta(one: Meta, other: Meta): boolean {
  const text = (meta: Meta) => JSON.stringify([...metaEntries(meta)].sort())
  return text(one) === text(other)
}
