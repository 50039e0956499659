// The weights that the VAEs of Wan 2.1 and 2.2 have in common, by the names of the original checkpoints.
import { uploadConv, type ConvShape, type ConvWeight } from '../../gpu/kernels/causal_conv3d'
import type { LatentStatistics } from '../../gpu/kernels/latents_to_frame'
import type { Tensor } from '../../gpu/tensor'
import type { WeightLoader } from './weight-loader'

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

export interface Head {
  readonly norm: Tensor
  readonly conv: ConvWeight
}

/** A convolution of the checkpoint: of its `of` output channels, those from `first` on. */
interface Source {
  readonly name: string
  readonly rank: 2 | 3
  readonly first?: number
  readonly of?: number
}

export async function loadConv(
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

export function conv3d(
  loader: WeightLoader,
  name: string,
  inChannels: number,
  outChannels: number,
): Promise<ConvWeight> {
  return loadConv(loader, { name, rank: 3 }, { inChannels, outChannels, kernelT: 3, kernelHW: 3 })
}

export function pointwise(
  loader: WeightLoader,
  source: Source,
  inChannels: number,
  outChannels: number,
): Promise<ConvWeight> {
  return loadConv(loader, source, { inChannels, outChannels, kernelT: 1, kernelHW: 1 })
}

export async function loadResidualBlock(
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

export async function loadMiddle(loader: WeightLoader, name: string, C: number): Promise<Middle> {
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

export async function loadHead(
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

/** Mean and deviation of each latent channel, on the GPU. */
export function uploadStatistics(
  { ops }: WeightLoader,
  { mean, std }: { readonly mean: readonly number[]; readonly std: readonly number[] },
): LatentStatistics {
  return {
    mean: ops.upload(Float32Array.from(mean), [mean.length], 'f32', 'latents.mean'),
    std: ops.upload(Float32Array.from(std), [std.length], 'f32', 'latents.std'),
  }
}
