import { bandOf, bands } from '../bands'
import { defineKernel } from '../kernel'
import { addSides } from '../linear-sides'
import { checkInputs, tiling } from '../linear-tiling'
import type { LinearWeight } from '../matrix'
import type { Ops } from '../ops'
import type { Tensor } from '../tensor'
import { linear, thinProduct } from './linear'

export const kernel = defineKernel({
  stem: 'linear_qkv',
  family: 'linear',
  bindings: ['x', 'weight', 'scales', 'bias', 'q', 'k', 'v'],
  params: { tokens: 'u32', rows: 'u32', cols: 'u32', stride: 'u32' },
})

/** The matrices [D, K] of q, k and v: one below the other as [3D, K] with D a multiple of 4, or each by itself. */
export type QkvWeights =
  readonly [qkv: LinearWeight] | readonly [q: LinearWeight, k: LinearWeight, v: LinearWeight]

/**
 * q, k and v [L, D] of x [L, K], each x·wᵀ + bias, in one call where their weights are stacked. @throws RangeError
 * when K is not theirs, or D not a multiple of 4.
 */
export function linearQkv(
  ops: Ops,
  x: Tensor,
  weights: QkvWeights,
  label: string,
): [q: Tensor, k: Tensor, v: Tensor] {
  const [w, ofK, ofV] = weights
  if (ofK && ofV)
    return [
      linear(ops, x, w, `${label}.q`),
      linear(ops, x, ofK, `${label}.k`),
      linear(ops, x, ofV, `${label}.v`),
    ]
  if (w.rows % 12 !== 0)
    throw new RangeError(
      `${w.data.label} has ${w.rows} rows; three times a multiple of 4 are needed to be q, k and v.`,
    )
  const L = checkInputs(x, w)
  const output = (name: string): Tensor => ops.create([L, w.rows / 3], ops.storage, `${label}.${name}`)
  const [q, k, v] = [output('q'), output('k'), output('v')]
  for (const band of bands(ops.maxBindingBytes, x, q)) {
    ops.run(kernel, {
      tensors: {
        x: bandOf(x, band),
        weight: w.data,
        scales: w.scales,
        bias: w.bias,
        q: bandOf(q, band),
        k: bandOf(k, band),
        v: bandOf(v, band),
      },
      params: { tokens: band.count, rows: w.rows, cols: w.cols, stride: w.stride },
      ...tiling(ops, x, w, band.count),
    })
  }
  for (const [third, y] of [q, k, v].entries()) {
    const sides = (w.sides ?? []).filter((side) => side.third === third)
    addSides(ops, y, x, w, { sides, project: thinProduct })
  }
  return [q, k, v]
}
