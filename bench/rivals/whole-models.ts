// Runs whole models in onnxruntime-web. Its results are compared with ours, which the tests compare with the goldens.
import type { Ops } from '../../src/gpu/ops'
import type { Tensor } from '../../src/gpu/tensor'
import { float32ToFloat16 } from '../../src/weights/quant/float16'
import type { DitConfig } from '../../src/models/wan-dit/config'
import type { VaeConfig } from '../../src/models/wan-vae/config'
import type { WeightFile } from '../../src/weights/weight-file'
import { relativeError } from '../../test/support/error'
import type { Rival } from '../comparison'
import type { Bench } from '../device'
import { ortRival } from '../ort'
import { transposeInto } from '../transpose'
import { attentionOps, FUSED_HANGS_ON } from './attention-nodes'
import { blockGraph, blockWeights } from './dit-block'
import { decoderGraph, decoderGraphWeights } from './vae-decoder'

/** Results of our own pass under the names of the goldens' taps, and tensors that are made once for a prompt. */
export interface BlockValues {
  /** `patch_embedding`, `time_projection` or `blocks.0`, once our pass has run. */
  value(name: string): Float32Array<ArrayBuffer>
  readonly k: Float32Array<ArrayBuffer>
  readonly v: Float32Array<ArrayBuffer>
  readonly rotation: Float32Array
  readonly lastKeyCount: number
}

function uploadValues(ops: Ops, values: Float32Array<ArrayBuffer>, label: string): Tensor {
  return ops.storage === 'f16'
    ? ops.upload(float32ToFloat16(values), [values.length], 'f16', label)
    : ops.upload(values, [values.length], 'f32', label)
}

/**
 * All blocks of a pass, as a graph of one block that runs once for each. Leaves out embeddings and head, under 1 % of
 * the work.
 */
export function ditRivals(bench: Bench, config: DitConfig, file: WeightFile, own: BlockValues): Rival[] {
  const { dim: D, numHeads: N } = config
  const [L, S] = [own.rotation.length / (D / N), own.k.length / D]
  const { ops } = bench
  return attentionOps({ L, S: L, N, d: D / N }).map((attention) =>
    ortRival(bench, {
      op: attention === 'MultiHeadAttention' ? 'blocks, fused attention' : 'blocks',
      ...(attention === 'MultiHeadAttention' && { hangsOn: FUSED_HANGS_ON }),
      metered: true,
      times: config.numLayers,
      feeds: () => ({
        x: { tensor: uploadValues(ops, own.value('patch_embedding'), 'ort.x'), shape: [1, L, D] },
        k: { tensor: uploadValues(ops, own.k, 'ort.k'), shape: [1, S, D] },
        v: { tensor: uploadValues(ops, own.v, 'ort.v'), shape: [1, S, D] },
      }),
      weights: () =>
        blockWeights(
          file,
          config,
          { L, S },
          { e0: own.value('time_projection'), rotation: own.rotation, lastKeyCount: own.lastKeyCount },
          ops.storage,
        ),
      ...blockGraph(config, { L, S }, attention),
      shape: [1, L, D],
      check: (y) => relativeError(y, own.value('blocks.0')),
    }),
  )
}

/** The whole clip in one graph. */
export function vaeRival(
  bench: Bench,
  config: VaeConfig,
  file: WeightFile,
  latents: Float32Array<ArrayBuffer>,
  size: readonly [T: number, H: number, W: number],
  ours: () => Float32Array,
): Rival {
  const graph = decoderGraph(config, size)
  return ortRival(bench, {
    op: 'one graph, Conv3D',
    metered: true,
    feeds: () => ({
      x: { tensor: uploadValues(bench.ops, latents, 'ort.x'), shape: [1, config.zDim, ...size] },
    }),
    weights: () => decoderGraphWeights(file, config, bench.ops.storage),
    ...graph,
    check: (y) => relativeError(y, ours()),
  })
}

/** Frames [H, W, 3] as the graph's [3, F, H, W]. */
export function framesFirst(frames: readonly Float32Array[]): Float32Array {
  const pixels = frames[0]!.length / 3
  const out = new Float32Array(3 * frames.length * pixels)
  frames.forEach((frame, t) => transposeInto(out, t * pixels, frames.length * pixels, frame, pixels, 3))
  return out
}
