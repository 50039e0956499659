import { float32ToFloat16 } from '../../weights/quant/float16'
import { bandOf, windowBands } from '../bands'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { dim, expectShape, type Tensor } from '../tensor'
import { productsOf } from '../variants'

export const kernel = defineKernel({
  stem: 'causal_conv3d',
  bindings: ['x_oldest', 'x_previous', 'x_current', 'weight', 'bias', 'residual', 'y'],
  params: {
    in_height: 'u32',
    in_width: 'u32',
    in_channels: 'u32',
    out_height: 'u32',
    out_width: 'u32',
    out_channels: 'u32',
    frames: 'u32',
    first_frame: 'u32',
    kernel: 'u32',
    stride: 'u32',
    pad: 'u32',
    upsample: 'u32',
    adds: 'u32',
    first_row: 'u32',
    first_in_row: 'u32',
    weight_row: 'u32',
  },
})

/** Rows of pixels in a tile, and channels of an invocation. */
const TILE_ROWS = 8
const GROUP = 8
/** Output channels of a tile to its pixels across, as in `shared/conv_tile_*.wgsl`. */
const TILES = [
  { channels: 64, columns: 16 },
  { channels: 32, columns: 16 },
  { channels: 16, columns: 32 },
  { channels: 8, columns: 32 },
] as const
/** The tile on matrix units, and the channels of its step, as in `shared/conv_loop_matrix.wgsl`. */
const MATRIX = { channels: 96, columns: 16, chunk: 32 } as const
/** What is added to the sums beside the bias, as in the kernel; y already has the bias. */
const ADDS = { nothing: 0, residual: 1, y: 2 } as const
/** Channels of a step through the input, as in `shared/conv_window_*.wgsl`. */
const CHUNK = { 1: 16, 3: 4 } as const

export interface ConvShape {
  readonly inChannels: number
  readonly outChannels: number
  /** Frames that an output frame sees: itself and those before it. */
  readonly frames: 1 | 3
  /** Pixels of the square kernel. */
  readonly kernel: 1 | 3
  /** 1 pads a 3×3 kernel on all sides; 2 pads it at the right and bottom only. */
  readonly stride?: 1 | 2
  /** 2 doubles the input's height and width first, each pixel standing for 2×2. */
  readonly upsample?: 1 | 2
}

/** A convolution on the GPU. */
export interface ConvWeight {
  readonly shape: ConvShape
  /** f16 pairs, u32; see `packConvWeight`. */
  readonly weight: Tensor
  /** [outChannels] f32. */
  readonly bias: Tensor
}

/** The widest tile that wastes no group; but not the widest for few channels, nor a narrow one for 1×1, to have fewer pipelines to compile. */
function tileOf({ outChannels, kernel: size }: ConvShape): (typeof TILES)[number] {
  const groups = Math.ceil(outChannels / GROUP)
  const [wide, middle, narrow, narrowest] = TILES
  if (outChannels >= 2 * wide.channels && groups % (wide.channels / GROUP) === 0) return wide
  if (size === 1 || groups % (middle.channels / GROUP) === 0) return middle
  return groups % (narrow.channels / GROUP) === 0 ? narrow : narrowest
}

function windowOf({ kernel: size, stride }: ConvShape): 1 | 3 {
  return size === 3 && stride !== 2 ? 3 : 1
}

/** How a weight is laid out: [frame, tap outside the window, C, tap inside the window, N], C and N padded to whole chunks and tiles. */
function layoutOf(shape: ConvShape): {
  inside: number
  outside: number
  paddedC: number
  paddedN: number
  length: number
} {
  const window = windowOf(shape)
  const inside = window ** 2
  const outside = shape.kernel ** 2 / inside
  const paddedC = Math.ceil(shape.inChannels / CHUNK[window]) * CHUNK[window]
  const tile = tileOf(shape).channels
  const paddedN = Math.ceil(shape.outChannels / tile) * tile
  return { inside, outside, paddedC, paddedN, length: shape.frames * outside * paddedC * inside * paddedN }
}

/** PyTorch's [N, C, frames, k, k] in the order of the kernel's loops (`layoutOf`), as pairs of f16; padding is zeros. */
export function packConvWeight(values: Float32Array, shape: ConvShape): Uint32Array<ArrayBuffer> {
  const { inChannels: C, outChannels: N, frames, kernel: size } = shape
  const { inside, outside, paddedC, paddedN, length } = layoutOf(shape)
  const codes = float32ToFloat16(values)
  const packed = new Uint16Array(length)
  for (let n = 0, from = 0; n < N; n++) {
    for (let c = 0; c < C; c++) {
      for (let frame = 0; frame < frames; frame++) {
        for (let tap = 0; tap < size ** 2; tap++) {
          const row = ((frame * outside + Math.floor(tap / inside)) * paddedC + c) * inside + (tap % inside)
          packed[row * paddedN + n] = codes[from++]!
        }
      }
    }
  }
  return new Uint32Array(packed.buffer)
}

