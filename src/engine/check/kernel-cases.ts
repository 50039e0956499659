// Small calls of the kernels that a clip spends its time in. Their results by the f64 references of the tests come with
// the page.
import { attention } from '../../gpu/kernels/attention'
import { causalConv3d, uploadConv } from '../../gpu/kernels/causal_conv3d'
import { channelRmsNorm } from '../../gpu/kernels/channel_rms_norm'
import { frameToI420 } from '../../gpu/kernels/frame_to_i420'
import { latentsToFrame } from '../../gpu/kernels/latents_to_frame'
import { layerNorm } from '../../gpu/kernels/layer_norm_modulate'
import { linear } from '../../gpu/kernels/linear'
import { linearCombination } from '../../gpu/kernels/linear_combination'
import { patchify } from '../../gpu/kernels/patchify'
import { pixelShuffle } from '../../gpu/kernels/pixel_shuffle'
import { rmsNormRope } from '../../gpu/kernels/rms_norm_rope'
import { linearTensors, uploadLinear } from '../../gpu/matrix'
import type { Ops } from '../../gpu/ops'
import type { Tensor } from '../../gpu/tensor'
import type { KernelFamily } from '../../gpu/variants'
import { float32ToFloat16 } from '../../weights/quant/float16'
import { packWeight, type WeightFormat } from '../../weights/quant/pack'
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
} from './inputs'

export interface KernelCase {
  /** The kernel, and what is particular of the call. */
  readonly name: string
  readonly family?: KernelFamily
  /** Bytes instead of floats: each is the nearest one. */
  readonly isBytes?: boolean
  run(ops: Ops): Tensor
}

function activations(ops: Ops, seed: number, shape: readonly number[]): Tensor {
  const data = checkValues(
    shape.reduce((product, size) => product * size, 1),
    seed,
  )
  return ops.upload(ops.storage === 'f16' ? float32ToFloat16(data) : data, shape, ops.storage, 'check.x')
}

function floats(ops: Ops, data: Float32Array<ArrayBuffer>, shape: readonly number[]): Tensor {
  return ops.upload(data, shape, 'f32', 'check.f32')
}

function product(format: WeightFormat): KernelCase {
  return {
    name: `linear ${format}`,
    family: 'linear',
    run(ops) {
      const { L, K, N } = LINEAR
      const packed = packWeight(checkValues(N * K, 2), N, K, format)
      const weight = uploadLinear(ops, packed, checkValues(N, 3), 'check.weight')
      const x = activations(ops, 1, [L, K])
      const y = linear(ops, x, weight, 'check.y')
      ops.release(x, ...linearTensors(weight))
      return y
    },
  }
}

function convolution(kernelHW: 1 | 3): KernelCase {
  return {
    name: `causal_conv3d 3×${kernelHW}×${kernelHW}`,
    family: 'convolution',
    run(ops) {
      const { H, W, C, N } = CONVOLUTION
      const shape = { inChannels: C, outChannels: N, kernelT: 3, kernelHW } as const
      const weight = uploadConv(
        ops,
        checkValues(N * C * 3 * kernelHW ** 2, 5),
        checkValues(N, 6),
        shape,
        'check.conv',
      )
      const frames = [1, 2, 3].map((seed) => activations(ops, seed, [H, W, C]))
      const y = causalConv3d(ops, weight, frames.slice(0, 2), frames[2]!, undefined, 'check.y')
      ops.release(...frames, weight.weight, weight.bias)
      return y
    },
  }
}

export const KERNEL_CASES: readonly KernelCase[] = [
  product('f16'),
  product('q8'),
  product('q4'),
  {
    name: 'attention',
    family: 'attention',
    run(ops) {
      const { L, S, numHeads, d, lastKeyCount } = ATTENTION
      const D = numHeads * d
      const [q, k, v] = [
        activations(ops, 1, [L, D]),
        activations(ops, 2, [S, D]),
        activations(ops, 3, [S, D]),
      ] as const
      const y = attention(ops, q, k, v, { numHeads, lastKeyCount }, 'check.y')
      ops.release(q, k, v)
      return y
    },
  },
  convolution(3),
  convolution(1),
  {
    name: 'layer_norm_modulate',
    family: 'norms',
    run(ops) {
      const { L, D, eps } = NORM
      const x = floats(ops, checkValues(L * D, 1), [L, D])
      const affine = floats(ops, checkValues(2 * D, 2), [2, D])
      const y = layerNorm(ops, x, affine, eps, 'check.y')
      ops.release(x, affine)
      return y
    },
  },
  {
    name: 'rms_norm_rope',
    family: 'norms',
    run(ops) {
      const { L, D, headDim, eps } = NORM
      const [q, k] = [activations(ops, 1, [L, D]), activations(ops, 4, [L, D])]
      const normQ = floats(ops, checkValues(D, 2), [D])
      const normK = floats(ops, checkValues(D, 5), [D])
      const rotation = floats(ops, checkRotation(L, headDim), [L, headDim / 2, 2])
      rmsNormRope(ops, q!, k!, { normQ, normK }, headDim, rotation, eps)
      ops.release(k!, normQ, normK, rotation)
      return q!
    },
  },
  {
    name: 'channel_rms_norm',
    run(ops) {
      const { H, W, C } = CHANNELS
      const x = activations(ops, 1, [H, W, C])
      const gamma = floats(ops, checkValues(C, 2), [C])
      const y = channelRmsNorm(ops, x, gamma, { silu: true }, 'check.y')
      ops.release(x, gamma)
      return y
    },
  },
  {
    name: 'patchify',
    run(ops) {
      const { C, T, H, W } = LATENTS
      const latents = floats(ops, checkValues(C * T * H * W, 1), [C, T, H, W])
      const y = patchify(ops, latents, [1, 2, 2], 'check.y')
      ops.release(latents)
      return y
    },
  },
  {
    name: 'latents_to_frame',
    run(ops) {
      const { C, T, H, W } = LATENTS
      const latents = floats(ops, checkValues(C * T * H * W, 1), [C, T, H, W])
      const [std, mean] = [floats(ops, checkDeviations(C), [C]), floats(ops, checkValues(C, 3), [C])]
      const y = latentsToFrame(ops, latents, { mean: mean!, std: std! }, 1, 'check.y')
      ops.release(latents, mean!, std!)
      return y
    },
  },
  {
    name: 'linear_combination',
    run(ops) {
      const tensors = TERMS.map((_, i) => floats(ops, checkValues(COUNT, i + 1), [COUNT]))
      const y = linearCombination(
        ops,
        TERMS.map((coefficient, i) => ({ tensor: tensors[i]!, coefficient })),
        'check.y',
      )
      ops.release(...tensors)
      return y
    },
  },
  {
    name: 'pixel_shuffle',
    run(ops) {
      const { H, W, C, factor } = SHUFFLE
      const x = activations(ops, 1, [H, W, C * factor ** 2])
      const y = pixelShuffle(ops, x, factor, 'check.y')
      ops.release(x)
      return y
    },
  },
  {
    name: 'frame_to_i420',
    isBytes: true,
    run(ops) {
      const { H, W } = FRAME
      const frame = activations(ops, 1, [H, W, 3])
      const y = frameToI420(ops, frame, 'check.y')
      ops.release(frame)
      return y
    },
  },
]
