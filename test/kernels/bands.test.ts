// Kernels on tensors larger than a binding: band by band they give what they give at once, bit for bit.
import { describe, expect, it } from 'vitest'
import { attention } from '../../src/gpu/kernels/attention'
import { causalConv3d, uploadConv, type ConvShape } from '../../src/gpu/kernels/causal_conv3d'
import { channelRmsNorm } from '../../src/gpu/kernels/channel_rms_norm'
import { layerNorm } from '../../src/gpu/kernels/layer_norm_modulate'
import { linear } from '../../src/gpu/kernels/linear'
import { linearQkv } from '../../src/gpu/kernels/linear_qkv'
import { addLinear } from '../../src/gpu/kernels/linear_residual'
import { rmsNorm } from '../../src/gpu/kernels/rms_norm'
import { rmsNormRope } from '../../src/gpu/kernels/rms_norm_rope'
import { uploadLinear } from '../../src/gpu/matrix'
import { openOps, dryOps, type Ops } from '../../src/gpu/ops'
import type { Tensor } from '../../src/gpu/tensor'
import type { Variants } from '../../src/gpu/variants'
import { packWeight } from '../../src/weights/quant/pack'
import { gpuVariantCases, testGpu, withVariants } from '../support/gpu'
import { quickCases, type GpuCase } from '../support/gpu-cases'
import { randomFloats } from '../support/random'
import { uploadStorage } from '../support/tensors'

const [L, D] = [100, 64]

function storage(ops: Ops, shape: readonly number[], seed: number): Tensor {
  return uploadStorage(
    ops,
    randomFloats(
      shape.reduce((a, b) => a * b),
      seed,
    ),
    shape,
    `x${seed}`,
  ).tensor
}

function floats(ops: Ops, shape: readonly number[], seed: number): Tensor {
  return ops.upload(
    randomFloats(
      shape.reduce((a, b) => a * b),
      seed,
    ),
    shape,
    'f32',
    `x${seed}`,
  )
}

function matrix(ops: Ops) {
  return uploadLinear(ops, packWeight(randomFloats(D * D, 20), D, D, 'q8'), randomFloats(D, 21), 'w')
}

function conv(ops: Ops, shape: ConvShape, [H, W]: readonly [number, number], residual: boolean): Tensor {
  const { inChannels: C, outChannels: N, kernelT, kernelHW, stride = 1, upsample = 1 } = shape
  const weight = uploadConv(
    ops,
    randomFloats(N * C * kernelT * kernelHW ** 2, 30),
    randomFloats(N, 31),
    shape,
    'conv',
  )
  const past = kernelT === 3 ? [storage(ops, [H, W, C], 32), storage(ops, [H, W, C], 33)] : []
  const added = residual ? storage(ops, [(H * upsample) / stride, (W * upsample) / stride, N], 35) : undefined
  return causalConv3d(ops, weight, past, storage(ops, [H, W, C], 34), added, 'y')
}

/**
 * Each gives its result from the same inputs on any ops. Its tensors are larger than the limit in both storage types.
 */
