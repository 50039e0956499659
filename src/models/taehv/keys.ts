// Names of the tiny autoencoders TAEHV, and the config that their shapes imply.
import { WeightsError } from '../../weights/error'
import { asIs, weightAndBias, type ModelKeys, type Tensors } from '../../weights/names'
import type { TensorEntry } from '../../weights/weight-file'
import { BLOCKS, LAYERS, type TaehvConfig } from './config'

type Triple = [number, number, number]

const LEVELS = [0, 1, 2] as const

function blocksOf(list: string, first: number): string[] {
  return Array.from({ length: BLOCKS }, (_, i) => `${list}.${first + i}`)
}

const plainMemory = (name: string): string[] =>
  weightAndBias(`${name}.conv.0`, `${name}.conv.2`, `${name}.conv.4`)

const depthwiseMemory = (name: string): string[] => [
  `${name}.conv.0.weight`,
  ...weightAndBias(`${name}.conv.1`),
  `${name}.conv.3.weight`,
]

/** A sign of the super variant: its first block is where the base variant has its first convolution. */
function isSuper(tensors: Tensors): boolean {
  return tensors.has('decoder.1.conv.0.weight')
}

function baseDecoder(): string[] {
  return [
    ...weightAndBias(`decoder.${LAYERS.base.stem}`, `decoder.${LAYERS.base.head}`),
    ...LEVELS.flatMap((i) => {
      const { blocks, grow, conv } = LAYERS.base.level(i)
      return [
        ...blocksOf('decoder', blocks).flatMap(plainMemory),
        `decoder.${grow}.conv.weight`,
        `decoder.${conv}.weight`,
      ]
    }),
  ]
}

function superDecoder(): string[] {
  return [
    `decoder.${LAYERS.super.stem}.weight`,
    ...weightAndBias(`decoder.${LAYERS.super.head}`),
    ...LEVELS.flatMap((i) => {
      const { blocks, grow, conv } = LAYERS.super.level(i)
      return [
        ...blocksOf('decoder', blocks).flatMap(depthwiseMemory),
        ...weightAndBias(`decoder.${conv}`),
        `decoder.${grow}.conv.weight`,
      ]
    }),
  ]
}

function encoder(): string[] {
  return [
    ...weightAndBias(`encoder.${LAYERS.encoder.stem}`, `encoder.${LAYERS.encoder.head}`),
    ...LEVELS.flatMap((i) => {
      const { pool, down, blocks } = LAYERS.encoder.level(i)
      return [
        `encoder.${pool}.conv.weight`,
        `encoder.${down}.weight`,
        ...blocksOf('encoder', blocks).flatMap(plainMemory),
      ]
    }),
  ]
}

function hasEncoder(tensors: Tensors): boolean {
  return [...tensors.keys()].some((name) => name.startsWith('encoder.'))
}

export const TAEHV_KEYS: ModelKeys = {
  model: 'tinyDecoder',
  title: 'a tiny autoencoder (TAEHV)',
  namings: [{ naming: 'original', sign: `decoder.${LAYERS.base.head}.weight`, rename: () => asIs }],
  dropped: [],
  extras: [],
  foreign: [],
  expected: (tensors) => [
    ...(isSuper(tensors) ? superDecoder() : baseDecoder()),
    ...(hasEncoder(tensors) ? encoder() : []),
  ],
  shape: () => undefined,
}

/** Rows and columns of a matrix, or of a convolution's. */
function sides(file: string, tensors: Tensors, name: string): readonly [rows: number, cols: number] {
  const entry: TensorEntry | undefined = tensors.get(name)
  const [rows, cols] = entry?.shape ?? []
  if (!rows || !cols)
    throw new WeightsError(
      file,
      `${file} has no tensor ${name} of two or more axes, which a tiny autoencoder needs. Choose the whole file.`,
    )
  return [rows, cols]
}

/** `whole` / `part`, where that is a whole number. */
function ratio(file: string, name: string, [whole, part]: readonly [number, number]): number {
  const factor = whole / part
  if (Number.isInteger(factor)) return factor
  throw new WeightsError(
    file,
    `${name} of ${file} is ${whole} × ${part}; one side must be a multiple of the other. Choose another file.`,
  )
}

/** Derives the autoencoder's config from its tensors. @throws WeightsError naming the tensor */
export function taehvConfigOf({
  name: file,
  tensors,
}: {
  readonly name: string
  readonly tensors: Tensors
}): TaehvConfig {
  const variant = isSuper(tensors) ? 'super' : 'base'
  const layers = LAYERS[variant]
  const [first, latentChannels] = sides(file, tensors, `decoder.${layers.stem}.weight`)
  const [colours, last] = sides(file, tensors, `decoder.${layers.head}.weight`)
  const patch = Math.sqrt(colours / 3)
  if (!Number.isInteger(patch))
    throw new WeightsError(
      file,
      `decoder.${layers.head}.weight of ${file} gives ${colours} numbers a place; red, green and blue of a square of pixels are 3, 12 or 27. Choose another file.`,
    )
  const channels: [number, number, number, number] = [first, 0, 0, last]
  const timeUpscale: Triple = [1, 1, 1]
  for (const i of LEVELS) {
    const { grow, conv } = layers.level(i)
    const [rows] = sides(file, tensors, `decoder.${conv}.weight`)
    channels[i + 1] = variant === 'base' ? rows : rows / 4
    const name = `decoder.${grow}.conv.weight`
    timeUpscale[i] = ratio(file, name, sides(file, tensors, name))
  }
  return {
    variant,
    latentChannels,
    patch,
    channels,
    timeUpscale,
    ...(hasEncoder(tensors) && { encoder: encoderConfigOf(file, tensors) }),
  }
}

function encoderConfigOf(file: string, tensors: Tensors): NonNullable<TaehvConfig['encoder']> {
  const { stem, level } = LAYERS.encoder
  const [channels] = sides(file, tensors, `encoder.${stem}.weight`)
  const timeDownscale: Triple = [1, 1, 1]
  for (const i of LEVELS) {
    const name = `encoder.${level(i).pool}.conv.weight`
    const [rows, cols] = sides(file, tensors, name)
    timeDownscale[i] = ratio(file, name, [cols, rows])
  }
  return { channels, timeDownscale }
}

/** Files of the same shapes as taew2_1 that decode other models' latents: nothing but their names differs. */
const NAMESAKES: readonly (readonly [name: RegExp, model: string])[] = [
  [/^taehv\./i, 'Hunyuan Video'],
  [/^taecvx\./i, 'CogVideoX'],
  [/^taeos1_3\./i, 'Open-Sora 1.3'],
]

/** The model, other than Wan, whose latents the tiny autoencoder of that file name decodes. */
export function foreignModelOf(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return NAMESAKES.find(([pattern]) => pattern.test(name))?.[1]
}

/**
 * Whether the decoder of that file name takes latents as the large autoencoder makes them, and not as the model does.
 */
export function takesAutoencoderLatents(path: string): boolean {
  return /^lighttae/i.test(path.slice(path.lastIndexOf('/') + 1))
}
