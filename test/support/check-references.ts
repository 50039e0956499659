// What the kernels of the self-check must give, by the f64 references.
import {
  ATTENTION,
  CHANNELS,
  checkDeviations,
  checkRotation,
  checkValues,
  CONVOLUTION,
  COUNT,
  FRAME,
  LATENTS,
  LINEAR,
  NORM,
  SHUFFLE,
  TERMS,
} from '../../src/engine/check/inputs'
import { packWeight, unpackWeight } from '../../src/weights/quant/pack'
import { attention } from '../reference/attention'
import { causalConv3d } from '../reference/causal_conv3d'
import { channelRmsNorm } from '../reference/channel_rms_norm'
import { frameToI420 } from '../reference/frame_to_i420'
import { latentsToFrame } from '../reference/latents_to_frame'
import { layerNormModulate } from '../reference/layer_norm_modulate'
import { linear } from '../reference/linear'
import { patchify } from '../reference/patchify'
import { pixelShuffle } from '../reference/pixel_shuffle'
import { rmsNormRope } from '../reference/rms_norm'

function product(format: 'f16' | 'q8' | 'q4'): ArrayLike<number> {
  const { L, K, N } = LINEAR
  const weight = unpackWeight(packWeight(checkValues(N * K, 2), N, K, format))
  return linear(checkValues(L * K, 1), weight, checkValues(N, 3))
}

function convolution(kernel: 1 | 3): ArrayLike<number> {
  const { H, W, C, N } = CONVOLUTION
  return causalConv3d(
    { H, W, C, N, frames: 3, kernel, stride: 1, upsample: 1 },
    [1, 2, 3].map((seed) => checkValues(H * W * C, seed)),
    checkValues(N * C * 3 * kernel ** 2, 5),
    checkValues(N, 6),
  )
}

/** By the names of the cases. */
export function kernelReferences(): ReadonlyMap<string, Float32Array<ArrayBuffer>> {
  const { L, S, numHeads, d, lastKeyCount } = ATTENTION
  const D = numHeads * d
  const { C, T, H, W } = LATENTS
  const latents = checkValues(C * T * H * W, 1)
  const norm = NORM
  const affine = checkValues(2 * norm.D, 2)
  const pixels = CHANNELS.H * CHANNELS.W * CHANNELS.C
  const results: Readonly<Record<string, ArrayLike<number>>> = {
    'linear f16': product('f16'),
    'linear q8': product('q8'),
    'linear q4': product('q4'),
    attention: attention(
      checkValues(L * D, 1),
      checkValues(S * D, 2),
      checkValues(S * D, 3),
      L,
      S,
      numHeads,
      lastKeyCount,
    ),
    'causal_conv3d 3×3×3': convolution(3),
    'causal_conv3d 3×1×1': convolution(1),
    layer_norm_modulate: layerNormModulate(
      checkValues(norm.L * norm.D, 1),
      affine.subarray(0, norm.D),
      affine.subarray(norm.D),
      0,
      norm.eps,
    ),
    rms_norm_rope: rmsNormRope(
      checkValues(norm.L * norm.D, 1),
      checkValues(norm.D, 2),
      norm.headDim,
      checkRotation(norm.L, norm.headDim),
      norm.eps,
    ),
    channel_rms_norm: channelRmsNorm(checkValues(pixels, 1), checkValues(CHANNELS.C, 2), true),
    patchify: patchify(latents, C, [1, 2, 2], [T, H / 2, W / 2]),
    latents_to_frame: latentsToFrame(latents, checkDeviations(C), checkValues(C, 3), T, 1),
    linear_combination: Array.from({ length: COUNT }, (_, at) =>
      TERMS.reduce((sum, coefficient, i) => sum + coefficient * checkValues(COUNT, i + 1)[at]!, 0),
    ),
    pixel_shuffle: pixelShuffle(
      checkValues(SHUFFLE.H * SHUFFLE.W * SHUFFLE.C * SHUFFLE.factor ** 2, 1),
      [SHUFFLE.H, SHUFFLE.W, SHUFFLE.C],
      SHUFFLE.factor,
    ),
    frame_to_i420: frameToI420(checkValues(FRAME.H * FRAME.W * 3, 1), FRAME.H, FRAME.W),
  }
  return new Map(Object.entries(results).map(([name, values]) => [name, Float32Array.from(values)]))
}
