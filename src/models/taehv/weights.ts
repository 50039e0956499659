import { uploadConv, type ConvShape, type ConvWeight } from '../../gpu/kernels/causal_conv3d'
import { uploadDepthwise, type DepthwiseWeight } from '../../gpu/kernels/depthwise_conv'
import type { LatentStatistics } from '../../gpu/kernels/latents_to_frame'
import type { WeightLoader } from '../blocks/weight-loader'
import type { LatentScale } from '../family'
import { BLOCKS, LAYERS, type TaehvConfig } from './config'

/** Three 3×3 convolutions; the first also reads the frame before. */
export interface PlainMemory {
  readonly kind: 'plain'
  readonly convs: readonly [ConvWeight, ConvWeight, ConvWeight]
}

/** A filter for each channel of this frame and of the one before, then two 1×1 convolutions. */
export interface DepthwiseMemory {
  readonly kind: 'depthwise'
  readonly filter: DepthwiseWeight
  readonly widen: ConvWeight
  readonly narrow: ConvWeight
}

export type Memory = PlainMemory | DepthwiseMemory

export interface DecoderLevel {
  readonly blocks: readonly Memory[]
  /** 1×1, one for each frame that one becomes. */
  readonly grow: readonly ConvWeight[]
  /** Base: the convolution with the enlargement. Super: the convolution before the pixel shuffle. */
  readonly conv: ConvWeight
}

export interface DecoderWeights {
  readonly statistics: LatentStatistics
  readonly stem: ConvWeight
  readonly levels: readonly DecoderLevel[]
  /** Gives frames in [-1, 1], and the checkpoint [0, 1]. */
  readonly head: ConvWeight
}

export interface EncoderLevel {
  /** 1×1 over the frames that become one. */
  readonly pool: ConvWeight
  readonly down: ConvWeight
  readonly blocks: readonly Memory[]
}

export interface EncoderWeights {
  readonly statistics: LatentStatistics
  readonly stem: ConvWeight
  readonly levels: readonly EncoderLevel[]
  readonly head: ConvWeight
}

interface LoadOptions {
  /** Output channels to load: the first, and the checkpoint's number. */
  readonly part?: { readonly first: number; readonly of: number }
  readonly hasBias?: boolean
  /** The checkpoint's input channels are those of all frames, one after another; the latest first where this is set. */
  readonly latestFirst?: boolean
  /** Applied to the numbers while loading. */
  readonly change?: { readonly scale: number; readonly offset: number }
}

/** Loads a 2-D convolution, which over several frames has their channels side by side. */
async function loadConv(
  loader: WeightLoader,
  name: string,
  shape: ConvShape,
  { part, hasBias = true, latestFirst = false, change = { scale: 1, offset: 0 } }: LoadOptions = {},
): Promise<ConvWeight> {
  const { inChannels: C, outChannels: N, kernelT, kernelHW } = shape
  const { first, of } = part ?? { first: 0, of: N }
  const row = C * kernelT * kernelHW ** 2
  const whole = await loader.values(`${name}.weight`, [of, C * kernelT, kernelHW, kernelHW])
  const own = whole.subarray(first * row, (first + N) * row)
  const values = change.scale === 1 ? own : own.map((value) => change.scale * value)
  const biases = hasBias ? await loader.values(`${name}.bias`, [of]) : new Float32Array(of)
  const bias = biases.slice(first, first + N).map((value) => change.scale * value + change.offset)
  const ordered = kernelT === 1 ? values : byFrame(values, shape, latestFirst)
  return uploadConv(loader.ops, ordered, bias, shape, name)
}

/** [N, frames, C, taps] as [N, C, frames, taps], the oldest frame first. */
function byFrame(
  values: Float32Array,
  { inChannels: C, kernelT: frames, kernelHW }: ConvShape,
  latestFirst: boolean,
): Float32Array {
  const taps = kernelHW ** 2
  const ordered = new Float32Array(values.length)
  for (let to = 0; to < values.length; to += taps) {
    const frame = (to / taps) % frames
    const c = Math.floor(to / taps / frames) % C
    const n = Math.floor(to / taps / frames / C)
    const place = latestFirst ? frames - 1 - frame : frame
    const from = ((n * frames + place) * C + c) * taps
    for (let tap = 0; tap < taps; tap++) ordered[to + tap] = values[from + tap]!
  }
  return ordered
}

const plain = (inChannels: number, outChannels: number): ConvShape => ({
  inChannels,
  outChannels,
  kernelT: 1,
  kernelHW: 3,
})
const pointwise = (inChannels: number, outChannels: number): ConvShape => ({
  ...plain(inChannels, outChannels),
  kernelHW: 1,
})

async function loadPlainMemory(loader: WeightLoader, name: string, C: number): Promise<PlainMemory> {
  const relu = { ...plain(C, C), activation: 'relu' } as const
  return {
    kind: 'plain',
    convs: [
      await loadConv(loader, `${name}.conv.0`, { ...relu, kernelT: 2 }, { latestFirst: true }),
      await loadConv(loader, `${name}.conv.2`, relu),
      await loadConv(loader, `${name}.conv.4`, relu),
    ],
  }
}

const FILTER = 7

async function loadDepthwiseMemory(loader: WeightLoader, name: string, C: number): Promise<DepthwiseMemory> {
  const filter = await loader.values(`${name}.conv.0.weight`, [2 * C, 1, FILTER, FILTER])
  return {
    kind: 'depthwise',
    filter: uploadDepthwise(loader.ops, filter, 2 * C, `${name}.conv.0`),
    widen: await loadConv(loader, `${name}.conv.1`, { ...pointwise(2 * C, 4 * C), activation: 'relu' }),
    narrow: await loadConv(loader, `${name}.conv.3`, pointwise(4 * C, C), { hasBias: false }),
  }
}

