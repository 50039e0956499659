// Rows of kernels that mostly move data: norms, sums, layouts. Compared with the copy rate.
import { channelRmsNorm } from '../../src/gpu/kernels/channel_rms_norm'
import { frameToI420 } from '../../src/gpu/kernels/frame_to_i420'
import { frameToLatents } from '../../src/gpu/kernels/frame_to_latents'
import { frameToRgba } from '../../src/gpu/kernels/frame_to_rgba'
import { latentsToFrame } from '../../src/gpu/kernels/latents_to_frame'
import { layerNorm } from '../../src/gpu/kernels/layer_norm_modulate'
import { linearCombination } from '../../src/gpu/kernels/linear_combination'
import { patchify } from '../../src/gpu/kernels/patchify'
import { rmsNorm } from '../../src/gpu/kernels/rms_norm'
import { rmsNormRope } from '../../src/gpu/kernels/rms_norm_rope'
import { silu } from '../../src/gpu/kernels/silu'
import { unpatchify } from '../../src/gpu/kernels/unpatchify'
import { channelRmsNorm as referenceChannelNorm } from '../../test/reference/channel_rms_norm'
import { frameToI420 as referenceToI420 } from '../../test/reference/frame_to_i420'
import { frameToLatents as referenceToLatents } from '../../test/reference/frame_to_latents'
import { frameToRgba as referenceToRgba } from '../../test/reference/frame_to_rgba'
import { latentsToFrame as referenceToFrame } from '../../test/reference/latents_to_frame'
import { layerNormModulate as referenceLayerNorm } from '../../test/reference/layer_norm_modulate'
import {
  patchify as referencePatchify,
  unpatchify as referenceUnpatchify,
} from '../../test/reference/patchify'
import {
  rmsNorm as referenceRmsNorm,
  rmsNormRope as referenceRmsNormRope,
} from '../../test/reference/rms_norm'
import { silu as referenceSilu } from '../../test/reference/linear'
import type { Row, Sized } from '../comparison'
import { random, random32, type Data } from '../data'
import type { Bench } from '../device'
import { node, refill, sized } from './work'

const EPS = 1e-6

const layerNormRow = (L: number, D: number): Sized =>
  sized(`${L}×${D}`, 2 * L * D, (bench) => {
    const { ops } = bench
    const [x, affine] = [random32(ops, [L, D], 1, 'x'), random32(ops, [2, D], 2, 'affine')]
    const [scale, shift] = [affine.values.subarray(0, D), affine.values.subarray(D)]
    return {
      inputs: [x, affine],
      call: () => layerNorm(ops, x.tensor, affine.tensor, EPS, 'y'),
      expected: () => referenceLayerNorm(x.values, scale, shift, 0, EPS),
      rival: {
        op: 'LayerNormalization',
        feeds: { x: { tensor: x.tensor }, m: { tensor: affine.tensor } },
        constants: [
          { name: 'row', values: [0] },
          { name: 'one', values: [1] },
          { name: 'flat', values: [D] },
        ],
        nodes: [
          node('Gather', ['m', 'row'], 'scale.row'),
          node('Gather', ['m', 'one'], 'shift.row'),
          node('Reshape', ['shift.row', 'flat'], 'shift'),
          node('Reshape', ['scale.row', 'flat'], 'scale'),
          node('LayerNormalization', ['x', 'scale', 'shift'], 'y', { axis: -1, epsilon: { float: EPS } }),
        ],
        shape: [L, D],
        dtype: 'f32',
      },
    }
  })

const rmsNormRow = (L: number, D: number): Sized =>
  sized(`${L}×${D}`, 2 * L * D, (bench) => {
    const { ops } = bench
    const [x, weight] = [random(ops, [L, D], 1, 'x'), random32(ops, [D], 2, 'weight')]
    return {
      inputs: [x, weight],
      call: () => (rmsNorm(ops, x.tensor, weight.tensor, EPS), x.tensor),
      keep: () => refill(bench, x),
      expected: () => referenceRmsNorm(x.values, weight.values, EPS),
    }
  })

