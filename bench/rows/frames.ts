// Rows of kernels that move the pixels of frames and the frames of latents: Wan 2.2's VAE, tiny decoders, upscalers,
// held frames.
import { addTo } from '../../src/gpu/kernels/add'
import { cropFrame } from '../../src/gpu/kernels/copy_window'
import { depthwiseConv, uploadDepthwise } from '../../src/gpu/kernels/depthwise_conv'
import { downsampleShortcut } from '../../src/gpu/kernels/downsample_shortcut'
import { frameToPatches } from '../../src/gpu/kernels/frame_to_patches'
import { patchesToFrame } from '../../src/gpu/kernels/patches_to_frame'
import { pixelShuffle } from '../../src/gpu/kernels/pixel_shuffle'
import { pixelUnshuffle } from '../../src/gpu/kernels/pixel_unshuffle'
import { placeLatents } from '../../src/gpu/kernels/place_latents'
import { quantiseHeads } from '../../src/gpu/kernels/quantise_heads'
import { restoreHeads } from '../../src/gpu/kernels/restore_heads'
import { rope } from '../../src/gpu/kernels/rope'
import { softClamp } from '../../src/gpu/kernels/soft_clamp'
import { upsampleShortcut } from '../../src/gpu/kernels/upsample_shortcut'
import { copyWindow as referenceWindow } from '../../test/reference/copy_window'
import { depthwiseConv as referenceDepthwise } from '../../test/reference/depthwise_conv'
import { patchesOf } from '../../test/reference/patches'
import { pixelShuffle as referenceShuffle } from '../../test/reference/pixel_shuffle'
import { rope as referenceRope } from '../../test/reference/rms_norm'
import * as reference8 from '../../test/reference/quantise_heads'
import { averaged, duplicated } from '../../test/reference/shortcuts'
import { softClamp as referenceClamp } from '../../test/reference/soft_clamp'
import { frameOf } from '../../test/support/clips'
import { randomFloats } from '../../test/support/random'
import type { Row, Sized } from '../comparison'
import { random, random32 } from '../data'
import { refill, sized } from './work'

const addRow = (count: number): Sized =>
  sized(`${count}`, 3 * count, (bench) => {
    const { ops } = bench
    const [x, y] = [random(ops, [count], 1, 'x'), random(ops, [count], 2, 'y')]
    return {
      inputs: [x, y],
      call: () => (addTo(ops, y.tensor, x.tensor), y.tensor),
      keep: () => refill(bench, y),
      expected: () => Float64Array.from(y.values, (value, i) => value + x.values[i]!),
    }
  })

/** The middle half of a frame along either side. */
const windowRow = (H: number, W: number, C: number): Sized =>
  sized(`${H / 2}×${W / 2} of ${H}×${W}×${C}`, (H * W * C) / 2, ({ ops }) => {
    const x = random(ops, [H, W, C], 1, 'x')
    const window = { top: H / 4, left: W / 4, height: H / 2, width: W / 2 }
    return {
      inputs: [x],
      call: () => cropFrame(ops, x.tensor, window, 'y'),
      expected: () => {
        const data: number[] = []
        const from = { data: x.values, width: W, top: window.top, left: window.left }
        referenceWindow(from, { data, width: W / 2, top: 0, left: 0 }, H / 2, W / 2, C)
        return data
      },
    }
  })

const depthwiseRow = (H: number, W: number, C: number): Sized =>
  sized(`3×3 over two of ${H}×${W}×${C}`, 4 * H * W * C, ({ ops }) => {
    const [now, before] = [random(ops, [H, W, C], 1, 'now'), random(ops, [H, W, C], 2, 'before')]
    const values = randomFloats(18 * C, 3)
    const tensor = uploadDepthwise(ops, values, 2 * C, 'weight')
    return {
      inputs: [now, before, { tensor, values }],
      call: () => depthwiseConv(ops, tensor, now.tensor, before.tensor, 'y'),
      expected: () => referenceDepthwise([H, W, C], 3, now.values, before.values, values),
    }
  })