async function loadBlocks(
  loader: WeightLoader,
  list: string,
  first: number,
  C: number,
  load: (loader: WeightLoader, name: string, C: number) => Promise<Memory>,
): Promise<Memory[]> {
  const blocks: Memory[] = []
  for (let i = 0; i < BLOCKS; i++) blocks.push(await load(loader, `${list}.${first + i}`, C))
  return blocks
}

/** The parts of a 1×1 convolution that make one frame each. */
async function loadGrow(
  loader: WeightLoader,
  name: string,
  C: number,
  factor: number,
): Promise<ConvWeight[]> {
  const parts: ConvWeight[] = []
  for (let j = 0; j < factor; j++) {
    const part = { first: j * C, of: factor * C }
    parts.push(await loadConv(loader, `${name}.conv`, pointwise(C, C), { part, hasBias: false }))
  }
  return parts
}

async function loadBaseLevel(
  loader: WeightLoader,
  { channels, timeUpscale }: TaehvConfig,
  i: number,
): Promise<DecoderLevel> {
  const { blocks, grow, conv } = LAYERS.base.level(i)
  const [own, next] = [channels[i]!, channels[i + 1]!]
  const isLast = i + 1 === timeUpscale.length // a ReLU comes between it and the head
  return {
    blocks: await loadBlocks(loader, 'decoder', blocks, own, loadPlainMemory),
    grow: await loadGrow(loader, `decoder.${grow}`, own, timeUpscale[i]!),
    conv: await loadConv(
      loader,
      `decoder.${conv}`,
      { ...plain(own, next), upsample: 2, activation: isLast ? 'relu' : 'none' },
      { hasBias: false },
    ),
  }
}

async function loadSuperLevel(
  loader: WeightLoader,
  { channels, timeUpscale }: TaehvConfig,
  i: number,
): Promise<DecoderLevel> {
  const { blocks, grow, conv } = LAYERS.super.level(i)
  const [own, next] = [channels[i]!, channels[i + 1]!]
  return {
    blocks: await loadBlocks(loader, 'decoder', blocks, own, loadDepthwiseMemory),
    grow: await loadGrow(loader, `decoder.${grow}`, next, timeUpscale[i]!),
    conv: await loadConv(loader, `decoder.${conv}`, { ...plain(own, 4 * next), activation: 'relu' }),
  }
}

function uploadScale({ ops }: WeightLoader, channels: number, scale?: LatentScale): LatentStatistics {
  const { mean = Array<number>(channels).fill(0), std = Array<number>(channels).fill(1) } = scale ?? {}
  return {
    mean: ops.upload(Float32Array.from(mean), [channels], 'f32', 'latents.mean'),
    std: ops.upload(Float32Array.from(std), [channels], 'f32', 'latents.std'),
  }
}

export async function loadDecoder(
  loader: WeightLoader,
  config: TaehvConfig,
  scale?: LatentScale,
): Promise<DecoderWeights> {
  const { variant, latentChannels, channels, timeUpscale, patch } = config
  const layers = LAYERS[variant]
  const statistics = uploadScale(loader, latentChannels, scale)
  const stem =
    variant === 'base'
      ? await loadConv(loader, `decoder.${layers.stem}`, {
          ...plain(latentChannels, channels[0]),
          activation: 'relu',
        })
      : await loadConv(loader, `decoder.${layers.stem}`, pointwise(latentChannels, channels[0]), {
          hasBias: false,
        })
  const levels: DecoderLevel[] = []
  const loadLevel = variant === 'base' ? loadBaseLevel : loadSuperLevel
  for (let i = 0; i < timeUpscale.length; i++) levels.push(await loadLevel(loader, config, i))
  const head = await loadConv(loader, `decoder.${layers.head}`, plain(channels[3], 3 * patch ** 2), {
    change: { scale: 2, offset: -1 },
  })
  return { statistics, stem, levels, head }
}

/** @throws RangeError where the file has only a decoder */
export async function loadEncoder(
  loader: WeightLoader,
  { latentChannels, patch, encoder }: TaehvConfig,
  scale?: LatentScale,
): Promise<EncoderWeights> {
  if (!encoder) throw new RangeError('This tiny autoencoder has no encoder; a file with one is needed.')
  const { channels: E, timeDownscale } = encoder
  const { stem, level, head } = LAYERS.encoder
  const levels: EncoderLevel[] = []
  for (const [i, factor] of timeDownscale.entries()) {
    const { pool, down, blocks } = level(i)
    if (factor !== 1 && factor !== 2)
      throw new RangeError(`encoder.${pool} joins ${factor} frames; 1 or 2 can be joined.`)
    levels.push({
      pool: await loadConv(
        loader,
        `encoder.${pool}.conv`,
        { ...pointwise(E, E), kernelT: factor },
        { hasBias: false },
      ),
      down: await loadConv(
        loader,
        `encoder.${down}`,
        { ...plain(E, E), stride: 2, padding: 'around' },
        { hasBias: false },
      ),
      blocks: await loadBlocks(loader, 'encoder', blocks, E, loadPlainMemory),
    })
  }
  return {
    statistics: uploadScale(loader, latentChannels, scale),
    stem: await loadConv(loader, `encoder.${stem}`, { ...plain(3 * patch ** 2, E), activation: 'relu' }),
    levels,
    head: await loadConv(loader, `encoder.${head}`, plain(E, latentChannels)),
  }
}
