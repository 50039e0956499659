// Models that take pictures: Wan 2.2 TI2V 5B, what was distilled from it, and Fun InP.
import { GUIDED, SIZES_480P, TINY_DECODER, TINY_DECODER_22, type CatalogueEntry } from './entry'
import { CATALOGUE_FILES } from './files'

const { dit, textEncoder, vae, clip } = CATALOGUE_FILES
const WAN_22 = "Wan 2.2 by Alibaba's Wan team"

const TI2V = {
  ...GUIDED,
  width: 1280,
  height: 704,
  numFrames: 121,
  fps: 24,
  guidanceScale: 5,
  shift: 5,
} as const

const COMMON_5B = {
  licence: 'Apache-2.0',
  extras: [TINY_DECODER_22],
  sizes: [
    { width: 1280, height: 704 },
    { width: 704, height: 1280 },
  ],
  memoryBytes: 6.8e9,
} satisfies Partial<CatalogueEntry>

export const PICTURES: readonly CatalogueEntry[] = [
  {
    ...COMMON_5B,
    id: 'wan2.2-ti2v-5b',
    title: 'Wan 2.2 TI2V 5B',
    about: "Text or a picture to video in 720p, in ComfyUI's files: 50 guided steps.",
    attribution: `${WAN_22}; files repackaged by Comfy Org.`,
    files: [dit.ti2v, textEncoder.fp8, vae.wan22],
    defaults: TI2V,
  },
  {
    ...COMMON_5B,
    id: 'wan2.2-ti2v-5b-gguf',
    title: 'Wan 2.2 TI2V 5B, GGUF',
    about: 'The same model quantised to 4 bits, its text encoder to 5: half the download.',
    attribution: `${WAN_22}; GGUF files by QuantStack and city96; VAE repackaged by Comfy Org.`,
    files: [dit.ti2vQ4, textEncoder.q5, vae.wan22],
    defaults: TI2V,
  },
  {
    ...COMMON_5B,
    id: 'fastwan2.2-ti2v-5b',
    title: 'FastWan 2.2 TI2V 5B',
    about: 'Distilled to three steps without guidance: 3 passes of the model where the 5B takes 100.',
    attribution: `${WAN_22}; distilled by the FastVideo team at Hao AI Lab; text encoder by city96; VAE repackaged by Comfy Org.`,
    files: [dit.fastWan22, textEncoder.q5, vae.wan22],
    defaults: {
      ...TI2V,
      negativePrompt: '',
      guidanceScale: 1,
      numInferenceSteps: 3,
      sampler: 'dmd-warped',
    },
  },
  {
    id: 'wan2.1-fun-1.3b-inp',
    title: 'Wan 2.1 Fun 1.3B InP',
    about: 'From a first picture, a last one, or both; the smallest model that takes them.',
    licence: 'Apache-2.0',
    attribution:
      "Wan 2.1 by Alibaba's Wan team; Fun InP by Alibaba PAI; text encoder by city96; other files repackaged by Comfy Org.",
    files: [dit.funInP, textEncoder.q5, vae.wan21, clip],
    extras: [TINY_DECODER],
    defaults: { ...GUIDED, shift: 3 },
    sizes: SIZES_480P,
    memoryBytes: 2.7e9,
  },
]
