import type { ConvWeight } from '../../gpu/kernels/causal_conv3d'
import type { LatentStatistics } from '../../gpu/kernels/latents_to_frame'
import { loadDownsampler, loadUpsampler, type Downsampler, type Upsampler } from '../blocks/resamplers'
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
import { decoderGroups, encoderGroups, type GroupShape, type Vae22Config } from './config'

/** Residual blocks and the change of size after them, with a shortcut around both. */
export interface Group<Resampler> {
  readonly blocks: readonly ResidualBlock[]
  readonly resampler: Resampler | undefined
}

export interface DecoderWeights {
  readonly statistics: LatentStatistics
  readonly conv2: ConvWeight
  readonly conv1: ConvWeight
  readonly middle: Middle
  readonly groups: readonly Group<Upsampler>[]
  readonly head: Head
  readonly patchSize: number
}

export interface EncoderWeights {
  readonly statistics: LatentStatistics
  readonly conv1: ConvWeight
  readonly groups: readonly Group<Downsampler>[]
  readonly middle: Middle
  readonly head: Head
  /** The part of the checkpoint's `conv1` that yields the mean of the latents, not their variance. */
  readonly toMean: ConvWeight
  readonly patchSize: number
}

/** Loads the groups; the checkpoint numbers the layers of each separately. */
async function loadGroups<R>(
  loader: WeightLoader,
  side: string,
  list: string,
  shapes: readonly GroupShape[],
  loadResampler: (loader: WeightLoader, name: string, C: number, temporal: boolean) => Promise<R>,
): Promise<Group<R>[]> {
  const groups: Group<R>[] = []
  for (const [i, shape] of shapes.entries()) {
    const name = `${side}.${list}.${i}.${list}`
    const blocks: ResidualBlock[] = []
    for (const [j, { inChannels, outChannels }] of shape.blocks.entries())
      blocks.push(await loadResidualBlock(loader, `${name}.${j}`, inChannels, outChannels))
    const resampler =
      shape.resample &&
      (await loadResampler(loader, `${name}.${shape.blocks.length}`, shape.channels, shape.resample.time > 1))
    groups.push({ blocks, resampler })
  }
  return groups
}

export async function loadDecoder(loader: WeightLoader, config: Vae22Config): Promise<DecoderWeights> {
  const shapes = decoderGroups(config)
  const [first, last] = [shapes[0]!.channels, shapes.at(-1)!.channels]
  return {
    statistics: uploadStatistics(loader, config),
    conv2: await pointwise(loader, { name: 'conv2', rank: 3 }, config.zDim, config.zDim),
    conv1: await conv3d(loader, 'decoder.conv1', config.zDim, first),
    middle: await loadMiddle(loader, 'decoder.middle', first),
    groups: await loadGroups(loader, 'decoder', 'upsamples', shapes, (each, name, C, temporal) =>
      loadUpsampler(each, name, C, C, temporal),
    ),
    head: await loadHead(loader, 'decoder.head', last, 3 * config.patchSize ** 2),
    patchSize: config.patchSize,
  }
}

export async function loadEncoder(loader: WeightLoader, config: Vae22Config): Promise<EncoderWeights> {
  const shapes = encoderGroups(config)
  const [last, moments] = [shapes.at(-1)!.channels, 2 * config.zDim]
  return {
    statistics: uploadStatistics(loader, config),
    conv1: await conv3d(loader, 'encoder.conv1', 3 * config.patchSize ** 2, config.dim),
    groups: await loadGroups(loader, 'encoder', 'downsamples', shapes, loadDownsampler),
    middle: await loadMiddle(loader, 'encoder.middle', last),
    head: await loadHead(loader, 'encoder.head', last, moments),
    toMean: await pointwise(loader, { name: 'conv1', rank: 3, of: moments }, moments, config.zDim),
    patchSize: config.patchSize,
  }
}