/** Pixels [H, W, C] as the reference's clip [C, 1, H, W]. */
function clipOf(values: Float32Array, [H, W, C]: readonly [number, number, number]) {
  const data = Float32Array.from(values, (_, i) => values[(i % (H * W)) * C + Math.floor(i / (H * W))]!)
  return { C, T: 1, H, W, data }
}

const downRow = (H: number, W: number, C: number): Sized =>
  sized(`${H}×${W}×${C} to half`, 1.5 * H * W * C, ({ ops }) => {
    const x = random(ops, [H, W, C], 1, 'x')
    return {
      inputs: [x],
      call: () => downsampleShortcut(ops, x.tensor, 2 * C, { time: 1, space: 2, i: 0 }, 'y'),
      expected: () => frameOf(averaged(clipOf(x.values, [H, W, C]), 2 * C, 1, 2), 0),
    }
  })

const upRow = (H: number, W: number, C: number): Sized =>
  sized(`${H}×${W}×${C} to double`, 5 * H * W * C, (bench) => {
    const { ops } = bench
    const [x, y] = [random(ops, [H, W, C], 1, 'x'), random(ops, [2 * H, 2 * W, C / 2], 2, 'y')]
    return {
      inputs: [x, y],
      call: () => (upsampleShortcut(ops, x.tensor, y.tensor, { time: 1, space: 2, i: 0 }), y.tensor),
      keep: () => refill(bench, y),
      expected: () => {
        const added = frameOf(duplicated(clipOf(x.values, [H, W, C]), C / 2, 1, 2), 0)
        return Float64Array.from(y.values, (value, i) => value + added[i]!)
      },
    }
  })

const toPatches = (H: number, W: number): Sized =>
  sized(`${H}×${W}`, 6 * H * W, ({ ops }) => {
    const x = random(ops, [H, W, 3], 1, 'frame')
    return {
      inputs: [x],
      call: () => frameToPatches(ops, x.tensor, 2, 'patches'),
      expected: () => patchesOf(x.values, H, W, 3, 2),
    }
  })

const fromPatches = (H: number, W: number): Sized =>
  sized(`${H}×${W}`, 6 * H * W, ({ ops }) => {
    const frame = randomFloats(3 * H * W, 1)
    const x = random(ops, [H / 2, W / 2, 12], 1, 'patches')
    const places = patchesOf(
      Float64Array.from(frame, (_, i) => i),
      H,
      W,
      3,
      2,
    )
    return {
      inputs: [x],
      call: () => patchesToFrame(ops, x.tensor, 2, 'frame'),
      expected: () => {
        const y = new Float64Array(frame.length)
        for (const [i, at] of places.entries()) y[at] = x.values[i]!
        return y
      },
    }
  })

const shuffleRow = (H: number, W: number, factor: number): Sized =>
  sized(`${H}×${W} by ${factor}`, 6 * H * W * factor ** 2, ({ ops }) => {
    const x = random(ops, [H, W, 3 * factor ** 2], 1, 'x')
    return {
      inputs: [x],
      call: () => pixelShuffle(ops, x.tensor, factor, 'y'),
      expected: () => referenceShuffle(x.values, [H, W, 3], factor),
    }
  })

const unshuffleRow = (H: number, W: number, factor: number): Sized =>
  sized(`${H}×${W} by ${factor}`, 6 * H * W, ({ ops }) => {
    const x = random(ops, [H, W, 3], 1, 'x')
    return {
      inputs: [x],
      call: () => pixelUnshuffle(ops, x.tensor, factor, { scale: 1, offset: 0 }, 'y'),
      expected: () => {
        const small = [H / factor, W / factor, 3] as const
        const places = referenceShuffle(
          Float64Array.from(x.values, (_, i) => i),
          small,
          factor,
        )
        const y = new Float64Array(x.values.length)
        for (const [i, at] of places.entries()) y[at] = x.values[i]!
        return y
      },
    }
  })

