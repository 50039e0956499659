// Decodes in tiles on GPUs that cannot hold the causal state of whole frames. Everything up to the first group, whose
// attention sees every position, works on whole frames; from the second group on each tile passes through the whole
// clip by itself. Its halo is as wide as its convolutions reach, so that the kept part equals that of whole frames.
import { copyWindow, type Rectangle } from '../../gpu/kernels/copy_window'
import { latentsToFrame } from '../../gpu/kernels/latents_to_frame'
import type { Ops } from '../../gpu/ops'
import { dim } from '../../gpu/tensor'
import type { Frame } from '../blocks/causal-conv'
import { releaseTree } from '../blocks/tensor-tree'
import { decodeFrame, DECODER_START, type Crops, type DecoderState } from './decoder'
import type { Vae22Config } from './config'
import type { PassingDecoder } from './stream'
import type { DecoderWeights } from './weights'

/** The first group that processes tiles separately. */
const FIRST_TILED = 1
const SPACE = 2

/** Part of one axis: `first … first + count`. */
interface Span {
  readonly first: number
  readonly count: number
}

/** The numbers that determine the halos. */
interface Groups {
  readonly groups: readonly { readonly blocks: ArrayLike<unknown>; readonly resampler?: unknown }[]
}

/** Pixels around a tile that each group needs of its input frames, by `w.groups`; last, those that the head needs. */
function halos(w: Groups): number[] {
  const needed = [1] // the head's own convolution
  for (const { blocks, resampler } of [...w.groups].reverse()) {
    const below = resampler ? Math.ceil((needed[0]! + 1) / SPACE) : needed[0]!
    needed.unshift(2 * blocks.length + below)
  }
  return needed
}

/** Cuts `length` into `count` parts of equal length including their halos; outer edges have none. */
export function spans(length: number, count: number, halo: number): Span[] {
  const window = (length + 2 * halo * (count - 1)) / count
  const edge = (i: number): number =>
    i === 0 ? 0 : i === count ? length : Math.round(window - halo + (i - 1) * (window - 2 * halo))
  const parts = Array.from({ length: count }, (_, i) => ({ first: edge(i), count: edge(i + 1) - edge(i) }))
  if (parts.some((part) => part.count < 1))
    throw new RangeError(
      `${length} pixels cannot be cut into ${count} tiles with halos of ${halo}; choose fewer.`,
    )
  return parts
}

/** Extends `span` by `halo` on both sides, within the frame. */
function widened({ first, count }: Span, halo: number, length: number): Span {
  const start = Math.max(0, first - halo)
  return { first: start, count: Math.min(length, first + count + halo) - start }
}

const scaled = ({ first, count }: Span, by: number): Span => ({ first: first * by, count: count * by })

/**
 * Along one axis: the part that each group cuts out of the previous one's output, and last the part of the head's
 * result.
 */
function cuts(w: DecoderWeights, core: Span, length: number): (Span | undefined)[] {
  const reach = halos(w)
  const result: (Span | undefined)[] = Array.from({ length: FIRST_TILED }, () => undefined)
  let [held, own, whole]: [Span, Span, number] = [{ first: 0, count: length }, core, length]
  for (let at = FIRST_TILED; at <= w.groups.length; at++) {
    const wanted = at < w.groups.length ? widened(own, reach[at]!, whole) : own
    result.push({ first: wanted.first - held.first, count: wanted.count })
    const by = w.groups[at]?.resampler ? SPACE : 1
    ;[held, own, whole] = [scaled(wanted, by), scaled(own, by), whole * by]
  }
  return result
}

/** A tile: the parts cut out of its frames, and the position of its part of the video. */
export interface Tile {
  readonly crops: Crops
  readonly video: Rectangle
}

/** Cuts latents [C, T, h, w] into rows × columns tiles. */
export interface TileGrid {
  readonly rows: number
  readonly columns: number
}

