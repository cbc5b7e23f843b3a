import type { Restriction, Role } from '../types.ts'
import { coversRole } from './abilities.ts'

/** What one role has set of a member that several have restricted. */
export type Layer = Omit<Restriction, 'also'>

/** The layers of a restriction; none when there is no restriction. */
export function layersOf(held: Restriction | undefined): Layer[] {
  if (held === undefined) return []
  const { also = [], ...first } = held
  return [first, ...also]
}

/**
 * One restriction of several layers; undefined for none. `loosens` says whether a value allows something that another one forbids. A layer that
 * forbids nothing beyond another one, which nobody may loosen who may not loosen it as well, is left out. So they stay few.
 */
export function layered(
  layers: readonly Layer[],
  loosens: (next: never, bound: never) => boolean,
): Restriction | undefined {
  const isBeside = (layer: Layer, other: Layer) =>
    !coversRole(other.by, layer.by) ||
    (other.given === true && layer.given !== true) ||
    !coversRole(other.of ?? 'USER', layer.of ?? 'USER') ||
    loosens(other.value as never, layer.value as never)
  const needed: Layer[] = []
  for (const layer of layers) {
    if (!needed.every((other) => isBeside(layer, other))) continue
    const left = needed.filter((other) => isBeside(other, layer))
    needed.splice(0, needed.length, ...left, layer)
  }
  const [first, ...also] = needed.sort((one, other) => rankOf(other) - rankOf(one))
  if (first === undefined) return undefined
  return also.length === 0 ? first : { ...first, also }
}

const ROLES: readonly Role[] = ['USER', 'SERVICE', 'ADMIN', 'ROOT']

/** An earlier version of the server knows the first layer alone, which is that of the highest role, and better not a given one. */
function rankOf({ by, given }: Layer): number {
  return 2 * ROLES.indexOf(by) + (given ? 0 : 1)
}
