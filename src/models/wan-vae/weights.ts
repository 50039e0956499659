import type { ConvWeight } from '../../gpu/kernels/causal_conv3d'
import type { LatentStatistics } from '../../gpu/kernels/latents_to_frame'
import type { Ops } from '../../gpu/ops'
import { loadDownsampler, loadUpsampler, type Downsampler, type Upsampler } from '../blocks/resamplers'
import { releaseTree } from '../blocks/tensor-tree'
import {
  conv3d,
  loadHead,
  loadMiddle,
  loadResidualBlock,
  pointwise,
  uploadStatistics,
  type Head,
  type Middle,
  type ResidualBlock,
} from '../blocks/vae-weights'
import type { WeightLoader } from '../blocks/weight-loader'
import { decoderLevels, encoderLevels, type LevelShape, type VaeConfig } from './config'

export interface Level<Resampler> {
  readonly blocks: readonly ResidualBlock[]
  readonly resampler: Resampler | undefined
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
  /** The part of the checkpoint's `conv1` that yields the mean of the latents, not their variance. */
  readonly toMean: ConvWeight
}

/** Loads the levels; the checkpoint numbers all their layers consecutively. */
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

export async function loadDecoder(loader: WeightLoader, config: VaeConfig): Promise<DecoderWeights> {
  const shapes = decoderLevels(config)
  const [first, last] = [shapes[0]!.channels, shapes.at(-1)!.channels]
  return {
    statistics: uploadStatistics(loader, config),
    conv2: await pointwise(loader, { name: 'conv2', rank: 3 }, config.zDim, config.zDim),
    conv1: await conv3d(loader, 'decoder.conv1', config.zDim, first),
    middle: await loadMiddle(loader, 'decoder.middle', first),
    levels: await loadLevels(loader, 'decoder.upsamples', shapes, (each, name, C, temporal) =>
      loadUpsampler(each, name, C, C / 2, temporal),
    ),
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
