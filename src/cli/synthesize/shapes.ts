// Names and shapes of the tensors of Wan's checkpoints, in its original names and in their order.
import type { DitConfig } from '../../models/wan-dit/config'
import type { TextEncoderConfig } from '../../models/umt5/config'
import type { SrvggConfig } from '../../models/srvgg/config'
import { BLOCKS, LAYERS, type TaehvConfig } from '../../models/taehv/config'
import type { VaeConfig } from '../../models/wan-vae/config'

export type Shapes = Map<string, readonly number[]>

export function ditShapes({
  dim: D,
  ffnDim: F,
  numLayers,
  inDim,
  outDim,
  patchSize,
  textDim,
  freqDim,
  vace,
}: DitConfig): Shapes {
  const shapes: Shapes = new Map()
  const linear = (name: string, rows: number, ...cols: number[]): void => {
    shapes.set(`${name}.weight`, [rows, ...cols]).set(`${name}.bias`, [rows])
  }
  linear('patch_embedding', D, inDim, ...patchSize)
  linear('text_embedding.0', D, textDim)
  linear('text_embedding.2', D, D)
  linear('time_embedding.0', D, freqDim)
  linear('time_embedding.2', D, D)
  linear('time_projection.1', 6 * D, D)
  const addBlock = (block: string): void => {
    shapes.set(`${block}.modulation`, [1, 6, D])
    for (const attention of [`${block}.self_attn`, `${block}.cross_attn`]) {
      for (const name of ['q', 'k', 'v', 'o']) linear(`${attention}.${name}`, D, D)
      shapes.set(`${attention}.norm_q.weight`, [D]).set(`${attention}.norm_k.weight`, [D])
    }
    shapes.set(`${block}.norm3.weight`, [D]).set(`${block}.norm3.bias`, [D])
    linear(`${block}.ffn.0`, F, D)
    linear(`${block}.ffn.2`, D, F)
  }
  for (let i = 0; i < numLayers; i++) addBlock(`blocks.${i}`)
  shapes.set('head.modulation', [1, 2, D])
  linear('head.head', patchSize[0] * patchSize[1] * patchSize[2] * outDim, D)
  if (!vace) return shapes
  for (const n of vace.layers.keys()) {
    if (n === 0) linear('vace_blocks.0.before_proj', D, D)
    addBlock(`vace_blocks.${n}`)
    linear(`vace_blocks.${n}.after_proj`, D, D)
  }
  linear('vace_patch_embedding', D, vace.inDim, ...patchSize)
  return shapes
}

export function umt5Shapes({
  vocabSize,
  dim: D,
  dimAttn: A,
  dimFfn: F,
  numHeads,
  numLayers,
  numBuckets,
}: TextEncoderConfig): Shapes {
  const shapes: Shapes = new Map([['token_embedding.weight', [vocabSize, D]]])
  for (let i = 0; i < numLayers; i++) {
    const set = (name: string, ...shape: number[]): void =>
      void shapes.set(`blocks.${i}.${name}.weight`, shape)
    set('norm1', D)
    for (const name of ['q', 'k', 'v']) set(`attn.${name}`, A, D)
    set('attn.o', D, A)
    set('norm2', D)
    set('ffn.gate.0', F, D)
    set('ffn.fc1', F, D)
    set('ffn.fc2', D, F)
    set('pos_embedding.embedding', numBuckets, numHeads)
  }
  return shapes.set('norm.weight', [D])
}

/** Writes the shapes of the layers that the VAEs of Wan have in common. */
export function vaeLayers(shapes: Shapes) {
  const conv = (name: string, N: number, C: number, ...kernel: number[]): void => {
    shapes.set(`${name}.weight`, [N, C, ...kernel]).set(`${name}.bias`, [N])
  }
  const residual = (name: string, C: number, N: number): void => {
    shapes.set(`${name}.residual.0.gamma`, [C, 1, 1, 1])
    conv(`${name}.residual.2`, N, C, 3, 3, 3)
    shapes.set(`${name}.residual.3.gamma`, [N, 1, 1, 1])
    conv(`${name}.residual.6`, N, N, 3, 3, 3)
    if (C !== N) conv(`${name}.shortcut`, N, C, 1, 1, 1)
  }
  const middle = (name: string, C: number): void => {
    residual(`${name}.middle.0`, C, C)
    shapes.set(`${name}.middle.1.norm.gamma`, [C, 1, 1])
    conv(`${name}.middle.1.to_qkv`, 3 * C, C, 1, 1)
    conv(`${name}.middle.1.proj`, C, C, 1, 1)
    residual(`${name}.middle.2`, C, C)
  }
  const head = (name: string, C: number, N: number): void => {
    shapes.set(`${name}.head.0.gamma`, [C, 1, 1, 1])
    conv(`${name}.head.2`, N, C, 3, 3, 3)
  }
  return { conv, residual, middle, head }
}

