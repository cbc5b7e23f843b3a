import { expect, test } from 'bun:test'
import { type Layer, layered, layersOf } from './restriction-layers.ts'

const looser = (next: number, bound: number) => next > bound
const joined = (...layers: Layer[]) => layersOf(layered(layers, looser as never))
const by = (role: Layer['by'], value: number, given?: true): Layer => ({
  by: role,
  value,
  ...(given && { given }),
})

test('a layer is left out when another one forbids as much, and fewer may loosen that', () => {
  expect(joined()).toEqual([])
  expect(joined(by('ADMIN', 5), by('ROOT', 5))).toEqual([by('ROOT', 5)])
  expect(joined(by('ADMIN', 7), by('ROOT', 5), by('USER', 9))).toEqual([by('ROOT', 5)])
  expect(joined(by('ADMIN', 5, true), by('ADMIN', 5))).toEqual([by('ADMIN', 5)])
  expect(joined(by('ADMIN', 5), by('ADMIN', 5))).toEqual([by('ADMIN', 5)])
})

test('the others bind beside each other, that of the highest role first', () => {
  const stays: Layer[][] = [
    [by('ROOT', 9), by('ADMIN', 5), by('USER', 1)],
    [by('ROOT', 9), by('ROOT', 5, true)],
    [by('ADMIN', 9), by('ADMIN', 5, true), by('USER', 1)],
  ]
  for (const layers of stays) {
    expect(joined(...layers)).toEqual(layers)
    expect(joined(...layers.toReversed())).toEqual(layers)
  }
})

test('values that cannot be compared both bind', () => {
  const incomparable = () => true
  const layers = [by('ADMIN', 1), by('ADMIN', 2)]
  expect(layersOf(layered(layers, incomparable as never))).toHaveLength(2)
})
