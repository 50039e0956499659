// The tensors of one layer of an adapter as matrices, and the sentences about those that do not fit.
import { isBlockDType } from '../quant/block-types'
import { WeightsError } from '../error'
import { elementCount, showName, showShape, type TensorEntry, type WeightFile } from '../weight-file'
import type { AdapterBase, Factor, Product } from './adapter'
import type { Layer } from './layers'
import type { Part } from './parts'

const NUMBERS = new Set(['F64', 'F32', 'F16', 'BF16', 'F8_E4M3', 'F8_E5M2'])

/** What a file holds of one layer. */
export interface LayerParts {
  readonly file: WeightFile
  readonly base: AdapterBase
  readonly layer: Layer
  readonly parts: ReadonlyMap<Part, TensorEntry>
}

/** @param problem the rest of the sentence "FILE: its blocks.0.self_attn.q …" */
export function refuseLayer({ file, layer }: LayerParts, problem: string): never {
  throw new WeightsError(
    file.name,
    `${file.name}: its ${showName(layer.name)} ${problem}. The file is damaged or incomplete: load it again, or choose another.`,
  )
}

/** The shapes differ: the adapter was made for another model. */
export function refuseShape(at: LayerParts, found: readonly number[], needed: readonly number[]): never {
  const { file, base, layer } = at
  const origin = base.trainedFor(found)
  const other = origin === undefined || origin === base.trainedFor(needed) ? 'another model' : origin
  throw new WeightsError(
    file.name,
    `${file.name} was trained for ${other}: it changes ${showName(layer.name)} as ${showShape(found)}, which is ${showShape(needed)} in this model. Choose a LoRA of this model, or the model that it was trained for.`,
  )
}

/** A part as a matrix. */
export function factor(at: LayerParts, part: Part): Factor | undefined {
  const entry = at.parts.get(part)
  if (!entry) return undefined
  const { name, dtype, shape } = entry
  if (!NUMBERS.has(dtype) && !isBlockDType(dtype))
    refuseLayer(at, `has ${showName(name)} of the type ${dtype}, which Zoetrope does not read in an adapter`)
  if (shape.length === 0 || elementCount(shape) === 0)
    refuseLayer(at, `has ${showName(name)} of the shape ${showShape(shape)}, which holds no matrix`)
  const [rows = 1, ...rest] = shape
  return { tensor: name, rows, cols: elementCount(rest) }
}

/** A part that must be there because another one is. */
export function needed(at: LayerParts, part: Part, beside: Part): Factor {
  const found = factor(at, part)
  return (
    found ??
    refuseLayer(at, `has ${showName(at.parts.get(beside)?.name ?? beside)} and lacks the other half, ${part}`)
  )
}

/** Checks that the left matrix has as many columns as the right one has rows: the rank. */
export function checkRank(at: LayerParts, left: Factor, right: Factor): void {
  if (left.cols !== right.rows)
    refuseLayer(
      at,
      `has halves of different ranks, ${showName(left.tensor)} of ${left.cols} and ${showName(right.tensor)} of ${right.rows}`,
    )
}

/** A matrix that is there whole, as `name`, or as the product of `name_a` and `name_b`. */
export function product(
  at: LayerParts,
  name: 'lokr_w1' | 'lokr_w2' | 'hada_w1' | 'hada_w2',
): Product | undefined {
  const isWhole = name === 'lokr_w1' || name === 'lokr_w2'
  const whole = isWhole ? factor(at, name) : undefined
  if (whole) return [whole]
  const left = factor(at, `${name}_a`)
  const right = factor(at, `${name}_b`)
  if (!left && !right) return undefined
  const pair = [
    left ?? needed(at, `${name}_a`, `${name}_b`),
    right ?? needed(at, `${name}_b`, `${name}_a`),
  ] as const
  checkRank(at, ...pair)
  return pair
}

export function productRows(product: Product): number {
  return product[0].rows
}

export function productCols(product: Product): number {
  return (product[1] ?? product[0]).cols
}