/** Checks q; k takes as long. */
const rmsNormRopeRow = (L: number, D: number, d: number): Sized =>
  sized(`q and k ${L}×${D}, heads of ${d}`, 4 * L * D, (bench) => {
    const { ops } = bench
    const [q, k, weight, rotation] = [
      random(ops, [L, D], 1, 'q'),
      random(ops, [L, D], 4, 'k'),
      random32(ops, [D], 2, 'weight'),
      random32(ops, [L, d / 2, 2], 3, 'rotation'),
    ]
    const weights = { normQ: weight.tensor, normK: weight.tensor }
    return {
      inputs: [q, k, weight, rotation],
      call: () => (rmsNormRope(ops, q.tensor, k.tensor, weights, d, rotation.tensor, EPS), q.tensor),
      keep: () => refill(bench, q),
      expected: () => referenceRmsNormRope(q.values, weight.values, d, rotation.values, EPS),
    }
  })

const channelNorm = (H: number, W: number, C: number): Sized =>
  sized(`${H}×${W}×${C}`, 2 * H * W * C, (bench) => {
    const { ops } = bench
    const [x, gamma] = [random(ops, [H, W, C], 1, 'x'), random32(ops, [C], 2, 'gamma')]
    const own = random(ops, [C], 2, 'ort.gamma')
    return {
      inputs: [x, gamma, own],
      call: () => channelRmsNorm(ops, x.tensor, gamma.tensor, { silu: true }, 'y'),
      expected: () => referenceChannelNorm(x.values, gamma.values, true),
      rival: {
        op: 'RMSNorm, Sigmoid, Mul',
        feeds: { x: { tensor: x.tensor, shape: [H * W, C] }, gamma: { tensor: own.tensor } },
        nodes: [
          node('SimplifiedLayerNormalization', ['x', 'gamma'], 'n', {
            axis: -1,
            epsilon: { float: 1e-12 },
            stash_type: 1,
          }),
          node('Sigmoid', ['n'], 's'),
          node('Mul', ['n', 's'], 'y'),
        ],
        shape: [H * W, C],
      },
    }
  })

const siluRow = (count: number): Sized =>
  sized(`${count}`, 2 * count, (bench) => {
    const { ops } = bench
    const x = random32(ops, [1, count], 1, 'x')
    return {
      inputs: [x],
      call: () => silu(ops, x.tensor, 'y'),
      expected: () => Float64Array.from(x.values, referenceSilu),
      rival: {
        op: 'Sigmoid, Mul',
        feeds: { x: { tensor: x.tensor } },
        nodes: [node('Sigmoid', ['x'], 's'), node('Mul', ['x', 's'], 'y')],
        shape: [1, count],
        dtype: 'f32',
      },
    }
  })

const combination = (count: number): Sized =>
  sized(`3 of ${count}`, 4 * count, (bench) => {
    const { ops } = bench
    const inputs = [1, 2, 3].map((seed) => random32(ops, [count], seed, `x${seed}`))
    const [a, b, c] = inputs.map(({ values }) => values) as [Float32Array, Float32Array, Float32Array]
    return {
      inputs,
      call: () =>
        linearCombination(
          ops,
          inputs.map(({ tensor }, i) => ({ tensor, coefficient: i - 0.5 })),
          'y',
        ),
      expected: () => Float64Array.from(a, (value, i) => -0.5 * value + 0.5 * b[i]! + 1.5 * c[i]!),
    }
  })

type Latents = readonly [C: number, T: number, H: number, W: number]
const PATCH = [1, 2, 2] as const

const volume = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1)

const patchifyRow = ([C, T, H, W]: Latents): Sized =>
  sized([C, T, H, W].join('×'), 2 * volume([C, T, H, W]), (bench) => {
    const { ops } = bench
    const x = random32(ops, [C, T, H, W], 1, 'latents')
    const grid = [T, H / 2, W / 2] as const
    return {
      inputs: [x],
      call: () => patchify(ops, x.tensor, PATCH, 'tokens'),
      expected: () => referencePatchify(x.values, C, PATCH, grid),
    }
  })

const unpatchifyRow = ([C, T, H, W]: Latents): Sized =>
  sized([C, T, H, W].join('×'), 2 * volume([C, T, H, W]), (bench) => {
    const { ops } = bench
    const grid = [T, H / 2, W / 2] as const
    const x = random32(ops, [volume(grid), 4 * C], 1, 'tokens')
    return {
      inputs: [x],
      call: () => unpatchify(ops, x.tensor, C, PATCH, grid, 'velocity'),
      expected: () => referenceUnpatchify(x.values, C, PATCH, grid),
    }
  })

