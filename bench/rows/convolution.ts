import { causalConv3d, uploadConv, type ConvShape } from '../../src/gpu/kernels/causal_conv3d'
import type { GraphNode } from '../../src/models/umt5/onnx-model'
import { float16ToFloat32, float32ToFloat16 } from '../../src/weights/quant/float16'
import { causalConv3d as reference } from '../../test/reference/causal_conv3d'
import { relativeError } from '../../test/support/error'
import { randomFloats } from '../../test/support/random'
import type { Match, Rival, Row, Sized } from '../comparison'
import { random, type Data } from '../data'
import type { Bench } from '../device'
import { floatWeight, ortRival } from '../ort'
import { ours } from '../ours'
import { sampledRows } from '../statistics'
import { transposed, transposeInto } from '../transpose'

interface Conv extends ConvShape {
  /** Size of the input frame. */
  readonly H: number
  readonly W: number
}

/** Side of the corner that is compared with f64, and the number of its channels. */
const CORNER = 5
const CHECKED_CHANNELS = 64

/** Frames [H, W, C] as onnxruntime's [C, frames, H, W]. */
function channelsFirst(frames: readonly Data[], { H, W, inChannels: C }: Conv): Float32Array<ArrayBuffer> {
  const pixels = H * W
  const out = new Float32Array(C * frames.length * pixels)
  frames.forEach(({ values }, t) => transposeInto(out, t * pixels, frames.length * pixels, values, pixels, C))
  return out
}

function channelsLast(y: Float32Array, N: number): Float32Array {
  return transposed(y, N, y.length / N)
}

/**
 * Conv3D over the three frames, and Conv2D over them as three times the channels: the same sums, with im2col in time
 * done beforehand.
 */
function rivals(bench: Bench, clip: Data['tensor'], weight: Float32Array<ArrayBuffer>, conv: Conv): Rival[] {
  const { H, W, inChannels: C, outChannels: N, kernelT: frames, kernelHW: size, upsample = 1 } = conv
  const pad = (size - 1) / 2
  const resized = [H * upsample, W * upsample]
  const shape2 = [1, N, ...resized]
  const resize: GraphNode[] =
    upsample === 1
      ? []
      : [
          {
            op: 'Resize',
            inputs: ['x', '', '', 'size'],
            output: 'large',
            attributes: {
              mode: 'nearest',
              coordinate_transformation_mode: 'asymmetric',
              nearest_mode: 'floor',
            },
          },
        ]
  const input = upsample === 1 ? 'x' : 'large'
  const flat = ortRival(bench, {
    op: frames === 3 ? 'Conv2D of 3C' : upsample === 2 ? 'Resize+Conv2D' : 'Conv2D',
    feeds: { x: { tensor: clip, shape: [1, C * frames, H, W] } },
    ...(upsample === 2 && { constants: [{ name: 'size', values: [1, C, ...resized] }] }),
    weights: () => [floatWeight('w', weight, [N, C * frames, size, size], bench.ops.storage)],
    nodes: [
      ...resize,
      {
        op: 'Conv',
        inputs: [input, 'w'],
        output: 'y',
        attributes: { kernel_shape: [size, size], pads: [pad, pad, pad, pad] },
      },
    ],
    shape: shape2,
    arrange: (y) => channelsLast(y, N),
  })
  if (frames === 1) return [flat]
  const cubic = ortRival(bench, {
    op: 'Conv3D',
    feeds: { x: { tensor: clip, shape: [1, C, frames, H, W] } },
    weights: () => [floatWeight('w', weight, [N, C, frames, size, size], bench.ops.storage)],
    nodes: [
      {
        op: 'Conv',
        inputs: ['x', 'w'],
        output: 'y',
        attributes: { kernel_shape: [frames, size, size], pads: [0, pad, pad, 0, pad, pad] },
      },
    ],
    shape: [1, N, 1, ...resized],
    arrange: (y) => channelsLast(y, N),
  })
  return [flat, cubic]
}

/** Compares some channels of the pixels in the upper left corner with f64. */
function checkCorner(
  frames: readonly Data[],
  weight: Float32Array,
  conv: Conv,
): (y: ArrayLike<number>) => number {
  const { H, W, inChannels: C, outChannels: N, kernelT: count, kernelHW: kernel, upsample = 1 } = conv
  const [h, w] = [Math.min(H, CORNER), Math.min(W, CORNER)]
  const cropped = frames.map(({ values }) =>
    Float32Array.from(
      { length: h * w * C },
      (_, i) => values[(Math.floor(i / C / w) * W + (Math.floor(i / C) % w)) * C + (i % C)]!,
    ),
  )
  const channels = sampledRows(N, CHECKED_CHANNELS)
  const each = weight.length / N
  const picked = new Float32Array(channels.length * each)
  channels.forEach((n, i) => picked.set(weight.subarray(n * each, (n + 1) * each), i * each))
  const expected = reference(
    { H: h, W: w, C, N: channels.length, frames: count, kernel, stride: 1, upsample },
    cropped,
    picked,
    new Float32Array(channels.length),
  )
  // Where the corner is cut from a larger frame, its last row and column lack their neighbours.
  const [rows, cols] = [
    h === H ? h * upsample : (h - 1) * upsample,
    w === W ? w * upsample : (w - 1) * upsample,
  ]
  const pixels = Array.from({ length: rows * cols }, (_, i) => [Math.floor(i / cols), i % cols] as const)
  const wanted = pixels.flatMap(([y, x]) =>
    channels.map((_, i) => expected[(y * w * upsample + x) * channels.length + i]!),
  )
  return (y) =>
    relativeError(
      pixels.flatMap(([row, col]) => channels.map((n) => y[(row * W * upsample + col) * N + n]!)),
      wanted,
    )
}

