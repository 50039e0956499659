// Published models for pictures and the 14B, as their authors run them; recognised by shapes, and where those are the
// same, by names.
import { WAN_CLIP, WAN_NEGATIVE_PROMPT } from '../../catalogue/catalogue'
import { layersOf } from '../../weights/names'
import type { WeightFile } from '../../weights/weight-file'
import { isNamedFun } from '../../models/wan21-i2v'
import { published } from './catalogue-facts'
import { requirePartner } from './experts'
import type { ModelCardFacts } from './manifest'
import { WAN21_PREVIEW } from './latent-preview'
import type { ModelParts } from './parts'

const SIZES_480P = [
  [832, 480],
  [480, 832],
] as const
const SIZES_720P = [
  [1280, 720],
  [720, 1280],
] as const

const GUIDED = { ...WAN_CLIP, guidanceScale: 5, shift: 5 } as const
const SHAKING = '镜头晃动，'
const CUTS = '镜头切换，'

type Published = Pick<ModelCardFacts, 'id' | 'name'> & {
  readonly defaults: Partial<ModelCardFacts['defaults']>
  readonly is720p?: boolean
}

const MODELS = {
  funInP14B: {
    id: 'wan2.1-fun-14b-inp',
    name: 'Wan 2.1 Fun 14B InP',
    defaults: { guidanceScale: 6, shift: 3 },
  },
  i2v480: {
    id: 'wan2.1-i2v-14b-480p',
    name: 'Wan 2.1 I2V 14B 480P',
    defaults: { numInferenceSteps: 40, shift: 3, negativePrompt: SHAKING + WAN_NEGATIVE_PROMPT },
  },
  i2v720: {
    id: 'wan2.1-i2v-14b-720p',
    name: 'Wan 2.1 I2V 14B 720P',
    defaults: { numInferenceSteps: 40, negativePrompt: SHAKING + WAN_NEGATIVE_PROMPT },
    is720p: true,
  },
  flf2v: {
    id: 'wan2.1-flf2v-14b-720p',
    name: 'Wan 2.1 FLF2V 14B 720P',
    defaults: {
      guidanceScale: 5.5,
      shift: 16,
      negativePrompt: CUTS + SHAKING + WAN_NEGATIVE_PROMPT,
    },
    is720p: true,
  },
  t2v14B: {
    id: 'wan2.1-t2v-14b',
    name: 'Wan 2.1 T2V 14B',
    defaults: {},
    is720p: true,
  },
  t2vA14B: {
    id: 'wan2.2-t2v-a14b',
    name: 'Wan 2.2 T2V A14B',
    defaults: { numInferenceSteps: 40, shift: 12, guidanceScale: 4, guidanceScale2: 3 },
    is720p: true,
  },
  i2vA14B: {
    id: 'wan2.2-i2v-a14b',
    name: 'Wan 2.2 I2V A14B',
    defaults: { numInferenceSteps: 40, guidanceScale: 3.5, guidanceScale2: 3.5 },
    is720p: true,
  },
} as const satisfies Record<string, Published>

function factsOf({ id, name, defaults, is720p = false }: Published): ModelCardFacts {
  return {
    id,
    name,
    licence: 'Apache-2.0',
    defaults: { ...GUIDED, ...(is720p && { width: 1280, height: 720 }), ...defaults },
    sizes: is720p ? [...SIZES_720P, ...SIZES_480P] : SIZES_480P,
    latentPreview: WAN21_PREVIEW,
  }
}

function has(file: WeightFile, name: string): boolean {
  return file.tensors.has(name)
}

/** Which of those the transformer is, whatever its size. */
function kindOf({ dit, ditLow }: ModelParts, is14B: boolean): Published | 'fun' | undefined {
  const { file } = dit.wan
  const readsPictures = file.tensors.get('patch_embedding.weight')?.shape[1] === 36
  if (ditLow) return readsPictures ? MODELS.i2vA14B : MODELS.t2vA14B
  if (!readsPictures) return is14B ? MODELS.t2v14B : undefined
  if (has(file, 'img_emb.emb_pos')) return MODELS.flf2v
  if (!is14B) return 'fun'
  if (isNamedFun(dit.path)) return MODELS.funInP14B
  return /720/.test(dit.path) ? MODELS.i2v720 : MODELS.i2v480
}

/**
 * Name and defaults of such a model; of other sizes of the architecture, the defaults alone are theirs.
 * @throws WeightsError where the transformer is one of two, and the other is missing
 */
export function publishedModel(parts: ModelParts): ModelCardFacts | undefined {
  const { file } = parts.dit.wan
  const is14B =
    file.tensors.get('patch_embedding.weight')?.shape[0] === 5120 &&
    layersOf(file.tensors, 'blocks').length === 40
  if (is14B && !parts.ditLow) requirePartner(parts.dit.path)
  const kind = kindOf(parts, is14B)
  return kind === 'fun' ? published('wan2.1-fun-1.3b-inp') : kind && factsOf(kind)
}