const CALLS: readonly { readonly name: string; readonly limit: number; run(ops: Ops): Tensor }[] = [
  {
    name: 'linear',
    limit: 9000,
    run: (ops) => linear(ops, storage(ops, [L, D], 1), matrix(ops), 'y', { dtype: 'f32' }),
  },
  {
    name: 'linear_residual',
    limit: 9000,
    run(ops) {
      const x = floats(ops, [L, D], 1)
      addLinear(ops, x, storage(ops, [L, D], 2), matrix(ops), {
        modulation: floats(ops, [6, D], 3),
        e: floats(ops, [2, 6, D], 4),
        row: 2,
        timeRows: { tokens: 7 },
      })
      return x
    },
  },
  {
    name: 'layer_norm_modulate',
    limit: 9000,
    run: (ops) => layerNorm(ops, floats(ops, [L, D], 1), floats(ops, [2, D], 2), 1e-6, 'y'),
  },
  {
    name: 'linear_qkv',
    limit: 9000,
    run(ops) {
      const w = uploadLinear(
        ops,
        packWeight(randomFloats(3 * D * D, 20), 3 * D, D, 'q4'),
        randomFloats(3 * D, 21),
        'w',
      )
      return linearQkv(ops, storage(ops, [L, D], 1), [w], 'y')[2]
    },
  },
  {
    name: 'rms_norm',
    limit: 9000,
    run(ops) {
      const x = storage(ops, [L, D], 1)
      rmsNorm(ops, x, floats(ops, [D], 2), 1e-6)
      return x
    },
  },
  {
    name: 'rms_norm_rope',
    limit: 9000,
    run(ops) {
      const x = storage(ops, [L, D], 1)
      rmsNormRope(
        ops,
        storage(ops, [L, D], 4),
        x,
        { normQ: floats(ops, [D], 5), normK: floats(ops, [D], 2) },
        16,
        floats(ops, [L, 8, 2], 3),
        1e-6,
      )
      return x
    },
  },
  {
    name: 'channel_rms_norm',
    limit: 9000,
    run: (ops) =>
      channelRmsNorm(ops, storage(ops, [40, 8, 32], 1), floats(ops, [32], 2), { silu: true }, 'y'),
  },
  {
    name: 'causal_conv3d, three frames, residual',
    limit: 14000,
    run: (ops) => conv(ops, { inChannels: 16, outChannels: 16, kernelT: 3, kernelHW: 3 }, [100, 8], true),
  },
  {
    name: 'causal_conv3d, in time alone',
    limit: 14000,
    run: (ops) => conv(ops, { inChannels: 32, outChannels: 32, kernelT: 3, kernelHW: 1 }, [50, 8], false),
  },
  {
    name: 'causal_conv3d, upsampling',
    limit: 14000,
    run: (ops) =>
      conv(ops, { inChannels: 16, outChannels: 16, kernelT: 1, kernelHW: 3, upsample: 2 }, [30, 8], false),
  },
  {
    name: 'causal_conv3d, downsampling',
    limit: 20000,
    run: (ops) =>
      conv(ops, { inChannels: 32, outChannels: 32, kernelT: 1, kernelHW: 3, stride: 2 }, [60, 8], false),
  },
]

/** Runs without a limit and with one. */
async function check(
  gpuCase: GpuCase,
  limit: number,
  run: (ops: Ops) => Tensor,
  variants: Partial<Variants> = {},
): Promise<void> {
  const { gpu, ops } = await testGpu(gpuCase)
  const before = ops.pool.mark()
  const whole = await ops.read(run(withVariants(ops, variants)))
  ops.pool.releaseSince(before)

  const small = withVariants(openOps({ ...gpu, maxBindingBytes: limit }), variants)
  let calls = 0
  const counted: Ops = {
    ...small,
    run: (kernel, call) => {
      calls++
      small.run(kernel, call)
    },
  }
  expect(await small.read(run(counted))).toEqual(whole)
  expect(calls).toBeGreaterThan(1)
  small.pool.releaseSince(new Set())
  small.pool.trim()
}

function attend(ops: Ops, width: number, numHeads: number): Tensor {
  return attention(
    ops,
    storage(ops, [L, width], 1),
    storage(ops, [L - 5, width], 2),
    storage(ops, [L - 5, width], 3),
    { numHeads, lastKeyCount: 7 },
    'y',
  )
}

function rowBytes({ storage: type }: GpuCase, width: number): number {
  return width * (type === 'f16' ? 2 : 4)
}

describe.each(quickCases())('in bands on $name', (gpuCase) => {
  it.each(CALLS)('$name', ({ limit, run }) => check(gpuCase, limit, run))

  it('attention, keys and queries in two parts', () =>
    check(gpuCase, 50 * rowBytes(gpuCase, D), (ops) => attend(ops, D, 4)))

  it('attention refuses keys in more than two', () => {
    const ops = dryOps(gpuCase.storage, 47 * rowBytes(gpuCase, D))
    expect(() => attend(ops, D, 4)).toThrow(/attention binds at most two parts of/)
  })
})

describe.each(await gpuVariantCases(quickCases()))('in bands on $name', ({ gpuCase, variants }) => {
  it('attention of a head of 128', () =>
    check(gpuCase, 50 * rowBytes(gpuCase, 128), (ops) => attend(ops, 128, 1), variants))
})
