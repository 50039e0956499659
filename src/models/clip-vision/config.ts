import { WeightsError } from '../../weights/error'
import { layersOf } from '../../weights/names'
import type { CheckedJson } from '../../weights/sources/checked-json'
import { requireTensor, type WeightFile } from '../../weights/weight-file'

/** The config of CLIP's vision transformer. */
export interface ClipVisionConfig {
  readonly dim: number
  readonly mlpDim: number
  readonly numHeads: number
  readonly numLayers: number
  /** Pixels along each side of a patch, and of the picture. */
  readonly patchSize: number
  readonly imageSize: number
  readonly eps: number
  /** Whether the file has q, k and v of a layer as one matrix, as Wan's own has. */
  readonly joinedQkv: boolean
}

/** ViT-H/14, which Wan's image to video uses. */
export const CLIP_VIT_H: ClipVisionConfig = {
  dim: 1280,
  mlpDim: 5120,
  numHeads: 16,
  numLayers: 32,
  patchSize: 14,
  imageSize: 224,
  eps: 1e-5,
  joinedQkv: false,
}

/** Reads the numbers of a manifest. @throws WeightsError */
export function parseClipVisionConfig(at: CheckedJson): ClipVisionConfig {
  const config = {
    ...at.dims(['dim', 'mlpDim', 'numHeads', 'numLayers', 'patchSize', 'imageSize']),
    eps: at.get('eps').number(1e-12, 1e-2),
    joinedQkv: at.get('joinedQkv').boolean(),
  }
  at.get('dim').multipleOf(config.numHeads, 'the number of heads')
  at.get('imageSize').multipleOf(config.patchSize, 'the pixels of a patch')
  return config
}

/** Reads the file's config, where it is ViT-H. @throws WeightsError where it is another CLIP */
export function clipVisionConfigOf(file: WeightFile): ClipVisionConfig {
  const { shape } = requireTensor(file, 'patch_embedding.weight')
  const layers = layersOf(file.tensors, 'transformer').length
  const { dim, numLayers, patchSize } = CLIP_VIT_H
  if (shape[0] !== dim || shape[2] !== patchSize || layers !== numLayers)
    throw new WeightsError(
      file.name,
      `${file.name} is a CLIP of ${layers} layers of width ${shape[0]} and patches of ${shape[2]}; Wan needs ViT-H/14, of ${numLayers} layers of width ${dim}. Choose clip_vision_h.safetensors.`,
    )
  return { ...CLIP_VIT_H, joinedQkv: file.tensors.has('transformer.0.attn.to_qkv.weight') }
}