function sized(conv: Conv): Sized {
  const { H, W, inChannels: C, outChannels: N, kernelT: frames, kernelHW: size, upsample = 1 } = conv
  const pixels = H * W * upsample ** 2
  return {
    shape: `${H}×${W}, ${C}→${N}, ${frames}×${size}×${size}${upsample === 2 ? ' ×2' : ''}`,
    cost: {
      flops: 2 * frames * size ** 2 * C * N * pixels,
      bytes: 4 * (frames * H * W * C + pixels * N) + 2 * frames * size ** 2 * C * N,
      bound: 'fma',
    },
    prepare(bench): Match {
      const { ops } = bench
      const clip = Array.from({ length: frames }, (_, i) => random(ops, [H, W, C], i + 1, `x${i}`))
      const weight = float16ToFloat32(
        float32ToFloat16(randomFloats(N * C * frames * size ** 2, 10).map((value) => value / Math.sqrt(C))),
      )
      const w = uploadConv(ops, weight, new Float32Array(N), conv, 'conv')
      const [first, tensors] = [channelsFirst(clip, conv), clip.map(({ tensor }) => tensor)]
      const x =
        ops.storage === 'f16'
          ? ops.upload(float32ToFloat16(first), [first.length], 'f16', 'ort.x')
          : ops.upload(first, [first.length], 'f32', 'ort.x')
      return {
        ours: ours(ops, () => causalConv3d(ops, w, tensors.slice(0, -1), tensors.at(-1)!, undefined, 'y')),
        rivals: rivals(bench, x, weight, conv),
        check: checkCorner(clip, weight, conv),
        release: () => ops.release(...tensors, x, w.weight, w.bias),
      }
    },
  }
}

const cube = (C: number, N = C) => ({ inChannels: C, outChannels: N, kernelT: 3, kernelHW: 3 }) as const

/** The decoder's frames of 480×272. */
export const CONVOLUTION_ROWS: readonly Row[] = [
  {
    name: 'causal_conv3d.384',
    full: sized({ H: 34, W: 60, ...cube(384) }),
    small: sized({ H: 8, W: 16, ...cube(384) }),
  },
  {
    name: 'causal_conv3d.192',
    full: sized({ H: 136, W: 240, ...cube(192) }),
    small: sized({ H: 16, W: 32, ...cube(192) }),
  },
  {
    name: 'causal_conv3d.96',
    full: sized({ H: 272, W: 480, ...cube(96) }),
    small: sized({ H: 32, W: 48, ...cube(96) }),
  },
  {
    name: 'causal_conv3d.head',
    full: sized({ H: 272, W: 480, ...cube(96, 3) }),
    small: sized({ H: 64, W: 96, ...cube(96, 3) }),
  },
  {
    name: 'causal_conv3d.time',
    full: sized({ H: 34, W: 60, inChannels: 384, outChannels: 384, kernelT: 3, kernelHW: 1 }),
    small: sized({ H: 16, W: 32, inChannels: 384, outChannels: 384, kernelT: 3, kernelHW: 1 }),
  },
  {
    name: 'causal_conv3d.upsample',
    full: sized({ H: 68, W: 120, inChannels: 384, outChannels: 192, kernelT: 1, kernelHW: 3, upsample: 2 }),
    small: sized({ H: 8, W: 12, inChannels: 384, outChannels: 192, kernelT: 1, kernelHW: 3, upsample: 2 }),
  },
  {
    name: 'causal_conv3d.pointwise',
    full: sized({ H: 34, W: 60, inChannels: 384, outChannels: 384, kernelT: 1, kernelHW: 1 }),
    small: sized({ H: 34, W: 30, inChannels: 384, outChannels: 384, kernelT: 1, kernelHW: 1 }),
  },
  // Wan 2.2's decoder at 832×480: its patches are half as many each way, its channels more.
  {
    name: 'causal_conv3d.2.2.1024',
    full: sized({ H: 30, W: 52, ...cube(1024) }),
    small: sized({ H: 4, W: 8, ...cube(1024) }),
  },
  {
    name: 'causal_conv3d.2.2.512',
    full: sized({ H: 120, W: 208, ...cube(512) }),
    small: sized({ H: 8, W: 12, ...cube(512) }),
  },
  {
    name: 'causal_conv3d.2.2.256',
    full: sized({ H: 240, W: 416, ...cube(256) }),
    small: sized({ H: 16, W: 24, ...cube(256) }),
  },
  {
    name: 'causal_conv3d.2.2.head',
    full: sized({ H: 240, W: 416, ...cube(256, 12) }),
    small: sized({ H: 32, W: 48, ...cube(256, 12) }),
  },
  {
    name: 'causal_conv3d.2.2.time',
    full: sized({ H: 60, W: 104, inChannels: 1024, outChannels: 1024, kernelT: 3, kernelHW: 1 }),
    small: sized({ H: 8, W: 16, inChannels: 1024, outChannels: 1024, kernelT: 3, kernelHW: 1 }),
  },
  {
    name: 'causal_conv3d.2.2.upsample',
    full: sized({ H: 60, W: 104, inChannels: 1024, outChannels: 1024, kernelT: 1, kernelHW: 3, upsample: 2 }),
    small: sized({ H: 4, W: 6, inChannels: 1024, outChannels: 1024, kernelT: 1, kernelHW: 3, upsample: 2 }),
  },
  {
    name: 'causal_conv3d.2.2.encoder',
    full: sized({ H: 240, W: 416, ...cube(160) }),
    small: sized({ H: 24, W: 32, ...cube(160) }),
  },
  {
    name: 'causal_conv3d.mini',
    full: sized({ H: 64, W: 64, ...cube(16) }),
    small: sized({ H: 64, W: 64, ...cube(16) }),
  },
]
