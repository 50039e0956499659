import { WeightsError } from '../../weights/error'
import { layersOf } from '../../weights/names'
import type { CheckedJson } from '../../weights/sources/checked-json'
import { shapeOf, type WeightFile } from '../../weights/weight-file'
import { CONFIG_HINT } from '../blocks/config-hint'
import { parseVaceConfig, vaceConfigOf, type VaceConfig } from './vace-config'

/** The numbers of a diffusion transformer of Wan's architecture. */
export interface DitConfig {
  readonly dim: number
  readonly ffnDim: number
  readonly numHeads: number
  readonly numLayers: number
  readonly inDim: number
  readonly outDim: number
  /** Time, height, width, in latent elements. */
  readonly patchSize: readonly [number, number, number]
  readonly textDim: number
  readonly textLen: number
  readonly freqDim: number
  readonly eps: number
  /** Width of the features of a picture, where the model attends to them. */
  readonly imageDim?: number
  /** Features that have a position of their own, of all pictures together: in models of a first and a last frame. */
  readonly imagePositions?: number
  /** For models that take a control video. */
  readonly vace?: VaceConfig
}

/** Wan's own, which no shape gives. */
const HEAD_WIDTH = 128
const TEXT_LENGTH = 512
const EPS = 1e-6

/** Reads the numbers of a manifest. @throws WeightsError */
export function parseDitConfig(at: CheckedJson): DitConfig {
  const dims = at.dims([
    'dim',
    'ffnDim',
    'numHeads',
    'numLayers',
    'inDim',
    'outDim',
    'textDim',
    'textLen',
    'freqDim',
  ])
  const config = {
    ...dims,
    patchSize: at.get('patchSize').triple((item) => item.integer(1, 8)),
    eps: at.get('eps').number(1e-12, 1e-2),
    ...(at.has('imageDim') && at.dims(['imageDim'])),
    ...(at.has('imagePositions') && at.dims(['imagePositions'])),
    ...(at.has('vace') && { vace: parseVaceConfig(at.get('vace'), dims.numLayers) }),
  }
  at.get('dim').multipleOf(2 * config.numHeads, 'twice the number of heads, as positions turn pairs')
  at.get('freqDim').multipleOf(2, 'for cosines and sines')
  return config
}

/** The numbers that the shapes of the tensors give, under Wan's names. @throws WeightsError */
export function ditConfigOf(file: WeightFile): DitConfig {
  const [dim = 0, inDim = 0, time = 0, height = 0, width = 0] = shapeOf(file, 'patch_embedding.weight', 5)
  const [outputs = 0] = shapeOf(file, 'head.head.weight', 2)
  const outDim = outputs / (time * height * width)
  if (dim % HEAD_WIDTH !== 0) {
    throw new WeightsError(
      file.name,
      `${file.name} has the width ${dim}, which is not a multiple of the head width ${HEAD_WIDTH}; ${CONFIG_HINT}.`,
    )
  }
  const numLayers = layersOf(file.tensors, 'blocks').length
  const vace = vaceConfigOf(file, numLayers)
  return {
    dim,
    ffnDim: shapeOf(file, 'blocks.0.ffn.0.weight', 2)[0] ?? 0,
    numHeads: dim / HEAD_WIDTH,
    numLayers,
    inDim,
    outDim,
    patchSize: [time, height, width],
    textDim: shapeOf(file, 'text_embedding.0.weight', 2)[1] ?? 0,
    textLen: TEXT_LENGTH,
    freqDim: shapeOf(file, 'time_embedding.0.weight', 2)[1] ?? 0,
    eps: EPS,
    ...(file.tensors.has('img_emb.proj.0.weight') && {
      imageDim: shapeOf(file, 'img_emb.proj.0.weight', 1)[0] ?? 0,
    }),
    ...(file.tensors.has('img_emb.emb_pos') && {
      imagePositions: shapeOf(file, 'img_emb.emb_pos', 3)[1] ?? 0,
    }),
    ...(vace && { vace }),
  }
}
