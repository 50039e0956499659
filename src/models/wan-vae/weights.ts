import { uploadConv, type ConvShape, type ConvWeight } from '../../gpu/kernels/causal_conv3d'
import type { LatentStatistics } from '../../gpu/kernels/latents_to_frame'
import type { Ops } from '../../gpu/ops'
import type { Tensor } from '../../gpu/tensor'
import type { VaeConfig } from './config'
import type { WeightLoader } from '../blocks/weight-loader'
import { decoderLevels, encoderLevels, type LevelShape } from './config'
import { releaseTree } from '../blocks/tensor-tree'

export interface ResidualBlock {
  /** [C] */
  readonly norm1: Tensor
  readonly conv1: ConvWeight
  readonly norm2: Tensor
  readonly conv2: ConvWeight
  /** 1×1×1, where the channels change. */
  readonly shortcut: ConvWeight | undefined
}

/** Single-head attention over the positions of a frame; 1×1 convolutions. */
export interface AttentionBlock {
  readonly norm: Tensor
  readonly q: ConvWeight
  readonly k: ConvWeight
  readonly v: ConvWeight
  readonly proj: ConvWeight
}

export type Middle = readonly [ResidualBlock, AttentionBlock, ResidualBlock]

export interface Upsampler {
  /** 3×1×1, one for each of the two frames that a frame becomes. */
  readonly timeConvs: readonly [ConvWeight, ConvWeight] | undefined
  readonly conv: ConvWeight
}

export interface Downsampler {
  readonly conv: ConvWeight
  /** 3×1×1, two frames forward at a time. */
  readonly timeConv: ConvWeight | undefined
}

export interface Level<Resampler> {
  readonly blocks: readonly ResidualBlock[]
  readonly resampler: Resampler | undefined
}

export interface Head {
  readonly norm: Tensor
  readonly conv: ConvWeight
}

export interface DecoderWeights {
  readonly statistics: LatentStatistics
  readonly conv2: ConvWeight
  readonly conv1: ConvWeight
  readonly middle: Middle
  readonly levels: readonly Level<Upsampler>[]
  readonly head: Head
}

export interface EncoderWeights {
  readonly statistics: LatentStatistics
  readonly conv1: ConvWeight
  readonly levels: readonly Level<Downsampler>[]
  readonly middle: Middle
  readonly head: Head
  /** The part of the checkpoint's `conv1` that gives the mean of the latents, not their variance. */
  readonly toMean: ConvWeight
}

/** A convolution of the checkpoint and, of its `of` output channels, those from `first` on. */
interface Source {
  readonly name: string
  readonly rank: 2 | 3
  readonly first?: number
  readonly of?: number
}

async function loadConv(
  loader: WeightLoader,
  { name, rank, first = 0, of }: Source,
  shape: ConvShape,
): Promise<ConvWeight> {
  const { inChannels, outChannels, kernelT, kernelHW } = shape
  const total = of ?? outChannels
  const row = [inChannels, ...(rank === 3 ? [kernelT] : []), kernelHW, kernelHW]
  const rowLength = row.reduce((product, size) => product * size)
  const weight = await loader.values(`${name}.weight`, [total, ...row])
  const bias = await loader.values(`${name}.bias`, [total])
  const end = first + outChannels
  return uploadConv(
    loader.ops,
    weight.subarray(first * rowLength, end * rowLength),
    bias.slice(first, end),
    shape,
    name,
  )
}

async function loadGamma(loader: WeightLoader, name: string, C: number, rank: 2 | 3 = 3): Promise<Tensor> {
  return loader.ops.upload(await loader.values(name, [C, 1, 1, ...(rank === 3 ? [1] : [])]), [C], 'f32', name)
}

function conv3d(
  loader: WeightLoader,
  name: string,
  inChannels: number,
  outChannels: number,
): Promise<ConvWeight> {
  return loadConv(loader, { name, rank: 3 }, { inChannels, outChannels, kernelT: 3, kernelHW: 3 })
}

function pointwise(
  loader: WeightLoader,
  source: Source,
  inChannels: number,
  outChannels: number,
): Promise<ConvWeight> {
  return loadConv(loader, source, { inChannels, outChannels, kernelT: 1, kernelHW: 1 })
}

async function loadResidualBlock(
  loader: WeightLoader,
  name: string,
  inChannels: number,
  outChannels: number,
): Promise<ResidualBlock> {
  return {
    norm1: await loadGamma(loader, `${name}.residual.0.gamma`, inChannels),
    conv1: await conv3d(loader, `${name}.residual.2`, inChannels, outChannels),
    norm2: await loadGamma(loader, `${name}.residual.3.gamma`, outChannels),
    conv2: await conv3d(loader, `${name}.residual.6`, outChannels, outChannels),
    shortcut:
      inChannels === outChannels
        ? undefined
        : await pointwise(loader, { name: `${name}.shortcut`, rank: 3 }, inChannels, outChannels),
  }
}

