import { float32ToFloat16 } from '../../weights/quant/float16'
import { bandOf, windowBands } from '../bands'
import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { dim, expectShape, type Tensor } from '../tensor'
import { CONVOLUTION, CONVOLUTION_TILES, fittingRow } from '../variant-table'

export const kernel = defineKernel({
  stem: 'causal_conv3d',
  family: 'convolution',
  bindings: ['x_oldest', 'x_previous', 'x_current', 'weight', 'bias', 'residual', 'y'],
  params: {
    in_height: 'u32',
    in_width: 'u32',
    in_channels: 'u32',
    out_height: 'u32',
    out_width: 'u32',
    out_channels: 'u32',
    kernel_t: 'u32',
    first_frame: 'u32',
    kernel_hw: 'u32',
    stride: 'u32',
    pad: 'u32',
    upsample: 'u32',
    adds: 'u32',
    activation: 'u32',
    first_row: 'u32',
    first_in_row: 'u32',
    weight_row: 'u32',
  },
})

/** Bands of a frame begin at multiples of this: the rows of pixels of a tile. */
const BAND_ROWS = 8
/** Output channels of an invocation. */
const GROUP = 8
/** The term added to the sums after the bias, as in the kernel; y already contains the bias. */
const ADDS = { nothing: 0, residual: 1, y: 2 } as const
/** What follows the sums, as in the kernel. */
const ACTIVATION = { none: 0, relu: 1, prelu: 2 } as const
/**
 * Channels of a step through the input, by the window: all 3 × 3 taps of a few channels at once, or one tap of more.
 */
const CHUNK = { 1: 16, 3: 4 } as const

export interface ConvShape {
  readonly inChannels: number
  readonly outChannels: number
  /** Frames that an output frame depends on: itself and those before it. */
  readonly kernelT: 1 | 2 | 3
  /** Pixels of the square kernel, a side. */
  readonly kernelHW: 1 | 3
  readonly stride?: 1 | 2
  /**
   * Where zeros surround the frame for a 3×3 kernel: on all sides, as at stride 1, or at the right and bottom only,
   * as at stride 2.
   */
  readonly padding?: 'around' | 'after'
  /** 2 first doubles the input's height and width by repeating pixels. */
  readonly upsample?: 1 | 2
  /** What follows bias and residual: max(y, 0), or below zero y times a slope for each channel. */
  readonly activation?: 'none' | 'relu' | 'prelu'
}

/** A convolution on the GPU. */
export interface ConvWeight {
  readonly shape: ConvShape
  /** f16 pairs, u32; see `packConvWeight`. */
  readonly weight: Tensor
  /** [outChannels] f32; behind it as many slopes, where the activation is PReLU. */
  readonly bias: Tensor
}

/**
 * Chooses the widest tile that wastes no workgroup, except the widest for few channels and narrow ones for 1×1, to
 * compile fewer pipelines.
 */
function tileOf({ outChannels, kernelHW }: ConvShape): (typeof CONVOLUTION_TILES)[number] {
  const groups = Math.ceil(outChannels / GROUP)
  const [wide, middle, narrow, narrowest] = CONVOLUTION_TILES
  if (outChannels >= 2 * wide.CHANNELS && groups % (wide.CHANNELS / GROUP) === 0) return wide
  if (kernelHW === 1 || groups % (middle.CHANNELS / GROUP) === 0) return middle
  return groups % (narrow.CHANNELS / GROUP) === 0 ? narrow : narrowest
}

function windowOf({ kernelHW, stride }: ConvShape): 1 | 3 {
  return kernelHW === 3 && stride !== 2 ? 3 : 1
}

/**
 * The layout of a weight: [frame, tap outside the window, C, tap inside the window, N], with C and N padded to whole
 * chunks and tiles.
 */
function layoutOf(shape: ConvShape): {
  inside: number
  outside: number
  paddedC: number
  paddedN: number
  length: number
} {
  const window = windowOf(shape)
  const inside = window ** 2
  const outside = shape.kernelHW ** 2 / inside
  const paddedC = Math.ceil(shape.inChannels / CHUNK[window]) * CHUNK[window]
  const tile = tileOf(shape).CHANNELS
  const paddedN = Math.ceil(shape.outChannels / tile) * tile
  return { inside, outside, paddedC, paddedN, length: shape.kernelT * outside * paddedC * inside * paddedN }
}

/**
 * PyTorch's [N, C, kernelT, kernelHW, kernelHW] in the order of the kernel's loops (`layoutOf`), as pairs of f16;
 * padding is zeros.
 */