/** The first of T latent frames. */
const placeRow = (C: number, T: number, H: number, W: number): Sized =>
  sized(`1 of ${C}×${T}×${H}×${W}`, 2 * C * H * W, (bench) => {
    const { ops } = bench
    const [x, y] = [random32(ops, [C, 1, H, W], 1, 'x'), random32(ops, [C, T, H, W], 2, 'y')]
    return {
      inputs: [x, y],
      call: () => (placeLatents(ops, x.tensor, y.tensor), y.tensor),
      keep: () => ops.write(y.tensor, Float32Array.from(y.values)),
      expected: () =>
        Float64Array.from(y.values, (value, i) => {
          const [c, p] = [Math.floor(i / (T * H * W)), i % (T * H * W)]
          return p < H * W ? x.values[c * H * W + p]! : value
        }),
    }
  })

const ropeRow = (L: number, D: number, d: number): Sized =>
  sized(`${L}×${D}, heads of ${d}`, 2 * L * D, ({ ops }) => {
    const [x, rotation] = [random(ops, [L, D], 1, 'x'), random32(ops, [L, d / 2, 2], 3, 'rotation')]
    return {
      inputs: [x, rotation],
      call: () => rope(ops, x.tensor, d, rotation.tensor, 'y'),
      expected: () => referenceRope(x.values, D, d, rotation.values),
    }
  })

/** To int8 and back, or only back. */
const headsRow = (L: number, D: number, N: number, isBackOnly = false): Sized =>
  sized(`${L}×${D}, ${N} heads`, (isBackOnly ? 1.5 : 3) * L * D, ({ ops }) => {
    const x = random(ops, [L, D], 1, 'x')
    const cached = {
      codes: ops.create([L, D / 4], 'u32', 'codes'),
      scales: ops.create([L, N], 'f32', 'scales'),
    }
    const write = (): void => quantiseHeads(ops, x.tensor, cached, { from: 0, to: 0, count: L })
    write()
    return {
      inputs: [x],
      call: () => {
        if (!isBackOnly) write()
        return restoreHeads(ops, cached, L, 'y')
      },
      expected: () => reference8.restoreHeads(reference8.quantiseHeads(x.values, D / N), D / N),
    }
  })

const clampRow = (H: number, W: number, C: number): Sized =>
  sized(`${H}×${W}×${C}`, 2 * H * W * C, ({ ops }) => {
    const x = random(ops, [H, W, C], 1, 'x')
    return {
      inputs: [x],
      call: () => softClamp(ops, x.tensor, 3, 'y'),
      expected: () => referenceClamp(x.values, 3),
    }
  })

export const FRAME_ROWS: readonly Row[] = [
  { name: 'add', full: addRow(4590 * 1536), small: addRow(256 * 1536) },
  { name: 'copy_window', full: windowRow(240, 416, 256), small: windowRow(60, 104, 64) },
  { name: 'depthwise_conv', full: depthwiseRow(136, 240, 64), small: depthwiseRow(34, 60, 64) },
  { name: 'downsample_shortcut', full: downRow(240, 416, 160), small: downRow(60, 104, 32) },
  { name: 'upsample_shortcut', full: upRow(120, 208, 512), small: upRow(30, 52, 64) },
  { name: 'frame_to_patches', full: toPatches(480, 832), small: toPatches(120, 208) },
  { name: 'patches_to_frame', full: fromPatches(480, 832), small: fromPatches(120, 208) },
  { name: 'pixel_shuffle', full: shuffleRow(272, 480, 4), small: shuffleRow(68, 120, 4) },
  { name: 'pixel_unshuffle', full: unshuffleRow(480, 832, 2), small: unshuffleRow(120, 208, 2) },
  { name: 'place_latents', full: placeRow(48, 21, 30, 52), small: placeRow(48, 3, 30, 52) },
  { name: 'quantise_heads', full: headsRow(4590, 1536, 12), small: headsRow(256, 1536, 12) },
  { name: 'restore_heads', full: headsRow(4590, 1536, 12, true), small: headsRow(256, 1536, 12, true) },
  { name: 'rope', full: ropeRow(4590, 1536, 128), small: ropeRow(256, 1536, 128) },
  { name: 'soft_clamp', full: clampRow(34, 60, 16), small: clampRow(34, 60, 16) },
]
