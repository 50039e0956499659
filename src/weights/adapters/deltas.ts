// What the parts of one layer add to its tensors. Checks every shape, reads none of the matrices.
import { elementCount, showName, type TensorEntry } from '../weight-file'
import type { CompactDelta, Delta } from './adapter'
import {
  checkRank,
  factor,
  needed,
  product,
  productCols,
  productRows,
  refuseLayer,
  refuseShape,
  type LayerParts,
} from './factors'
import type { Part } from './parts'

/** Alpha of the layer, if it has one, and the factor that the metadata gives a rank. */
export interface Scales {
  readonly alpha?: number | undefined
  readonly ofRank?: ((rank: number) => number) | undefined
}

function scaleOf({ alpha, ofRank }: Scales, rank: number): number {
  return alpha === undefined ? (ofRank?.(rank) ?? 1) : alpha / rank
}

/** The model's tensor that a part changes. */
function target(at: LayerParts, place: 'weight' | 'bias' | 'modulation', part: Part): TensorEntry {
  const name = at.layer[place]
  const entry = name === undefined ? undefined : at.base.tensors.get(name)
  return (
    entry ??
    refuseLayer(
      at,
      `has ${showName(at.parts.get(part)?.name ?? part)}, and the layer has no ${place} in this model`,
    )
  )
}

/** The weight [rows, cols] of the layer, and a check of a delta's size against it. */
function checkMatrix(at: LayerParts, part: Part, rows: number, cols: number): void {
  const { shape } = target(at, 'weight', part)
  const [own = 1, ...rest] = shape
  if (shape.length < 2 || rows !== own || cols !== elementCount(rest))
    refuseShape(at, [rows, cols], shape.length < 2 ? shape : [own, elementCount(rest)])
}

function loraOf(at: LayerParts, scales: Scales): CompactDelta | undefined {
  if (!at.parts.has('down') && !at.parts.has('up')) return undefined
  const down = factor(at, 'down') ?? needed(at, 'down', 'up')
  const up = factor(at, 'up') ?? needed(at, 'up', 'down')
  checkMatrix(at, 'up', up.rows, down.cols)
  checkRank(at, up, down)
  return { kind: 'lora', scale: scaleOf(scales, down.rows), up, down }
}

function lohaOf(at: LayerParts, scales: Scales): CompactDelta | undefined {
  const first = product(at, 'hada_w1')
  const second = product(at, 'hada_w2')
  if (!first && !second) return undefined
  if (!first) return needed(at, 'hada_w1_a', 'hada_w2_a') && undefined
  if (!second) return needed(at, 'hada_w2_a', 'hada_w1_a') && undefined
  for (const each of [first, second]) checkMatrix(at, 'hada_w1_a', productRows(each), productCols(each))
  return { kind: 'loha', scale: scaleOf(scales, first[1]?.rows ?? 1), first, second }
}

function lokrOf(at: LayerParts, scales: Scales): CompactDelta | undefined {
  const first = product(at, 'lokr_w1')
  const second = product(at, 'lokr_w2')
  if (!first && !second) return undefined
  if (!first) return needed(at, 'lokr_w1', at.parts.has('lokr_w2') ? 'lokr_w2' : 'lokr_w2_a') && undefined
  if (!second) return needed(at, 'lokr_w2', at.parts.has('lokr_w1') ? 'lokr_w1' : 'lokr_w1_a') && undefined
  checkMatrix(
    at,
    'lokr_w1',
    productRows(first) * productRows(second),
    productCols(first) * productCols(second),
  )
  // Where both are whole, trainers write an alpha that means nothing, such as 1e10.
  const rank = second[1]?.rows ?? first[1]?.rows
  return { kind: 'lokr', scale: rank === undefined ? 1 : scaleOf(scales, rank), first, second }
}

/** With the magnitude of DoRA, which is a column where rows are normed, and a row where columns are. */
function withMagnitude(at: LayerParts, of: CompactDelta | undefined): Delta | undefined {
  const entry = at.parts.get('magnitude')
  const magnitude = factor(at, 'magnitude')
  if (!entry || !magnitude) return of
  if (!of) refuseLayer(at, `has ${showName(entry.name)} and lacks the product that it norms`)
  const [rows = 1, ...rest] = target(at, 'weight', 'magnitude').shape
  const cols = elementCount(rest)
  const { shape } = entry
  if (elementCount(shape) === rows && shape[0] === rows) return { kind: 'dora', of, magnitude, norms: 'rows' }
  if (shape.length > 1 && shape[0] === 1 && elementCount(shape) === cols)
    return { kind: 'dora', of, magnitude, norms: 'columns' }
  return refuseShape(at, shape, [rows, 1])
}

/** A change that the file holds whole, and its shape but for ones. */
function diffOf(
  at: LayerParts,
  part: Part,
  place: 'weight' | 'bias' | 'modulation',
  scale = 1,
): Delta | undefined {
  const values = factor(at, part)
  if (!values) return undefined
  const real = (shape: readonly number[]): number[] => shape.filter((dim) => dim !== 1)
  const { shape } = at.parts.get(part)!
  const own = target(at, place, part).shape
  if (real(shape).join() !== real(own).join()) refuseShape(at, shape, own)
  return { kind: 'diff', scale, values }
}

/** The deltas of the layer's parts, by the names of the model's tensors. @throws WeightsError */
export function layerDeltas(at: LayerParts, scales: Scales): ReadonlyMap<string, readonly Delta[]> {
  const compact = [loraOf(at, scales), lohaOf(at, scales), lokrOf(at, scales)].filter(
    (each) => each !== undefined,
  )
  const [first, ...others] = compact
  if (others.length > 0)
    refuseLayer(
      at,
      `is changed in ${compact.length} ways at once (${compact.map(({ kind }) => kind).join(', ')})`,
    )
  const scale = first?.kind === 'lora' ? first.scale : 1
  const found: readonly (readonly [name: string | undefined, delta: Delta | undefined])[] = [
    [at.layer.weight, withMagnitude(at, first)],
    [at.layer.weight, diffOf(at, 'diff', 'weight')],
    // The bias of the upper half is multiplied with it.
    [at.layer.bias, diffOf(at, 'upBias', 'bias', scale)],
    [at.layer.bias, diffOf(at, 'biasDiff', 'bias')],
    [at.layer.modulation, diffOf(at, 'modulationDiff', 'modulation')],
  ]
  const deltas = new Map<string, Delta[]>()
  for (const [name, delta] of found)
    if (name !== undefined && delta) deltas.set(name, [...(deltas.get(name) ?? []), delta])
  return deltas
}
