import type { WeightFile } from '../../src/weights/weight-file'

/** A model whose every block has the first one's weights, each computed once: quick to make at any depth. */
export function repeatedBlocks(file: WeightFile): WeightFile {
  const known = new Map<string, Promise<unknown>>()
  const once = <T>(key: string, make: () => Promise<T>): Promise<T> => {
    const made = (known.get(key) as Promise<T> | undefined) ?? make()
    known.set(key, made)
    return made
  }
  const first = (name: string): string => name.replace(/^blocks\.\d+\./, 'blocks.0.')
  return {
    ...file,
    bytes: (name, offset, length) => once(`bytes ${first(name)} ${offset} ${length}`, () => file.bytes(first(name), offset, length)),
    floats: (name) => once(`floats ${first(name)}`, () => file.floats(first(name))),
    rows: (name, from, count) => once(`rows ${first(name)} ${from} ${count}`, () => file.rows(first(name), from, count)),
  }
}
