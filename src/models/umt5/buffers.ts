import type { TextEncoderConfig } from './config'
import type { GraphValue } from './onnx-model'
import { finalGraph, layerGraph, valueBytes, type LayerFormats } from './graph'
import type { Runner, Slots } from './runner'

/**
 * Memory that every layer uses: the state, which passes from layer to layer, and the bias, which is written just
 * before a layer runs.
 */
const SHARED = ['hidden', 'next', 'bias', 'norm']

/** All memory of the text encoder. */
export interface EncoderMemory<Slot> {
  readonly shared: Slots<Slot>
  /** Two sets of a layer's weights, one in use while the other is filled; or one, filled again for each layer. */
  readonly weights: readonly [Slots<Slot>, ...Slots<Slot>[]]
}

/** One slot for each value, large enough for the largest layer. */
function largest(values: readonly GraphValue[]): Map<string, number> {
  const bytes = new Map<string, number>()
  for (const value of values) bytes.set(value.name, Math.max(bytes.get(value.name) ?? 0, valueBytes(value)))
  return bytes
}

/**
 * @param layers formats of each layer
 * @param isLean with one set of weights
 */
export function allocateEncoder<Slot>(
  memory: Pick<Runner<Slot>, 'acquire'>,
  config: TextEncoderConfig,
  n: number,
  layers: readonly LayerFormats[],
  isLean = false,
): EncoderMemory<Slot> {
  const values = [...layers.map((formats) => layerGraph(config, n, formats)), finalGraph(config, n)].flatMap(
    ({ inputs, outputs }) => [...inputs, ...outputs],
  )
  const sizes = [...largest(values.filter(({ name }) => name !== 'context'))]
  const allocate = (entries: typeof sizes, label: string): Slots<Slot> =>
    new Map(entries.map(([name, bytes]) => [name, memory.acquire(bytes, `umt5.${label}${name}`)]))
  const own = sizes.filter(([name]) => !SHARED.includes(name))
  return {
    shared: allocate(
      sizes.filter(([name]) => SHARED.includes(name)),
      '',
    ),
    weights: [allocate(own, '0.'), ...(isLean ? [] : [allocate(own, '1.')])],
  }
}