/** Encoder and decoder. */
export function vaeShapes({
  dim,
  zDim,
  dimMult,
  numResBlocks,
  temporalDownsample,
}: Omit<VaeConfig, 'mean' | 'std'>): Shapes {
  const shapes: Shapes = new Map()
  const { conv, residual, middle, head } = vaeLayers(shapes)
  const widths = dimMult.map((mult) => mult * dim)
  const widest = widths.at(-1)!

  conv('encoder.conv1', dim, 3, 3, 3, 3)
  for (let level = 0, layer = 0, C = dim; level < widths.length; level++) {
    for (let i = 0; i < numResBlocks; i++, C = widths[level]!)
      residual(`encoder.downsamples.${layer++}`, C, widths[level]!)
    if (level === widths.length - 1) continue
    conv(`encoder.downsamples.${layer}.resample.1`, C, C, 3, 3)
    if (temporalDownsample[level]) conv(`encoder.downsamples.${layer}.time_conv`, C, C, 3, 1, 1)
    layer++
  }
  middle('encoder', widest)
  head('encoder', widest, 2 * zDim)
  conv('conv1', 2 * zDim, 2 * zDim, 1, 1, 1)
  conv('conv2', zDim, zDim, 1, 1, 1)
  conv('decoder.conv1', widest, zDim, 3, 3, 3)
  for (let level = widths.length - 1, layer = 0, C = widest; level >= 0; level--) {
    for (let i = 0; i <= numResBlocks; i++, C = widths[level]!)
      residual(`decoder.upsamples.${layer++}`, C, widths[level]!)
    if (level === 0) continue
    conv(`decoder.upsamples.${layer}.resample.1`, C / 2, C, 3, 3)
    if (temporalDownsample[level - 1]) conv(`decoder.upsamples.${layer}.time_conv`, 2 * C, C, 3, 1, 1)
    layer++
    C /= 2
  }
  middle('decoder', widest)
  head('decoder', dim, 3)
  return shapes
}

/** Decoder and, where the config has one, encoder. */
export function taehvShapes({
  variant,
  latentChannels: z,
  patch,
  channels,
  timeUpscale,
  encoder,
}: TaehvConfig): Shapes {
  const shapes: Shapes = new Map()
  const conv = (name: string, N: number, C: number, size: number, hasBias = true): void => {
    shapes.set(`${name}.weight`, [N, C, size, size])
    if (hasBias) shapes.set(`${name}.bias`, [N])
  }
  const plainMemories = (list: string, first: number, C: number): void => {
    for (let i = first; i < first + BLOCKS; i++) {
      conv(`${list}.${i}.conv.0`, C, 2 * C, 3)
      conv(`${list}.${i}.conv.2`, C, C, 3)
      conv(`${list}.${i}.conv.4`, C, C, 3)
    }
  }
  const pixels = 3 * patch ** 2
  if (encoder) {
    const { channels: E, timeDownscale } = encoder
    conv(`encoder.${LAYERS.encoder.stem}`, E, pixels, 3)
    timeDownscale.forEach((factor, level) => {
      const { pool, down, blocks } = LAYERS.encoder.level(level)
      conv(`encoder.${pool}.conv`, E, factor * E, 1, false)
      conv(`encoder.${down}`, E, E, 3, false)
      plainMemories('encoder', blocks, E)
    })
    conv(`encoder.${LAYERS.encoder.head}`, z, E, 3)
  }
  const layers = LAYERS[variant]
  if (variant === 'base') conv(`decoder.${layers.stem}`, channels[0], z, 3)
  else conv(`decoder.${layers.stem}`, channels[0], z, 1, false)
  timeUpscale.forEach((factor, level) => {
    const { blocks, grow, conv: own } = layers.level(level)
    const [C, next] = [channels[level]!, channels[level + 1]!]
    if (variant === 'base') {
      plainMemories('decoder', blocks, C)
      conv(`decoder.${grow}.conv`, factor * C, C, 1, false)
      conv(`decoder.${own}`, next, C, 3, false)
      return
    }
    for (let i = blocks; i < blocks + BLOCKS; i++) {
      shapes.set(`decoder.${i}.conv.0.weight`, [2 * C, 1, 7, 7])
      conv(`decoder.${i}.conv.1`, 4 * C, 2 * C, 1)
      conv(`decoder.${i}.conv.3`, C, 4 * C, 1, false)
    }
    conv(`decoder.${own}`, 4 * next, C, 3)
    conv(`decoder.${grow}.conv`, factor * next, next, 1, false)
  })
  conv(`decoder.${layers.head}`, pixels, channels[3], 3)
  return shapes
}

export function srvggShapes({ features, convs, factor }: SrvggConfig): Shapes {
  const shapes: Shapes = new Map()
  for (let i = 0; i < convs; i++) {
    const isLast = i === convs - 1
    const rows = isLast ? 3 * factor ** 2 : features
    shapes.set(`body.${2 * i}.weight`, [rows, i === 0 ? 3 : features, 3, 3]).set(`body.${2 * i}.bias`, [rows])
    if (!isLast) shapes.set(`body.${2 * i + 1}.weight`, [features])
  }
  return shapes
}