/** Mean and deviation of 16 channels. */
function statistics({ ops }: Bench, C: number): { mean: Data; std: Data } {
  const std = Float32Array.from({ length: C }, (_, c) => 1 + c / C)
  return {
    mean: random32(ops, [C], 5, 'mean'),
    std: { tensor: ops.upload(std, [C], 'f32', 'std'), values: std },
  }
}

const toFrame = ([C, T, H, W]: Latents): Sized =>
  sized(`${C}×${H}×${W} of ${T}`, 2 * C * H * W, (bench) => {
    const { ops } = bench
    const [x, { mean, std }] = [random32(ops, [C, T, H, W], 1, 'latents'), statistics(bench, C)]
    return {
      inputs: [x, mean, std],
      call: () => latentsToFrame(ops, x.tensor, { mean: mean.tensor, std: std.tensor }, T - 1, 'frame'),
      expected: () => referenceToFrame(x.values, std.values, mean.values, T, T - 1),
    }
  })

const toLatents = (C: number, H: number, W: number): Sized =>
  sized(`${H}×${W}×${C}`, 2 * C * H * W, (bench) => {
    const { ops } = bench
    const [x, { mean, std }] = [random(ops, [H, W, C], 1, 'frame'), statistics(bench, C)]
    const latents = random32(ops, [C, 1, H, W], 2, 'latents')
    return {
      inputs: [x, mean, std, latents],
      call: () => (
        frameToLatents(ops, x.tensor, { mean: mean.tensor, std: std.tensor }, latents.tensor, 0),
        latents.tensor
      ),
      keep: () => ops.write(latents.tensor, new Float32Array(C * H * W)),
      expected: () => referenceToLatents(x.values, H * W, mean.values, std.values),
    }
  })

const toRgba = (H: number, W: number): Sized =>
  sized(`${H}×${W}`, 4 * H * W, (bench) => {
    const { ops } = bench
    const x = random(ops, [H, W, 3], 1, 'frame')
    return {
      inputs: [x],
      call: () => frameToRgba(ops, x.tensor, 'rgba'),
      expected: () => referenceToRgba(x.values),
    }
  })

const toI420 = (H: number, W: number): Sized =>
  sized(`${H}×${W}`, 3.375 * H * W, (bench) => {
    const { ops } = bench
    const x = random(ops, [H, W, 3], 1, 'frame')
    return {
      inputs: [x],
      call: () => frameToI420(ops, x.tensor, 'i420'),
      expected: () => referenceToI420(x.values, H, W),
    }
  })

/** 480×272, 33 frames. */
const LATENTS: Latents = [16, 9, 34, 60]

export const ELEMENTWISE_ROWS: readonly Row[] = [
  { name: 'layer_norm_modulate', full: layerNormRow(4590, 1536), small: layerNormRow(256, 1536) },
  { name: 'rms_norm', full: rmsNormRow(4590, 1536), small: rmsNormRow(256, 1536) },
  { name: 'rms_norm_rope', full: rmsNormRopeRow(4590, 1536, 128), small: rmsNormRopeRow(256, 1536, 128) },
  { name: 'channel_rms_norm.384', full: channelNorm(34, 60, 384), small: channelNorm(34, 60, 384) },
  { name: 'channel_rms_norm.96', full: channelNorm(272, 480, 96), small: channelNorm(68, 60, 96) },
  { name: 'silu', full: siluRow(1536), small: siluRow(1536) },
  { name: 'linear_combination', full: combination(volume(LATENTS)), small: combination(volume(LATENTS)) },
  { name: 'patchify', full: patchifyRow(LATENTS), small: patchifyRow(LATENTS) },
  { name: 'unpatchify', full: unpatchifyRow(LATENTS), small: unpatchifyRow(LATENTS) },
  { name: 'latents_to_frame', full: toFrame(LATENTS), small: toFrame(LATENTS) },
  { name: 'frame_to_i420', full: toI420(272, 480), small: toI420(272, 480) },
  { name: 'frame_to_rgba', full: toRgba(272, 480), small: toRgba(272, 480) },
  { name: 'frame_to_latents', full: toLatents(16, 34, 60), small: toLatents(16, 34, 60) },
]