function packConvWeight(values: Float32Array, shape: ConvShape): Uint32Array<ArrayBuffer> {
  const { inChannels: C, outChannels: N, kernelT, kernelHW } = shape
  const { inside, outside, paddedC, paddedN, length } = layoutOf(shape)
  const codes = float32ToFloat16(values)
  const packed = new Uint16Array(length)
  for (let n = 0, from = 0; n < N; n++) {
    for (let c = 0; c < C; c++) {
      for (let frame = 0; frame < kernelT; frame++) {
        for (let tap = 0; tap < kernelHW ** 2; tap++) {
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
  const numbers = shape.outChannels * (shape.activation === 'prelu' ? 2 : 1)
  if (bias.length !== numbers)
    throw new RangeError(`The bias of ${label} has ${bias.length} numbers; needed ${numbers}.`)
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
  readonly grid: readonly [number, number, number]
  readonly slots: Readonly<Record<string, string>>
  readonly given: Readonly<Record<string, number>>
  /** Whether a call adds one frame instead of all that the output depends on. */
  readonly byFrame: boolean
}

/** How rows of the output are cut into workgroups, and the shader's files and numbers. */
function cut({ variants }: Ops, shape: ConvShape, width: number, height: number): Cut {
  const { inChannels, outChannels } = shape
  const window = windowOf(shape)
  const row = fittingRow(CONVOLUTION, variants.convolution, { inChannels, outChannels, window })
  const given = { WINDOW: window, CHUNK: CHUNK[window] }
  if (row.name === 'direct4' || row.name === 'direct_strips') {
    const { sizes, slots } = row
    const units =
      'PIXELS' in sizes
        ? Math.ceil((width * height) / sizes.PIXELS)
        : Math.ceil(width / sizes.COLUMNS) * Math.ceil(height / sizes.ROWS)
    const perGroup = sizes.INVOCATIONS / 4 // four lanes a unit
    return {
      grid: [Math.ceil((Math.ceil(outChannels / sizes.CHANNELS) * units) / perGroup), 1, 1],
      slots,
      given: { ...given, ...sizes },
      byFrame: row.name === 'direct_strips',
    }
  }
  const tile = { ...tileOf(shape), ...row.sizes }
  return {
    grid: [
      Math.ceil(outChannels / tile.CHANNELS),
      Math.ceil(width / tile.COLUMNS),
      Math.ceil(height / tile.ROWS),
    ],
    slots: row.slots,
    given: { ...given, ...tile },
    byFrame: false,
  }
}

/**
 * One output frame [H', W', N] from the frame `current` [H, W, C] and up to two frames before it, the latest last;
 * missing frames count as zeros. `residual` [H', W', N] is added.
 */
export function causalConv3d(
  ops: Ops,
  { shape, weight, bias }: ConvWeight,
  past: readonly Tensor[],
  current: Tensor,
  residual: Tensor | undefined,
  label: string,
): Tensor {
  const { inChannels: C, outChannels: N, kernelT, kernelHW, stride = 1, upsample = 1 } = shape
  const { padding = stride === 1 ? 'around' : 'after', activation = 'none' } = shape
  const [H, W] = [dim(current, 0), dim(current, 1)]
  for (const frame of [...past, current]) expectShape(frame, [H, W, C])
  if (past.length >= kernelT)
    throw new RangeError(`${label} sees ${kernelT} frames; it was given ${past.length + 1}.`)
  const [outH, outW] = [H, W].map((length) => Math.floor((length * upsample) / stride)) as [number, number]
  if (residual) expectShape(residual, [outH, outW, N])
  const { paddedN } = layoutOf(shape)
  const y = ops.create([outH, outW, N], ops.storage, label)
  const pad = padding === 'around' ? (kernelHW - 1) / 2 : 0
  const window = { ratio: upsample / stride, above: pad, below: Math.ceil((kernelHW - 1) / 2) }
  for (const { input, output } of windowBands(ops.maxBindingBytes, current, y, window, BAND_ROWS)) {
    const { byFrame, ...tiles } = cut(ops, shape, outW, output.count)
    const first = kernelT - 1 - past.length
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
          kernel_t: kernelT,
          first_frame: first + i,
          kernel_hw: kernelHW,
          stride,
          pad,
          upsample: upsample - 1,
          adds: i > 0 ? ADDS.y : residual ? ADDS.residual : ADDS.nothing,
          activation: i + 1 < calls.length ? ACTIVATION.none : ACTIVATION[activation],
          first_row: output.first,
          first_in_row: input.first,
          weight_row: paddedN / 4,
        },
        ...tiles,
        flops: 2 * xs.length * kernelHW ** 2 * C * N * output.count * outW,
      })
    })
  }
  return y
}
