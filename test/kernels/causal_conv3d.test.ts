import { describe, expect, it } from 'vitest'
import { causalConv3d, uploadConv, type ConvShape } from '../../src/gpu/kernels/causal_conv3d'
import { causalConv3d as reference, rectified } from '../reference/causal_conv3d'
import { kernelTolerance, relativeError } from '../support/error'
import { variantRuns, testGpu, withVariants } from '../support/gpu'
import { randomFloats } from '../support/random'
import { uploadStorage } from '../support/tensors'
import { float16ToFloat32, float32ToFloat16 } from '../../src/weights/quant/float16'

interface Case extends Required<Omit<ConvShape, 'inChannels' | 'outChannels'>> {
  readonly H: number
  readonly W: number
  readonly C: number
  readonly N: number
  readonly past: number
  readonly residual: boolean
}

const PLAIN: Case = {
  H: 5,
  W: 7,
  C: 8,
  N: 8,
  kernelT: 3,
  kernelHW: 3,
  past: 2,
  stride: 1,
  upsample: 1,
  residual: false,
  padding: 'around',
  activation: 'none',
}

const CASES: readonly Case[] = [
  ...[1, 3, 4, 5, 15, 16, 17].map((C) => ({ ...PLAIN, C })),
  ...[1, 3, 5, 15, 16, 17, 32, 33, 96, 128].map((N) => ({ ...PLAIN, N, residual: true })),
  ...[0, 1].map((past) => ({ ...PLAIN, past })),
  ...(
    [
      [1, 1],
      [8, 16],
      [9, 17],
      [7, 33],
      [16, 32],
      [17, 15],
    ] as const
  ).map(([H, W]) => ({ ...PLAIN, H, W })),
  ...(
    [
      [8, 16],
      [9, 17],
      [7, 33],
    ] as const
  ).map(([H, W]) => ({ ...PLAIN, H, W, N: 32, C: 5 })),
  ...([1, 2] as const).map((upsample) => ({ ...PLAIN, kernelT: 1 as const, past: 0, upsample, N: 4 })),
  ...[2, 3, 8, 17].map((H) => ({
    ...PLAIN,
    H,
    W: H + 1,
    kernelT: 1 as const,
    past: 0,
    stride: 2 as const,
    padding: 'after' as const,
  })),
  ...[2, 8, 18].map((H) => ({ ...PLAIN, H, W: H + 2, kernelT: 1 as const, past: 0, stride: 2 as const })),
  ...[0, 1].map((past) => ({ ...PLAIN, kernelT: 2 as const, past, N: 17, residual: true })),
  { ...PLAIN, kernelHW: 1, kernelT: 2, past: 1, C: 17 },
  ...(['relu', 'prelu'] as const).flatMap((activation) => [
    { ...PLAIN, activation, N: 19, residual: true },
    { ...PLAIN, activation, kernelT: 1 as const, past: 0, upsample: 2 as const, C: 12 },
  ]),
  ...[0, 1, 2].map((past) => ({ ...PLAIN, kernelHW: 1 as const, past, C: 17, N: 33, residual: true })),
  ...[15, 16, 40].map((C) => ({ ...PLAIN, kernelHW: 1 as const, kernelT: 1 as const, past: 0, C, N: 16 })),
  { ...PLAIN, kernelHW: 1, kernelT: 1, past: 0, C: 16, N: 128 },
  { ...PLAIN, C: 20, N: 24, H: 6, W: 18, past: 1, residual: true },
  // Shapes for matrix units.
  { ...PLAIN, C: 64, N: 96, H: 9, W: 18, residual: true },
  { ...PLAIN, C: 32, N: 192, past: 1, upsample: 2 },
  { ...PLAIN, C: 64, N: 96, kernelHW: 1, past: 1 },
  { ...PLAIN, C: 32, N: 96, H: 8, W: 8, kernelT: 1, past: 0, stride: 2, padding: 'after' },
  { ...PLAIN, C: 32, N: 96, kernelT: 2, past: 1, activation: 'relu', residual: true },
  ...(
    [
      [3, 5],
      [8, 9],
    ] as const
  ).map(([H, W]) => ({ ...PLAIN, H, W, kernelT: 1 as const, past: 0, upsample: 2 as const, C: 12 })),
]

const RUNS = await variantRuns('convolution')

describe.each(RUNS)('causal_conv3d in $variant on $name', ({ gpuCase, variant }) => {
  // These take channels in fours; others go to the tiles.
  it.each(CASES.filter(({ C }) => !['direct4', 'direct_strips'].includes(variant) || C % 4 === 0))(
    '$C → $N channels, kernel $kernelT×$kernelHW×$kernelHW, $past past frames of $H×$W, stride $stride, padding $padding, upsample $upsample, residual $residual, activation $activation',
    async (c) => {
      const ops = withVariants((await testGpu(gpuCase)).ops, { convolution: variant })
      const { H, W, C, N, kernelT, kernelHW, stride, padding, upsample, activation } = c
      const clip = Array.from({ length: c.past + 1 }, (_, i) =>
        uploadStorage(ops, randomFloats(H * W * C, i), [H, W, C], 'x'),
      )
      const weight = float16ToFloat32(float32ToFloat16(randomFloats(N * C * kernelT * kernelHW ** 2, 10)))
      const bias = randomFloats(activation === 'prelu' ? 2 * N : N, 11) // and slopes
      const [outH, outW] = [Math.floor((H * upsample) / stride), Math.floor((W * upsample) / stride)]
      const residual = c.residual
        ? uploadStorage(ops, randomFloats(outH * outW * N, 12), [outH, outW, N], 'residual')
        : undefined

      const conv = uploadConv(
        ops,
        weight,
        bias,
        { inChannels: C, outChannels: N, kernelT, kernelHW, stride, padding, upsample, activation },
        'conv',
      )
      const inputs = clip.map(({ tensor }) => tensor)
      const y = causalConv3d(ops, conv, inputs.slice(0, -1), inputs.at(-1)!, residual?.tensor, 'y')
      expect(y.shape).toEqual([outH, outW, N])
      const sums = reference(
        { ...c, frames: kernelT, kernel: kernelHW, pad: padding === 'around' ? (kernelHW - 1) / 2 : 0 },
        clip.map(({ values }) => values),
        weight,
        bias,
        residual?.values,
      )
      const expected =
        activation === 'none' ? sums : rectified(sums, activation === 'prelu' ? bias.subarray(N) : undefined)
      expect(relativeError(await ops.read(y), expected)).toBeLessThan(
        kernelTolerance(gpuCase.storage, variant),
      )
      ops.release(conv.weight, conv.bias, ...inputs, ...(residual ? [residual.tensor] : []), y)
    },
  )
})