export function uploadConv(
  ops: Ops,
  values: Float32Array,
  bias: Float32Array<ArrayBuffer>,
  shape: ConvShape,
  label: string,
): ConvWeight {
  return {
    shape,
    weight: ops.upload(
      () => packConvWeight(values, shape),
      [layoutOf(shape).length / 2],
      'u32',
      `${label}.weight`,
    ),
    bias: ops.upload(bias, [bias.length], 'f32', `${label}.bias`),
  }
}

interface Cut {
  readonly grid: [number, number, number]
  readonly imports: Readonly<Record<string, string>>
  /** Whether a call adds one frame, and not all that the output sees. */
  readonly byFrame?: boolean
}

/** How rows of the output are cut into workgroups, and the files that do it. */
function cut({ variants }: Ops, shape: ConvShape, width: number, height: number): Cut {
  const window = windowOf(shape)
  const conv_window = `conv_window_${window}`
  const { convolution } = variants
  if (
    convolution === 'matrix' &&
    shape.inChannels % MATRIX.chunk === 0 &&
    shape.outChannels % MATRIX.channels === 0
  ) {
    return {
      grid: [
        shape.outChannels / MATRIX.channels,
        Math.ceil(width / MATRIX.columns),
        Math.ceil(height / TILE_ROWS),
      ],
      imports: { conv_window, conv_loop: 'conv_loop_matrix' },
    }
  }
  if (
    convolution === 'matrix' ||
    convolution === 'tile' ||
    convolution === 'tile_f16' ||
    shape.inChannels % 4 !== 0
  ) {
    const tile = tileOf(shape)
    const grid: [number, number, number] = [
      Math.ceil(shape.outChannels / tile.channels),
      Math.ceil(width / tile.columns),
      Math.ceil(height / TILE_ROWS),
    ]
    return {
      grid,
      imports: {
        conv_window,
        conv_loop: 'conv_loop_tile',
        conv_tile: `conv_tile_${tile.channels}`,
        products: productsOf(convolution),
      },
    }
  }
  const isStrips = convolution === 'strips' && window === 3
  const units = isStrips ? Math.ceil(width / 16) * Math.ceil(height / 4) : Math.ceil((width * height) / 16)
  const grid: [number, number, number] = [Math.ceil((Math.ceil(shape.outChannels / 16) * units) / 4), 1, 1]
  return {
    grid,
    imports: { conv_window, conv_loop: isStrips ? 'conv_loop_strips' : 'conv_loop_quads' },
    byFrame: isStrips,
  }
}

/**
 * One output frame [H', W', N] from the frame `current` [H, W, C] and up to two frames before it, the latest last;
 * frames that are not there count as zeros. `residual` [H', W', N] is added.
 */
export function causalConv3d(
  ops: Ops,
  { shape, weight, bias }: ConvWeight,
  past: readonly Tensor[],
  current: Tensor,
  residual: Tensor | undefined,
  label: string,
): Tensor {
  const { inChannels: C, outChannels: N, frames, kernel: size, stride = 1, upsample = 1 } = shape
  const [H, W] = [dim(current, 0), dim(current, 1)]
  for (const frame of [...past, current]) expectShape(frame, [H, W, C])
  if (past.length >= frames)
    throw new RangeError(`${label} sees ${frames} frames; it was given ${past.length + 1}.`)
  const [outH, outW] = [H, W].map((length) => Math.floor((length * upsample) / stride)) as [number, number]
  if (residual) expectShape(residual, [outH, outW, N])
  const { paddedN } = layoutOf(shape)
  const y = ops.create([outH, outW, N], ops.storage, label)
  const pad = stride === 1 ? (size - 1) / 2 : 0
  const window = { ratio: upsample / stride, above: pad, below: Math.ceil((size - 1) / 2) }
  for (const { input, output } of windowBands(ops.maxBindingBytes, current, y, window, TILE_ROWS)) {
    const { grid, imports, byFrame } = cut(ops, shape, outW, output.count)
    const first = frames - 1 - past.length
    const seen = [...past, current].map((frame) => bandOf(frame, input))
    const calls = byFrame ? seen.map((frame) => [frame]) : [seen]
    calls.forEach((xs, i) => {
      const x = xs.at(-1)!
      ops.run(kernel, {
        tensors: {
          x_oldest: xs.at(-3) ?? x,
          x_previous: xs.at(-2) ?? x,
          x_current: x,
          weight,
          bias,
          residual: residual ? bandOf(residual, output) : x,
          y: bandOf(y, output),
        },
        params: {
          in_height: H,
          in_width: W,
          in_channels: C,
          out_height: output.first + output.count,
          out_width: outW,
          out_channels: N,
          frames,
          first_frame: first + i,
          kernel: size,
          stride,
          pad,
          upsample: upsample - 1,
          adds: i > 0 ? ADDS.y : residual ? ADDS.residual : ADDS.nothing,
          first_row: output.first,
          first_in_row: input.first,
          weight_row: paddedN / 4,
        },
        grid,
        flops: 2 * xs.length * size ** 2 * C * N * output.count * outW,
        imports,
      })
    })
  }
  return y
}
