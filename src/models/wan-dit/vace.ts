// VACE's side blocks: they work on the control and the embedded noise, and after some of the main blocks a hint of
// theirs is added. Names are the checkpoint's.
import { linear } from '../../gpu/kernels/linear'
import { addLinear, type Gate } from '../../gpu/kernels/linear_residual'
import { patchify } from '../../gpu/kernels/patchify'
import { linearTensors, type LinearWeight } from '../../gpu/matrix'
import type { Ops } from '../../gpu/ops'
import { dim, expectShape, type Tensor } from '../../gpu/tensor'
import type { WeightLoader } from '../blocks/weight-loader'
import type { Control } from '../control'
import type { BlockWeights } from './block-weights'
import type { DitConfig } from './config'

/** What the side blocks have before them. */
export interface VaceWeights {
  readonly patchEmbedding: LinearWeight // [D, inDim·pt·ph·pw]
  readonly beforeProj: LinearWeight // [D, D]
}

export async function loadVace(
  loader: WeightLoader,
  { dim: D, patchSize, vace }: DitConfig,
): Promise<VaceWeights | undefined> {
  if (!vace) return undefined
  const volume = patchSize[0] * patchSize[1] * patchSize[2]
  return {
    patchEmbedding: await loader.linear('vace_patch_embedding', D, vace.inDim * volume, 'f16'),
    beforeProj: await loader.linear('vace_blocks.0.before_proj', D, D, 'f16'),
  }
}

export function vaceTensors(w: VaceWeights | undefined): Tensor[] {
  return w ? [w.patchEmbedding, w.beforeProj].flatMap(linearTensors) : []
}

/** A control and its strength on the GPU, for all passes of a clip. */
export interface PreparedControl {
  readonly context: Tensor
  readonly gate: Gate
}

/** @throws RangeError where the model takes no control, or one of other channels */
export function prepareControl(
  ops: Ops,
  { dim: D, vace }: DitConfig,
  { context, strength }: Control,
): PreparedControl {
  if (!vace) throw new RangeError('A control was given to a model that takes none.')
  if (dim(context, 0) !== vace.inDim)
    throw new RangeError(`The control has ${dim(context, 0)} channels; the model reads ${vace.inDim}.`)
  const modulation = ops.upload(new Float32Array(D).fill(strength), [1, D], 'f32', 'dit.vace.strength')
  const e = ops.upload(new Float32Array(D), [1, 1, D], 'f32', 'dit.vace.zeros')
  return { context, gate: { modulation, e, row: 0 } }
}

export function releaseControl(ops: Ops, { gate }: PreparedControl): void {
  ops.release(gate.modulation, gate.e)
}

/**
 * The side stream [L, D] f32 before its first block: the control's tokens projected, plus the embedded noise.
 * @param patches of the latents, as the model embeds them
 */
export async function startSide(
  ops: Ops,
  { patchSize }: DitConfig,
  main: LinearWeight,
  w: VaceWeights,
  patches: Tensor,
  { context }: PreparedControl,
  tap?: (name: string, tensor: Tensor) => Promise<void>,
): Promise<Tensor> {
  const cells = patchify(ops, context, patchSize, 'dit.vace.patches')
  expectShape(cells, [dim(patches, 0), dim(cells, 1)])
  const tokens = linear(ops, cells, w.patchEmbedding, 'dit.vace.tokens')
  ops.release(cells)
  await tap?.('vace_patch_embedding', tokens)
  const c = linear(ops, patches, main, 'dit.vace.c', { dtype: 'f32' })
  addLinear(ops, c, tokens, w.beforeProj)
  ops.release(tokens)
  return c
}

/** x += strength · after_proj(c), in place. */
export function addHint(
  ops: Ops,
  x: Tensor,
  c: Tensor,
  { afterProj }: BlockWeights,
  { gate }: PreparedControl,
): void {
  if (!afterProj) throw new Error('A side block has no after_proj.')
  addLinear(ops, x, c, afterProj, gate)
}