export function tilesOf(
  w: DecoderWeights,
  { rows, columns }: TileGrid,
  latentHeight: number,
  latentWidth: number,
): Tile[] {
  const before = w.groups.slice(0, FIRST_TILED).filter(({ resampler }) => resampler).length
  const after = w.groups.slice(FIRST_TILED).filter(({ resampler }) => resampler).length
  const [height, width] = [latentHeight * SPACE ** before, latentWidth * SPACE ** before]
  const toVideo = SPACE ** after * w.patchSize
  const halo = halos(w)[FIRST_TILED]!
  const passes = rows * columns
  return spans(height, rows, halo).flatMap((down) =>
    spans(width, columns, halo).map((across): Tile => {
      const [vertical, horizontal] = [cuts(w, down, height), cuts(w, across, width)]
      return {
        crops: vertical.map((span, i) => {
          const other = horizontal[i]
          return span && other && passes > 1
            ? { top: span.first, left: other.first, height: span.count, width: other.count }
            : undefined
        }),
        video: {
          top: down.first * toVideo,
          left: across.first * toVideo,
          height: down.count * toVideo,
          width: across.count * toVideo,
        },
      }
    }),
  )
}

/** The grid of `count` tiles with the smallest halos. */
export function tileGrid(count: number, latentHeight: number, latentWidth: number): TileGrid {
  const cost = ({ rows, columns }: TileGrid): number =>
    (rows - 1) * latentWidth + (columns - 1) * latentHeight
  return Array.from({ length: count }, (_, i) => ({ rows: i + 1, columns: count / (i + 1) }))
    .filter(({ columns }) => Number.isInteger(columns))
    .reduce((best, grid) => (cost(grid) < cost(best) ? grid : best))
}

/** Possible numbers of tiles for latents of this size, ascending. */
export function tileCounts(
  { dimMult, numResBlocks }: Vae22Config,
  { height, width }: { readonly height: number; readonly width: number },
): number[] {
  const groups = dimMult.map((_, i) => ({
    blocks: { length: numResBlocks + 1 },
    ...(i < dimMult.length - 1 && { resampler: true }),
  }))
  const halo = halos({ groups })[FIRST_TILED]!
  const cuts = (length: number, parts: number): boolean =>
    parts <= 2 || length * SPACE ** FIRST_TILED >= parts + 2 * halo
  return [2, 4, 8, 16].filter((count) => {
    const { rows, columns } = tileGrid(count, height, width)
    return cuts(height, rows) && cuts(width, columns)
  })
}

/**
 * The state of a decoder in tiles: that of the current tile, and the video of each latent frame as far as tiles have
 * filled it.
 */
export interface TilesState {
  readonly decoder: DecoderState
  readonly video: readonly (readonly Frame[])[]
}

const START: TilesState = { decoder: DECODER_START, video: [] }

/**
 * Decodes in a number or a grid of tiles, with a pass through the whole clip for each. Every pass computes the first
 * group and everything before it again: a few hundredths of the work, and less memory than keeping the result.
 */
export function tiledDecoder(
  ops: Ops,
  w: DecoderWeights,
  tiles: number | TileGrid,
): PassingDecoder<TilesState> {
  const passes = typeof tiles === 'number' ? tiles : tiles.rows * tiles.columns
  const toVideo = SPACE ** w.groups.filter(({ resampler }) => resampler).length * w.patchSize
  return {
    start: START,
    passes,
    decode(latents, step, { decoder, video }) {
      const [T, h, width] = [dim(latents, 1), dim(latents, 2), dim(latents, 3)]
      const [pass, t] = [Math.floor(step / T), step % T]
      const grid = typeof tiles === 'number' ? tileGrid(tiles, h, width) : tiles
      const tile = tilesOf(w, grid, h, width)[pass]
      if (!tile)
        throw new RangeError(
          `${T} latent frames in ${passes} tiles are ${T * passes} steps; there is no step ${step}.`,
        )
      if (t === 0) releaseTree(ops, decoder)
      const z = latentsToFrame(ops, latents, w.statistics, t, 'vae.latents')
      const [parts, next] = decodeFrame(ops, w, z, t === 0 ? DECODER_START : decoder, tile.crops)
      const frames = parts.map((part, i) => {
        const whole = video[t]?.[i] ?? ops.create([h * toVideo, width * toVideo, 3], ops.storage, 'vae.video')
        copyWindow(ops, part, { ...tile.video, top: 0, left: 0 }, whole, tile.video)
        return whole
      })
      ops.release(...parts)
      const done = pass === passes - 1
      const after = [...video.slice(0, t), done ? [] : frames, ...video.slice(t + 1)]
      return [done ? frames : [], { decoder: next, video: after }]
    },
    release: () => releaseTree(ops, w),
  }
}