async function loadMiddle(loader: WeightLoader, name: string, C: number): Promise<Middle> {
  const part = (index: number): Promise<ConvWeight> =>
    pointwise(loader, { name: `${name}.1.to_qkv`, rank: 2, first: index * C, of: 3 * C }, C, C)
  return [
    await loadResidualBlock(loader, `${name}.0`, C, C),
    {
      norm: await loadGamma(loader, `${name}.1.norm.gamma`, C, 2),
      q: await part(0),
      k: await part(1),
      v: await part(2),
      proj: await pointwise(loader, { name: `${name}.1.proj`, rank: 2 }, C, C),
    },
    await loadResidualBlock(loader, `${name}.2`, C, C),
  ]
}

async function loadHead(
  loader: WeightLoader,
  name: string,
  inChannels: number,
  outChannels: number,
): Promise<Head> {
  return {
    norm: await loadGamma(loader, `${name}.0.gamma`, inChannels),
    conv: await conv3d(loader, `${name}.2`, inChannels, outChannels),
  }
}

async function loadUpsampler(
  loader: WeightLoader,
  name: string,
  C: number,
  temporal: boolean,
): Promise<Upsampler> {
  const timeConv = (first: number): Promise<ConvWeight> =>
    loadConv(
      loader,
      { name: `${name}.time_conv`, rank: 3, first, of: 2 * C },
      { inChannels: C, outChannels: C, kernelT: 3, kernelHW: 1 },
    )
  return {
    timeConvs: temporal ? [await timeConv(0), await timeConv(C)] : undefined,
    conv: await loadConv(
      loader,
      { name: `${name}.resample.1`, rank: 2 },
      { inChannels: C, outChannels: C / 2, kernelT: 1, kernelHW: 3, upsample: 2 },
    ),
  }
}

async function loadDownsampler(
  loader: WeightLoader,
  name: string,
  C: number,
  temporal: boolean,
): Promise<Downsampler> {
  return {
    conv: await loadConv(
      loader,
      { name: `${name}.resample.1`, rank: 2 },
      { inChannels: C, outChannels: C, kernelT: 1, kernelHW: 3, stride: 2 },
    ),
    timeConv: temporal
      ? await loadConv(
          loader,
          { name: `${name}.time_conv`, rank: 3 },
          { inChannels: C, outChannels: C, kernelT: 3, kernelHW: 1 },
        )
      : undefined,
  }
}

/** Loads the levels; the checkpoint numbers all their layers through. */
async function loadLevels<R>(
  loader: WeightLoader,
  name: string,
  shapes: readonly LevelShape[],
  loadResampler: (loader: WeightLoader, name: string, C: number, temporal: boolean) => Promise<R>,
): Promise<Level<R>[]> {
  const levels: Level<R>[] = []
  let index = 0
  for (const shape of shapes) {
    const blocks: ResidualBlock[] = []
    for (const { inChannels, outChannels } of shape.blocks)
      blocks.push(await loadResidualBlock(loader, `${name}.${index++}`, inChannels, outChannels))
    const resampler =
      shape.resample &&
      (await loadResampler(loader, `${name}.${index++}`, shape.channels, shape.resample === 'space-time'))
    levels.push({ blocks, resampler })
  }
  return levels
}

function uploadStatistics({ ops }: WeightLoader, { mean, std, zDim }: VaeConfig): LatentStatistics {
  return {
    mean: ops.upload(Float32Array.from(mean), [zDim], 'f32', 'latents.mean'),
    std: ops.upload(Float32Array.from(std), [zDim], 'f32', 'latents.std'),
  }
}

export async function loadDecoder(loader: WeightLoader, config: VaeConfig): Promise<DecoderWeights> {
  const shapes = decoderLevels(config)
  const [first, last] = [shapes[0]!.channels, shapes.at(-1)!.channels]
  return {
    statistics: uploadStatistics(loader, config),
    conv2: await pointwise(loader, { name: 'conv2', rank: 3 }, config.zDim, config.zDim),
    conv1: await conv3d(loader, 'decoder.conv1', config.zDim, first),
    middle: await loadMiddle(loader, 'decoder.middle', first),
    levels: await loadLevels(loader, 'decoder.upsamples', shapes, loadUpsampler),
    head: await loadHead(loader, 'decoder.head', last, 3),
  }
}

export async function loadEncoder(loader: WeightLoader, config: VaeConfig): Promise<EncoderWeights> {
  const shapes = encoderLevels(config)
  const [last, moments] = [shapes.at(-1)!.channels, 2 * config.zDim]
  return {
    statistics: uploadStatistics(loader, config),
    conv1: await conv3d(loader, 'encoder.conv1', 3, config.dim),
    levels: await loadLevels(loader, 'encoder.downsamples', shapes, loadDownsampler),
    middle: await loadMiddle(loader, 'encoder.middle', last),
    head: await loadHead(loader, 'encoder.head', last, moments),
    toMean: await pointwise(loader, { name: 'conv1', rank: 3, of: moments }, moments, config.zDim),
  }
}

export function releaseDecoder(ops: Ops, weights: DecoderWeights): void {
  releaseTree(ops, weights)
}

export function releaseEncoder(ops: Ops, weights: EncoderWeights): void {
  releaseTree(ops, weights)
}
